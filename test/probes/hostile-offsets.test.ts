import { connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { outcomes } from '../../probes/observation.ts';
import { ownLoopback } from '../loopback.ts';
import { askingWith, type Peer, started } from './tls-peers.ts';
import { allWays, askedName, listenFor, questionFor } from './ways.ts';

t.setTimeout(600_000);

/** Where an answer is cut: every byte of its beginning, and some of the rest. */
const offsets = (bytes: number): number[] => {
  const first = Array.from({ length: Math.min(24, bytes) }, (_, index) => index);
  const rest = Array.from({ length: 12 }, (_, index) => Math.floor(24 + ((bytes - 24) * index) / 12));
  return [...new Set([...first, ...rest.filter((one) => one < bytes), Math.max(0, bytes - 1)])];
};

/** How the other side goes when it has said so much. */
const endings: Readonly<Record<string, (socket: Socket) => void>> = {
  closes: (socket) => socket.end(),
  resets: (socket) => socket.resetAndDestroy(),
};

const material = await generateCertificate({ names: [askedName], days: 1, now: new Date() });

for (const way of allWays().filter(({ transport, probe }) => transport === 'tcp' && probe.name !== 'tcp')) {
  t.test(`${way.name}: an answer that ends at any byte`, async (t) => {
    const { security } = way;
    const options = { tls: material, security, requestCertificate: security === 'mtls', domain: askedName };
    const real = await listenFor(way, options, '127.0.0.1');
    if (!real.ok) throw new Error(real.message);
    t.teardown(() => real.close());
    let longest = 0;
    /** Stands between the probe and its own other half, and lets only so many bytes of an answer through. */
    const cutting = (most: number, end: (socket: Socket) => void): Promise<Peer> =>
      started(
        t,
        createServer((near) => {
          near.on('error', () => undefined);
          const far = connect(real.port, '127.0.0.1').on('error', () => near.destroy());
          near.on('data', (bytes) => far.write(bytes)).once('close', () => far.destroy());
          let passed = 0;
          far.on('data', (bytes) => {
            const left = most - passed;
            passed += bytes.length;
            longest = Math.max(longest, passed);
            if (left > 0 && !near.destroyed) near.write(bytes.subarray(0, left));
            if (passed >= most) end(near);
          });
          far.once('close', () => near.end());
        }),
      );
    const askThrough = async (most: number, end: (socket: Socket) => void) => {
      const peer = await cutting(most, end);
      const seen = await way.probe.run(questionFor(way, ownLoopback, peer.port, 2), askingWith());
      await peer.allClosed();
      return seen;
    };
    const whole = await askThrough(Number.POSITIVE_INFINITY, () => undefined);
    t.equal(whole.outcome, 'answered', 'whole it is an answer');
    for (const [name, end] of Object.entries(endings)) {
      const cuts = offsets(longest);
      const seen = await Promise.all(cuts.map((cut) => askThrough(cut, end)));
      for (const [index, { outcome, failure }] of seen.entries()) {
        const what = `${name} after ${cuts[index]} of ${longest} bytes: ${outcome}`;
        t.ok(outcomes.includes(outcome) && outcome !== 'filtered' && outcome !== 'unasked', what);
        if (outcome !== 'answered') t.type(failure?.code, 'string', what);
      }
      t.not(seen[0]?.outcome, 'answered', 'not a byte is no answer');
    }
  });
}
