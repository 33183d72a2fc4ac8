import { dialUdp } from './dgram-as-stream.ts';
import type { Failure, Observation } from './observation.ts';
import { type Asking, proofSecret, type Question } from './probe.ts';
import { foldPorts } from './ranges.ts';
import { record } from './recorder.ts';
import { sweepPorts } from './sweep.ts';
import { createSocketDialler } from './sweep-dialler.ts';
import { proveOpenPorts, sweepProof } from './sweep-proof.ts';
import { sweepToken } from './sweep-token.ts';

/** The UDP port that an A/V Edge at work holds on its address. */
const heldByLiveEdge = 3478;

/**
 * Why ports of this address are not to be taken: an A/V Edge is at work there. Nothing is sent: a socket is bound, and
 * closed again. Null if nobody holds its port.
 */
const liveEdge = async ({ source, target }: Question, asking: Asking): Promise<Failure | null> => {
  // Nobody is asked: a fence that lets the port of the sweep out need not know of another.
  const end = { address: target.address, port: target.port };
  const dialled = await dialUdp({ target: end, sourceAddress: source.address, sourcePort: heldByLiveEdge }, asking);
  if (dialled.kind === 'open') {
    dialled.channel.close();
    return null;
  }
  if (dialled.failure.code !== 'source-port-busy') return dialled.failure;
  const at = source.address === null ? '' : ` of ${source.address}`;
  const message = `udp/${heldByLiveEdge}${at} is in use on this host: an A/V Edge (or a responder in its place) is at work, and no port is taken from it`;
  return { step: 'start', code: 'live-edge', message };
};

/**
 * Dials one TCP port of the target from every source port of a range, each at most as often as the loss asks for, and then
 * asks on those that opened who answers: our responder's proof, or anybody's MSTURN or TLS. Never rejects.
 *
 * Facts are those of a sweep, with source ports for ports; `held`, runs of source ports that another socket of this host
 * holds: they stay unasked. While an A/V Edge is at work on the address, nothing is asked at all (`live-edge`).
 */
export const sweepSources = async (question: Question, asking: Asking): Promise<Observation> => {
  const { source, target } = question;
  const live = await liveEdge(question, asking);
  if (live !== null) {
    const observation = record(question, asking).finish('unasked', {}, live);
    return { ...observation, source: { address: source.address, port: null } };
  }
  const ends = { ...target, sourceAddress: source.address, sourcePort: null, bySource: true } as const;
  const secret = proofSecret(question.options, asking);
  const token = sweepToken(asking);
  let proved = 0;
  return sweepPorts(question, asking, {
    dialler: createSocketDialler(ends, asking.fence, asking.meter),
    step: 'connect',
    after: async ({ book }) => {
      proved = await proveOpenPorts(question, book.ports, secret, asking, token);
    },
    more: ({ book, cut }) => {
      const ports = book.ports.toSorted((a, b) => a.port - b.port);
      const folded = foldPorts(
        ports.map(({ port }) => port),
        ports.map(({ outcome }) => outcome),
      );
      const held = cut === null ? folded.ranges.filter(({ outcome }) => outcome === 'unasked') : [];
      return {
        ...(held.length === 0 ? {} : { held: held.map(({ from, to }) => ({ from, to })) }),
        ...(secret === null ? {} : { transactionPrefix: token.text, ...sweepProof(book.ports, proved) }),
      };
    },
  });
};
