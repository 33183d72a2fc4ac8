import { BlockList, isIP } from 'node:net';

/** A set of addresses and networks. */
export interface Networks {
  readonly has: (address: string) => boolean;
}

/** What is wrong with a network in CIDR notation or a single address; null if nothing is. */
export const networkProblem = (text: string): string | null => {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return 'it is neither an address nor a network such as 203.0.113.0/24';
  if (prefix === undefined) return null;
  const most = family === 4 ? 32 : 128;
  const sound = /^\d{1,3}$/.test(prefix) && Number(prefix) <= most;
  return sound ? null : `its prefix is to be a number from 0 to ${most}`;
};

/** The set of these addresses and networks. Throws RangeError on what `networkProblem` complains about. */
export const networksOf = (texts: readonly string[]): Networks => {
  const list = new BlockList();
  for (const text of texts) {
    const problem = networkProblem(text);
    if (problem !== null) throw new RangeError(`${text}: ${problem}`);
    const [address = '', prefix] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return { has: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') };
};
