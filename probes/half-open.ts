import { readFile } from 'node:fs/promises';
import type { Endpoint } from './channel.ts';

/** A connection whose first packet came, and whose opening was never finished: our answer was lost, or theirs. */
export interface HalfOpen {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** TCP_SYN_RECV in the kernel's tables. */
const SYN_RECV = '03';

/** Of one reading at most so many: a flood of forged packets must not become our flood. */
const mostRead = 20_000;

/** Words of 32 bits, each written as the machine has it in memory: on every machine that Node runs on, backwards. */
const bytesOf = (hex: string): number[] =>
  (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number(`0x${byte}`)));

const addressOf = (hex: string): string => {
  const bytes = bytesOf(hex);
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  // The spelling that Node gives its own addresses (RFC 5952).
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
};

/**
 * The half-open connections in the text of /proc/net/tcp or tcp6. Never throws.
 *
 *     sl  local_address rem_address   st ...
 *      0: 0100007F:1F90 0200007F:C35A 03 ...        127.0.0.1:8080, from 127.0.0.2:50010
 */
export const readHalfOpen = (table: string): HalfOpen[] => {
  const found: HalfOpen[] = [];
  const line = /^ *\d+: ((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4}) ((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4}) 03 /gm;
  if (!table.includes(` ${SYN_RECV} `)) return found;
  for (const [, local = '', localPort, remote = '', remotePort] of table.matchAll(line)) {
    if (found.length >= mostRead) break;
    found.push({
      from: { address: addressOf(remote), port: Number(`0x${remotePort}`) },
      to: { address: addressOf(local), port: Number(`0x${localPort}`) },
    });
  }
  return found;
};

const tables = ['/proc/net/tcp', '/proc/net/tcp6'] as const;

/** The half-open connections of this host; null where its kernel does not show them (any but Linux). Never rejects. */
export const halfOpenNow = async (): Promise<HalfOpen[] | null> => {
  if (process.platform !== 'linux') return null;
  const read = await Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => null)));
  const texts = read.filter((text) => text !== null);
  return texts.length === 0 ? null : texts.flatMap(readHalfOpen);
};
