import type { Facts } from './observation.ts';
import type { Asking, Question, TurnCredential } from './probe.ts';
import { askStream } from './stun-stream.ts';
import type { SweptPort } from './sweep-book.ts';
import type { SweepToken } from './sweep-token.ts';
import { dialTcp } from './tcp-channel.ts';
import { pause } from './world.ts';

/**
 * What a sweep of our responder's ports proved: `proof` is true if every port that answered showed the credential and
 * none only opened, and absent if none did either; `unproven` counts the others.
 */
export const sweepProof = (ports: readonly SweptPort[], proved: number): Facts => {
  const there = ports.filter(({ outcome }) => outcome === 'answered' || outcome === 'open').length;
  if (there === 0) return {};
  const unproven = Math.max(0, there - proved);
  return { proof: unproven === 0, ...(unproven > 0 ? { unproven } : {}) };
};

/** Conversations at a time: a responder with few descriptors holds no more for every vantage. */
const atOnce = 32;

/** Seconds for one conversation: time for a lost packet to be sent again by TCP. */
const patience = 1.5;

/** So many ports in a row without a proof: the others will fare no better, whoever opens them. */
const enoughInVain = 256;

/** Ports that were asked in vain are asked once more: one conversation may fall prey to loss. */
const rounds = 2;

/**
 * Asks every port that opened for the proof of our responder: a signed STUN Binding on a connection of its own. A port
 * that answers becomes `answered`; one that only opens stays so: somebody else took the connection. Gives the number of
 * ports that proved themselves. Never rejects.
 *
 * Without a secret nothing is proved, but asked who answers: MSTURN behind pseudo-TLS, as A/V Edges speak it, or a TLS
 * server.
 */
export const proveOpenPorts = async (
  question: Question,
  ports: readonly SweptPort[],
  secret: TurnCredential | null,
  outer: Asking,
  token: SweepToken,
): Promise<number> => {
  const asking: Asking = { ...outer, random: token.world.random };
  let proved = 0;
  let asked = 0;
  const proveOne = async (port: SweptPort): Promise<void> => {
    await pause(asking, asking.pace());
    if (asking.signal.aborted) return;
    const until = asking.clock.monotonic() + patience;
    const { target, source } = question;
    const ends =
      source.lastPort === undefined
        ? { target: { address: target.address, port: port.port }, sourcePort: source.port }
        : { target: { address: target.address, port: target.port }, sourcePort: port.port };
    const dialled = await dialTcp({ ...ends, sourceAddress: source.address }, until, asking);
    asked++;
    if (dialled.kind === 'failed') return;
    const dialect = secret === null ? 'msturn-pseudo-tls' : 'rfc8489';
    const { answer, failure } = await askStream(dialled.channel, dialect, 0, until, asking, secret);
    dialled.channel.close('reset');
    if (answer === null && !(secret === null && failure?.code === 'tls-server')) return;
    port.outcome = 'answered';
    if (secret === null || answer?.proof === true) proved++;
  };
  for (let round = 0; round < rounds; round++) {
    const queue = ports.filter(({ outcome }) => outcome === 'open');
    const inVain = (): boolean => proved === 0 && asked >= enoughInVain;
    const work = async (): Promise<void> => {
      for (let port = queue.shift(); port && !inVain() && !asking.signal.aborted; port = queue.shift()) {
        await proveOne(port);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, work));
  }
  return proved;
};
