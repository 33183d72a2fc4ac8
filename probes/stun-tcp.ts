import { type Opened, openConnection } from './dial.ts';
import { aborted } from './failure.ts';
import type { Failure, Observation } from './observation.ts';
import { type Asking, proofSecret, type Question } from './probe.ts';
import { recordWhenDue } from './recorder.ts';
import { type Dialect, dialects } from './stun-exchange.ts';
import { answerFacts, bestFirst } from './stun-facts.ts';
import { askStream, type StreamReply } from './stun-stream.ts';
import { tallyOf } from './stun-tally.ts';
import { logOnAfter } from './turn-logon.ts';

/** Best first: each dialect needs a connection of its own, because a server that dislikes one drops it. */
const tcpDialects = dialects.filter((dialect) => dialect !== 'rfc3489');

/** Ends of a conversation, the most telling first: with this one the failure is explained. */
const telling = [
  'tls-server',
  'wrong-protocol',
  'malformed-answer',
  'wrong-transaction',
  'echo',
  'not-stun',
  'flood',
  'incomplete-answer',
  'mute-after-hello',
  'reset-by-peer',
  'closed-by-peer',
  'mute',
];

/** One connection: what was asked on it, and what became of it. */
interface Conversation {
  readonly dialect: Dialect;
  readonly dial: number;
  readonly opened: Opened;
  readonly reply: StreamReply | null;
}

const worth = (failure: Failure): number => {
  const index = telling.indexOf(failure.code);
  return index === -1 ? telling.length : index;
};

/** What was heard on each connection that was not cut short by us, and why none of it was an answer. */
const openFacts = (conversations: readonly Conversation[]) => {
  const replies = conversations.filter(({ reply }) => reply?.outcome === 'open' || reply?.outcome === 'answered');
  const heard = replies.map(({ dialect, reply }) => [dialect, reply?.failure?.code ?? 'answered'] as const);
  const failures = replies.flatMap(({ reply }) => (reply?.failure ? [reply.failure] : []));
  const firstBytes = replies.find(({ reply }) => reply?.firstBytes)?.reply?.firstBytes;
  const isTls = failures.some(({ code }) => code === 'tls-server');
  return {
    failure: failures.toSorted((a, b) => worth(a) - worth(b))[0] ?? null,
    facts: {
      heard: Object.fromEntries(heard),
      ...(isTls ? { tlsServer: true } : {}),
      ...(firstBytes ? { firstBytes } : {}),
    },
  };
};

/**
 * Asks over TCP. A first connection decides whether there is a way at all; once it is open the other dialects get
 * connections of their own beside it. The first answer decides. Never rejects.
 *
 * With a fixed source port the connections follow one another, each with its share of the time.
 */
export const askTcp = async (question: Question, outer: Asking, wanted: readonly Dialect[]): Promise<Observation> => {
  const asked = tcpDialects.filter((dialect) => wanted.includes(dialect));
  const recorder = await recordWhenDue(question, outer);
  const secret = proofSecret(question.options, outer);
  const tally = tallyOf(outer, asked, secret === null ? null : 'rfc8489');
  const { asking } = tally;
  const { clock } = asking;
  const pinned = question.source.port !== null;
  const open = (until: number): Promise<Opened> => openConnection(question, recorder, until, asking);

  const converse = async (dial: number, opened: Opened, until: number): Promise<Conversation> => {
    const dialect = asked[dial] ?? 'msturn';
    if (opened.kind === 'failed') return { dialect, dial, opened, reply: null };
    const since = clock.monotonic();
    const reply = await askStream(opened.channel, dialect, dial, until, asking, secret);
    if (reply.answer) {
      if (tally.heard.length === 0) recorder.step('stun', since);
      const { answer, roundTripSeconds } = reply;
      tally.hear(dialect, { answer, dial, roundTripSeconds, retransmissions: 0 }, roundTripSeconds);
    }
    // With a fixed port the same five-tuple is needed again at once, which only a reset allows, unless the peer has
    // closed first: then its end keeps the memory of it, and a reset would meet our own FIN that is under way.
    const again = pinned && reply.failure !== null && reply.failure.code !== 'closed-by-peer';
    opened.channel.close(again ? 'reset' : 'politely');
    return { dialect, dial, opened, reply };
  };

  const oneAfterAnother = async (first: Opened): Promise<Conversation[]> => {
    const done: Conversation[] = [];
    for (let dial = 0; dial < asked.length && tally.heard.length === 0; dial++) {
      const now = clock.monotonic();
      const until = now + (recorder.until - now) / (asked.length - dial);
      done.push(await converse(dial, dial === 0 ? first : await open(until), until));
    }
    return done;
  };
  const sideBySide = (first: Opened): Promise<Conversation[]> =>
    Promise.all(
      asked.map(async (_, dial) => converse(dial, dial === 0 ? first : await open(recorder.until), recorder.until)),
    );

  const first = await open(recorder.until);
  if (first.kind === 'failed') {
    tally.release();
    return recorder.finish(first.outcome, { requests: 0, retransmissions: 0 }, first.failure);
  }
  const conversations = await (pinned ? oneAfterAnother(first) : sideBySide(first));
  tally.enough();
  tally.release();
  const loggedOn = await logOnAfter(tally.heard, question, recorder, outer);

  // The report shows the source of the attempt that ended last: the one that brought the best answer, or our mapping.
  if (loggedOn?.mapped === false) loggedOn.end();
  const [best] = bestFirst(tally.heard);
  for (const { opened, reply, dial } of conversations.toSorted(
    (a, b) => Number(a.dial === best?.dial) - Number(b.dial === best?.dial),
  )) {
    // A conversation that we cut short had an open connection all the same.
    if (opened.kind === 'open') opened.end(opened.source, reply?.answer ? 'answered' : 'open', reply?.requests ?? 0);
    else if (dial === best?.dial) throw new Error('an answer on a connection that never opened');
  }
  if (loggedOn?.mapped === true) loggedOn.end();

  const counts = {
    requests: conversations.reduce((sum, { reply }) => sum + (reply?.requests ?? 0), 0),
    retransmissions: 0,
  };
  const { failure, facts } = openFacts(conversations);
  if (best)
    return recorder.finish('answered', { ...answerFacts(tally.heard), ...counts, ...facts, ...loggedOn?.facts });
  if (outer.signal.aborted) return recorder.finish('unasked', counts, aborted('stun').failure);
  return recorder.finish('open', { ...counts, ...facts }, failure);
};
