/*
 * The oldest capture format, as every analyser reads it: a header of 24 bytes, and before each packet 16 more.
 * Link type 101: packets begin with their IP header.
 */

const linkRaw = 101;

/** One datagram between two IPv4 hosts. */
export interface Datagram {
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
  readonly payload: Uint8Array;
}

const ipv4 = (address: string): number[] => address.split('.').map(Number);

const checksum = (header: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

const packet = ({ from, to, payload }: Datagram): Buffer => {
  const ip = Buffer.alloc(20);
  ip.set([0x45, 0]);
  ip.writeUInt16BE(28 + payload.length, 2);
  ip.set([64, 17], 8);
  ip.set([...ipv4(from.address), ...ipv4(to.address)], 12);
  ip.writeUInt16BE(checksum(ip), 10);
  const udp = Buffer.alloc(8); // a checksum of zero: none was made
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([ip, udp, payload]);
};

/** A capture file of these datagrams, a second apart. */
export const pcap = (datagrams: readonly Datagram[]): Buffer => {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(linkRaw, 20);
  const records = datagrams.map((datagram, index) => {
    const bytes = packet(datagram);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(index, 0);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, ...records]);
};
