import { concatBytes, u16 } from './bytes.ts';

/** A literal IPv4 or IPv6 (RFC 5952) address and a port from 0 to 65535. */
export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

const parseIpv4 = (text: string): number[] | null => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  return parts.map(Number);
};

const parseGroups = (text: string, mayEndDotted: boolean): number[] | null => {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (group.includes('.')) {
      const tail = mayEndDotted && index === groups.length - 1 ? parseIpv4(group) : null;
      if (tail === null) return null;
      bytes.push(...tail);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
};

/** The 4 or 16 bytes of an address literal, null where the text is none. A zone (`%eth0`) is no part of an address on the wire. */
export const parseIp = (text: string): Uint8Array | null => {
  if (text.length > 45) return null;
  if (!text.includes(':')) {
    const bytes = parseIpv4(text);
    return bytes === null ? null : Uint8Array.from(bytes);
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves[1] === undefined ? [] : parseGroups(halves[1], true);
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
};

/** The text of 4 or 16 address bytes: dotted, or RFC 5952. Throws RangeError for any other length. */
export const formatIp = (bytes: Uint8Array): string => {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = groups.map((group) => group.toString(16));
  if (best.length === 1) return text.join(':');
  return `${text.slice(0, best.start).join(':')}::${text.slice(best.start + best.length).join(':')}`;
};

/**
 * The value of an address attribute, the same in RFC 3489, RFC 8489 section 14.1 and MS-TURN:
 * ```
 *  0        1        2                 4
 * +--------+--------+-----------------+------------------------+
 * |   0    | family | port            | address, 4 or 16 bytes |
 * +--------+--------+-----------------+------------------------+
 * ```
 * With `mask` port and address are XORed with its first bytes. Null where the value is no address.
 */
export const readAddress = (value: Uint8Array, mask?: Uint8Array): TransportAddress | null => {
  const family = value[1];
  if (!((family === FAMILY_IPV4 && value.length === 8) || (family === FAMILY_IPV6 && value.length === 20))) return null;
  const unmask = (byte: number, index: number): number => byte ^ (mask?.[index] ?? 0);
  const port = value.slice(2, 4).map(unmask);
  const address = value.slice(4).map(unmask);
  return { address: formatIp(address), port: ((port[0] ?? 0) << 8) | (port[1] ?? 0) };
};

/** The value of an (unmasked) address attribute. Throws where the address is no literal or the port no port. */
export const writeAddress = ({ address, port }: TransportAddress): Uint8Array => {
  const bytes = parseIp(address);
  if (bytes === null) throw new Error(`"${address}" is not an IP address literal`);
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw new RangeError(`${port} is not a port`);
  return concatBytes(Uint8Array.of(0, bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6), u16(port), bytes);
};
