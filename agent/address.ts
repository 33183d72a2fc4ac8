import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';

/** Whether a host is an address literal, and of which family; null for a name. */
export const familyOf = (host: string): 4 | 6 | null => {
  if (isIPv4(host)) return 4;
  // Every IPv6 address has two colons: without them Node's long expression need not be compiled, 2 ms of each start.
  return host.indexOf(':') !== host.lastIndexOf(':') && isIPv6(host) ? 6 : null;
};

/** An IPv6 literal in the one spelling of RFC 5952 (a zone such as `%eth0` is kept); everything else unchanged. */
export const normaliseAddress = (address: string): string => {
  if (familyOf(address) !== 6) return address;
  const [bare = address, zone] = address.split('%');
  const spelled = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return zone === undefined ? spelled : `${spelled}%${zone}`;
};

/**
 * Whether a text can be the name of a host: RFC 1123 section 2.1, letters, digits and hyphens, labels of 63 and names of
 * 253 characters at most, one dot at the end allowed. No underscore: SRV names carry one, hosts do not. A last label of
 * digits only is refused, or 10.0.0.300 would be a name.
 */
export const isHostName = (text: string): boolean => {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > 253) return false;
  const labels = name.split('.');
  if (/^[0-9]+$/.test(labels.at(-1) ?? '')) return false;
  return labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
};

/**
 * Reads a host: an address literal or a name.
 *
 * @returns the literal normalised, the name in lower case without a dot at the end
 * @throws Error with a text for the user that says what is wrong with it
 */
export const parseHost = (text: string): string => {
  if (familyOf(text) !== null) return normaliseAddress(text);
  if (isHostName(text)) return parseHostName(text);
  throw new Error(`"${shortened(text)}" is neither an IP address nor a host name: ${hostComplaint(text)}`);
};

/**
 * Reads a name, where an address literal will not do.
 *
 * @returns the name in lower case without a dot at the end
 * @throws Error with a text for the user that says what is wrong with it
 */
export const parseHostName = (text: string): string => {
  if (familyOf(text) === null && isHostName(text)) return text.toLowerCase().replace(/\.$/, '');
  throw new Error(
    `"${shortened(text)}" is not a DNS name: ${familyOf(text) === null ? hostComplaint(text) : 'it is an address'}`,
  );
};

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const hostComplaint = (text: string): string => {
  if (text === '') return 'it is empty';
  if (/^[a-z]+:\/\//i.test(text)) return 'give the host alone, without a scheme';
  if (/\/[0-9]+$/.test(text)) return 'give one address, not a network';
  if (/^\[.*\]/.test(text)) return 'IPv6 addresses stand here without brackets';
  if (/^[^:]+:[0-9-]+$/.test(text)) return 'give the host alone, without a port';
  if (/^[0-9.]+$/.test(text)) return 'an IPv4 address is four numbers from 0 to 255, without leading zeros';
  if (/^[0-9a-f:.]+$/i.test(text) && text.includes(':')) return 'it looks like IPv6, but is not well-formed';
  if (/\s/.test(text)) return 'it contains a space';
  if (text.includes('_')) return 'host names have no underscore; give the name of the host, not of an SRV record';
  if (/[^ -~]/.test(text)) return 'write an international name in its xn-- form';
  if (text.length > 253) return 'a name has at most 253 characters';
  return 'names have letters, digits and hyphens, in labels of 1 to 63 characters';
};

/**
 * Splits `host`, `host:port`, `host:port-port` or `[IPv6]:port`. A bare IPv6 literal is a host without a port.
 * The host is checked as by `parseHost`; the ports stay text for `ports.ts` to read.
 *
 * @throws Error with a text for the user
 */
export const splitHostPort = (text: string): { host: string; ports: string | null } => {
  if (familyOf(text) !== null) return { host: normaliseAddress(text), ports: null };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, inside = '', ports] = bracketed;
    if (familyOf(inside) !== 6) throw new Error(`"${shortened(text)}": only an IPv6 address stands in brackets`);
    return withPorts(text, normaliseAddress(inside), ports);
  }
  if (text.includes('://')) return { host: parseHost(text), ports: null };
  if (text.indexOf(':') !== text.lastIndexOf(':')) {
    throw new Error(`"${shortened(text)}" is not an IPv6 address; with a port it is written [2001:db8::1]:443`);
  }
  const colon = text.indexOf(':');
  if (colon === -1) return { host: parseHost(text), ports: null };
  return withPorts(text, parseHost(text.slice(0, colon)), text.slice(colon + 1));
};

