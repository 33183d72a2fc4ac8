import type { Channel, Endpoint } from './channel.ts';
import { openConnection } from './dial.ts';
import type { Fact, Facts, Failure, Outcome } from './observation.ts';
import { type Asking, proofSecret, type Question } from './probe.ts';
import type { Recorder } from './recorder.ts';
import { startTls, type TlsSession } from './tls-session.ts';

/** What became of the hellos. `channel` is the encrypted conversation; its attempt is then ended by the caller. */
export interface SaidHello {
  readonly outcome: Outcome;
  readonly facts: Facts;
  readonly failure: Failure | null;
  readonly channel: Channel | null;
  readonly end: (outcome: Outcome, requests?: number) => void;
}

export type Hello = TlsSession & { readonly kind: 'modern' | 'legacy'; readonly end: SaidHello['end'] };

const nothing = (): void => undefined;

/** One hello on a connection of its own. */
const sayHello = async (
  question: Question,
  recorder: Recorder,
  kind: Hello['kind'],
  asking: Asking,
): Promise<Hello> => {
  const opened = await openConnection(question, recorder, recorder.until, asking);
  if (opened.kind === 'failed') {
    return { kind, outcome: opened.outcome, channel: null, facts: {}, failure: opened.failure, end: nothing };
  }
  const since = asking.clock.monotonic();
  // A peer that stays mute to the modern hello must leave time for the legacy one.
  const until = kind === 'modern' ? since + (recorder.until - since) / 2 : recorder.until;
  const { servername } = question.options;
  const secret = proofSecret(question.options, asking);
  const asked = { servername, legacy: kind === 'legacy', material: asking.tls, secret };
  const session = await startTls(opened.channel, asked, until, asking);
  recorder.step(kind === 'modern' ? 'tls' : 'tls-legacy', since);
  const source: Endpoint = opened.source;
  const end: SaidHello['end'] = (outcome, requests = 1) => opened.end(source, outcome, requests);
  if (!session.channel) end(session.outcome);
  return { ...session, kind, end };
};

/** One line of `facts.hellos`: which hello, and how it ended. */
const helloFact = ({ kind, outcome, failure, facts }: Hello): Fact => ({
  kind,
  outcome,
  result: failure?.code ?? 'handshake',
  alert: facts['alert'] ?? null,
  localRefusal: facts['localRefusal'] ?? null,
});

/** Whether another hello may get further: this one was not understood, or refused, by them or by us. */
const worthAnother = ({ outcome, channel, failure }: Hello): boolean =>
  channel === null &&
  failure?.code !== 'mtls-unfinished' &&
  failure?.code !== 'aborted' &&
  (outcome === 'answered' || outcome === 'open');

/** Endings of a hello that nothing was said to. */
const mute: ReadonlySet<string> = new Set(['tls-silent', 'tls-closed', 'tls-reset', 'tls-stalled']);

/** Best first: a completed handshake, then anything answered, then what the modern hello got. */
export const betterHello = (modern: Hello, legacy: Hello): Hello => {
  // A server that did not understand the modern hello may well speak TLS 1.0: it was never asked.
  if (mute.has(modern.failure?.code ?? '') && legacy.failure?.code === 'local-tls-policy') return legacy;
  const completed = legacy.channel !== null || legacy.failure?.code === 'mtls-unfinished';
  return legacy.outcome === 'answered' && (completed || modern.outcome !== 'answered') ? legacy : modern;
};

/**
 * Opens TLS for a question: a modern hello, and where that is not understood or refused a legacy one on a second
 * connection, never both at a time, all within the question's deadline. Never rejects. Unless it gives a channel,
 * nothing is left open.
 */
export const openTls = async (question: Question, recorder: Recorder, asking: Asking): Promise<SaidHello> => {
  const modern = await sayHello(question, recorder, 'modern', asking);
  const connected = modern.outcome === 'answered' || modern.outcome === 'open';
  if (!worthAnother(modern) || asking.signal.aborted || asking.clock.monotonic() >= recorder.until) {
    return connected ? { ...modern, facts: { ...modern.facts, legacy: false, hellos: [helloFact(modern)] } } : modern;
  }
  const legacy = await sayHello(question, recorder, 'legacy', asking);
  const best = betterHello(modern, legacy);
  const facts = { ...best.facts, legacy: best === legacy, hellos: [helloFact(modern), helloFact(legacy)] };
  return { ...best, facts };
};
