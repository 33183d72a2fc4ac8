import { dialUdp } from './dgram-as-stream.ts';
import { openConnection } from './dial.ts';
import type { Fact, Facts } from './observation.ts';
import type { Asking, Question, TurnCredential } from './probe.ts';
import type { Recorder } from './recorder.ts';
import { bestFirst, type Heard, spell } from './stun-facts.ts';
import { exchangeHellos, listenTo } from './stun-stream.ts';
import { logOnAndOff, type TurnLimits, type TurnSession } from './turn-session.ts';
import { datagramTransactions, streamTransactions, type Transactions } from './turn-transaction.ts';
import { pause } from './world.ts';

/** What the logon adds to an observation. */
export interface LoggedOn {
  readonly facts: Facts;
  /** Whether the facts say as whom this dial was seen: then its source port belongs to them. */
  readonly mapped: boolean;
  /** Ends its attempt in the record. */
  readonly end: () => void;
}

/** How to log on where something was heard. */
interface Way {
  readonly dialect: 'msturn' | 'turn';
  readonly pseudoTls: boolean;
}

/** Seconds kept back for giving the allocation back, at most. */
const releaseSeconds = 1;

/** Only where the unauthenticated question was answered with a challenge; over TCP, TURN shows itself to its own framing only. */
const wayFor = (heard: readonly Heard[], transport: Question['transport']): Way | null => {
  const sorted = bestFirst(heard).map(({ answer }) => answer);
  const challenged = sorted.find(({ errorCode, dialect }) => errorCode === 401 && !dialect.startsWith('rfc'));
  if (challenged !== undefined) {
    const { dialect } = challenged;
    return { dialect: dialect === 'turn' ? 'turn' : 'msturn', pseudoTls: dialect === 'msturn-pseudo-tls' };
  }
  const binding = transport === 'tcp' && sorted.some(({ dialect }) => dialect === 'rfc8489');
  return binding ? { dialect: 'turn', pseudoTls: false } : null;
};

const withoutNull = (facts: { readonly [name: string]: Fact }): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));

/** The facts of a logon; what was not told is left out. */
const logOnFacts = (session: TurnSession, relayPorts: readonly [number, number]): Facts => {
  const { authenticated, failure, response, released } = session;
  const { relayed = null, mapped = null, lifetime = null, alternateServer = null, errorCode = null } = response ?? {};
  const [first, last] = relayPorts;
  return withoutNull({
    authenticated,
    logonFailure: failure?.code ?? null,
    errorCode,
    relayedAddress: relayed?.address ?? null,
    relayedPort: relayed?.port ?? null,
    relayedPortInRange: relayed === null ? null : relayed.port >= first && relayed.port <= last,
    mappedAddress: mapped?.address ?? null,
    mappedPort: mapped?.port ?? null,
    lifetime: authenticated === true ? lifetime : null,
    alternateServer: alternateServer === null ? null : spell(alternateServer),
    allocationReleased: released,
  });
};

const documentedRelayPorts = [50_000, 59_999] as const;

const failed = (code: string, message: string): TurnSession => ({
  authenticated: null,
  failure: { code, message },
  response: null,
  released: null,
});

/** A logon on one dial: the conversation, and the line it gets in the record. */
interface Dialled {
  readonly session: TurnSession;
  readonly end: () => void;
}

const overUdp = async (
  question: Question,
  way: Way,
  credential: TurnCredential,
  limits: TurnLimits,
  recorder: Recorder,
  asking: Asking,
): Promise<Dialled> => {
  await pause(asking, asking.pace());
  const end = recorder.attempt();
  const { target, source } = question;
  const dialled = await dialUdp({ target, sourceAddress: source.address, sourcePort: source.port }, asking);
  if (dialled.kind === 'failed') {
    const { code, message } = dialled.failure;
    return { session: failed(code, message), end: () => end(dialled.source, dialled.outcome) };
  }
  const transactions = datagramTransactions(dialled.channel, asking);
  const session = await logOnAndOff(transactions, way.dialect, credential, limits, asking);
  dialled.channel.close();
  const outcome = session.response === null ? 'filtered' : 'answered';
  return { session, end: () => end(dialled.source, outcome, transactions.counts.requests) };
};

const overTcp = async (
  question: Question,
  way: Way,
  credential: TurnCredential,
  limits: TurnLimits,
  recorder: Recorder,
  asking: Asking,
): Promise<Dialled> => {
  const opened = await openConnection(question, recorder, limits.until, asking);
  if (opened.kind === 'failed') {
    return { session: failed(opened.failure.code, opened.failure.message), end: () => undefined };
  }
  const { channel } = opened;
  const listener = listenTo(channel, limits.releaseUntil, asking);
  let early: Uint8Array = new Uint8Array(0);
  let transactions: Transactions | null = null;
  let session: TurnSession;
  const hellos = way.pseudoTls ? await exchangeHellos(channel, listener, asking) : { rest: early };
  if ('failure' in hellos) session = failed(hellos.failure.code, hellos.failure.message);
  else {
    early = Uint8Array.from(hellos.rest);
    transactions = streamTransactions(channel, listener, way.dialect, early, asking);
    session = await logOnAndOff(transactions, way.dialect, credential, limits, asking);
  }
  channel.close();
  const outcome = session.response === null ? 'open' : 'answered';
  const requests = (transactions?.counts.requests ?? 0) + (way.pseudoTls ? 1 : 0);
  return { session, end: () => opened.end(opened.source, outcome, requests) };
};

/**
 * Goes on, after a question was answered with a challenge, with what its credential is good for: on a dial of its own,
 * in what is left of the deadline. Null where there is no credential, or nobody to show it to. Never rejects.
 */
export const logOnAfter = async (
  heard: readonly Heard[],
  question: Question,
  recorder: Recorder,
  asking: Asking,
): Promise<LoggedOn | null> => {
  const { credentials, relayPorts = documentedRelayPorts } = question.options;
  const credential = credentials === undefined ? null : (asking.credentials?.(credentials) ?? null);
  const way = wayFor(heard, question.transport);
  // A connection with a fixed source port cannot be followed by another one at once.
  const again = question.transport === 'udp' || question.source.port === null;
  if (credential === null || way === null || !again || asking.signal.aborted) return null;
  const since = asking.clock.monotonic();
  const left = recorder.until - since;
  if (left <= 0) return null;
  const limits = { until: recorder.until - Math.min(releaseSeconds, left / 4), releaseUntil: recorder.until };
  const logOn = question.transport === 'udp' ? overUdp : overTcp;
  const { session, end } = await logOn(question, way, credential, limits, recorder, asking);
  recorder.step('turn', since);
  const { mappedAddress, mappedPort, ...facts } = logOnFacts(session, relayPorts);
  // Where the question before was told our mapping already, that one stays: it belongs to the source shown.
  const known = heard.some(({ answer }) => (answer.mapped ?? answer.xorMapped) !== null);
  if (known || mappedAddress === undefined || mappedPort === undefined) return { facts, mapped: false, end };
  return { facts: { ...facts, mappedAddress, mappedPort }, mapped: true, end };
};
