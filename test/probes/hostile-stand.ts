// A process of its own for the hostile peers: what the asking process holds is then its own. Says their ports in one line
// of JSON, and ends when its standard input does.
import { generateCertificate } from '../../probes/certificate.ts';
import { datagramPeers, insideTls, standDatagrams, standStream, standTls, streamPeers } from './hostile-peers.ts';

/** Where the peers stand, by what they do. */
export interface Stood {
  readonly streams: Readonly<Record<string, number>>;
  readonly secured: Readonly<Record<string, number>>;
  readonly datagrams: Readonly<Record<string, number>>;
}

const all = async (starts: readonly (readonly [string, Promise<number>])[]): Promise<Record<string, number>> =>
  Object.fromEntries(await Promise.all(starts.map(async ([name, port]) => [name, await port] as const)));

const name = 'sip.contoso.example';
const crowd = Array.from({ length: 1000 }, (_, index) => `host-${index}.contoso.example`);
const one = await generateCertificate({ names: [name], days: 1, now: new Date() });
const thousand = await generateCertificate({ names: [name, ...crowd], days: 1, now: new Date() });

const stood: Stood = {
  streams: await all(Object.entries(streamPeers).map(([what, peer]) => [what, standStream(peer)])),
  secured: await all(
    Object.entries(insideTls).flatMap(([what, peer]) => [
      [`${what} inside TLS`, standTls(peer, one)] as const,
      [`${what} inside TLS, with a certificate of 1,000 names`, standTls(peer, thousand)] as const,
    ]),
  ),
  datagrams: await all(Object.entries(datagramPeers).map(([what, peer]) => [what, standDatagrams(peer)])),
};
process.stdout.write(`${JSON.stringify(stood)}\n`);
process.stdin.resume().once('end', () => process.exit(0));
