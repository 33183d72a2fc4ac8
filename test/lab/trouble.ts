import type { Lab, Vantage } from './lab.ts';

/**
 * Builds a fault into one machine of the lab: nftables chains of their own, before the services of a host or the rules of
 * a firewall. They replace what was there before; an empty text takes them away.
 */
export const trouble = async (lab: Lab, where: Vantage, chains: string): Promise<void> => {
  const table = `table inet trouble\ndelete table inet trouble\ntable inet trouble {\n${chains}\n}\n`;
  const { code, stderr } = await lab.run(where, ['nft', '-f', '-'], undefined, table);
  if (code !== 0) throw new Error(stderr);
};

/** A chain on what a firewall forwards, before its own rules. */
export const forwarding = (line: string): string => `chain f { type filter hook forward priority -10; ${line}; }`;

/** A chain on what a host is sent, before its services. */
export const entering = (line: string): string => `chain i { type filter hook input priority -10; ${line}; }`;