const withPorts = (text: string, host: string, ports: string | undefined) => {
  if (ports === '') throw new Error(`"${shortened(text)}" has a colon but no port after it`);
  return { host, ports: ports ?? null };
};

/** Host and port as they are written together: IPv6 literals in brackets. */
export const formatHostPort = (host: string, port: number | string): string =>
  familyOf(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

/** A vantage control: a TCP service that must answer from a vantage. `text` is its one spelling, used as its name. */
export interface Control {
  text: string;
  host: string;
  port: number;
}

/**
 * Reads a vantage control, `tcp://host:port`.
 *
 * @throws Error with a text for the user
 */
export const parseControl = (text: string): Control => {
  const match = /^tcp:\/\/(.*)$/i.exec(text);
  if (match === null)
    throw new Error(`"${shortened(text)}" is not a control: write tcp://host:port, such as tcp://203.0.113.53:53`);
  const { host, ports } = splitHostPort(match[1] ?? '');
  if (ports === null) {
    const remedy = familyOf(host) === 6 ? 'tcp://[2001:db8::1]:53' : `tcp://${host}:53`;
    throw new Error(`"${shortened(text)}" has no port: write it like ${remedy}`);
  }
  if (!/^[1-9][0-9]{0,4}$/.test(ports) || Number(ports) > 65_535) {
    throw new Error(`"${shortened(text)}": "${ports}" is not a port, a number from 1 to 65535`);
  }
  const port = Number(ports);
  return { text: `tcp://${formatHostPort(host, port)}`, host, port };
};

const notGlobal = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8], // "this network", RFC 791
  ['10.0.0.0', 8], // private, RFC 1918
  ['100.64.0.0', 10], // shared by carriers, RFC 6598
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, RFC 3927: cloud metadata services too
  ['172.16.0.0', 12],
  ['192.0.0.0', 24], // protocol assignments, RFC 6890
  ['192.168.0.0', 16],
  ['224.0.0.0', 3], // multicast, reserved, broadcast
] as const) {
  notGlobal.addSubnet(network, prefix, 'ipv4');
  notGlobal.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6'); // the same behind NAT64, RFC 6052
}
for (const [network, prefix] of [
  ['::', 127], // unspecified and loopback
  ['fc00::', 7], // unique local, RFC 4193
  ['fe80::', 9], // link-local and the retired site-local
  ['ff00::', 8], // multicast
  ['64:ff9b:1::', 48], // local-use translation, RFC 8215
] as const) {
  notGlobal.addSubnet(network, prefix, 'ipv6');
}

/**
 * Whether an address literal is not globally routable: private, shared, loopback, link-local, unique local, multicast or
 * reserved; also when it hides in an IPv4-mapped or translated (64:ff9b::/96) IPv6 address. The documentation networks
 * count as public, laboratories stand there. A name is not an address: false.
 */
export const isPrivateAddress = (address: string): boolean => {
  const family = familyOf(address);
  if (family === null) return false;
  if (family === 4) return notGlobal.check(address, 'ipv4');
  // A block list matches IPv4-mapped addresses (::ffff:10.0.0.1) against its IPv4 rules by itself.
  return notGlobal.check(address.replace(/%.*$/, ''), 'ipv6');
};
