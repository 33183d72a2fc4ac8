import type { Diagnosed } from './diagnose-certificate.ts';
import { whatOf } from './explain-around.ts';
import { nested, tlsOf } from './explain-facts.ts';
import { rangesInWords } from './explain-range.ts';
import { counted, inWords } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';
import { isRespondersCertificate } from './responder-mark.ts';
import { isCut } from './sweep-groups.ts';

const messageCap = 160;

/** Ports that answered beside ports that are lost or rejected: the limits of a firewall rule. Open beside closed is a call. */
const partial = ({ judgement, groups }: JudgedCheck): Diagnosed[] =>
  judgement.because === 'range-partial' && isCut(groups)
    ? [{ code: 'range-partial', message: rangesInWords(groups) }]
    : [];

/** Ports that nobody opens one by one: so many of them together are let through by one rule. */
const enoughForAnyAny = 3;

/** Ports outside of every table that can be reached: a rule that allows everything, as tests leave it behind. */
const anyAny = ({ rule, groups }: JudgedCheck): Diagnosed[] => {
  if (rule.only === undefined) return [];
  const reached = groups.filter(({ judgement }) => judgement.verdict === 'fail');
  const count = reached.reduce((sum, group) => sum + group.count, 0);
  if (count < enoughForAnyAny) return [];
  const message = `${counted(count, 'port')} that no table opens can be reached: ${rangesInWords(reached)}`;
  return [{ code: 'any-any-rule', message }];
};

/** Our own shortage: of the whole question, or of some ports of a sweep. */
const exhaustion = ({ observation }: JudgedCheck): Diagnosed[] => {
  const { outcome, failure, facts } = observation;
  const short = new Set(['local-exhaustion', 'source-port-busy']);
  const unasked = nested(facts, 'counts')['unasked'];
  const some = typeof unasked === 'number' && unasked > 0;
  if (failure === null || !short.has(failure.code)) return [];
  if (outcome !== 'unasked' && failure.code !== 'local-exhaustion' && !some) return [];
  const ports = some ? `${counted(unasked, 'port')} could not be asked: ` : '';
  return [{ code: 'local-exhaustion', message: `${ports}${printable(failure.message, messageCap)}` }];
};

/** Round trips below this are too close to what machines take by themselves. */
const leastRoundTrip = 0.004;

/** A reset that took less than this share of the way to the host and back was not sent by the host. */
const nearer = 1 / 3;

const connectSeconds = ({ observation, rule }: JudgedCheck): number[] =>
  rule.transport === 'tcp' && (observation.outcome === 'answered' || observation.outcome === 'open')
    ? observation.steps.flatMap(({ step, seconds }) => (step === 'connect' ? [seconds] : []))
    : [];

/** A reset that came sooner than the host itself ever answered: the fastest of its connects is the measure. */
const nearReset = ({ observation, rule, check }: JudgedCheck, there: readonly JudgedCheck[]): Diagnosed[] => {
  if (observation.outcome !== 'closed' || rule.transport !== 'tcp') return [];
  const closed = observation.attempts.filter(({ outcome }) => outcome === 'closed').map(({ seconds }) => seconds);
  // Only what left from the same address went the same way.
  const trips = there.filter((other) => other.check.source === check.source).flatMap(connectSeconds);
  if (closed.length === 0 || trips.length === 0) return [];
  // The slowest reset against the fastest connect: what holds for these holds for all.
  const [reset, trip] = [Math.max(...closed), Math.min(...trips)];
  if (trip < leastRoundTrip || reset >= trip * nearer) return [];
  const message = `the reset took ${inWords(reset)}, and no connect to this address took less than ${inWords(trip)}`;
  return [{ code: 'reset-by-firewall', message }];
};

const silentTls: ReadonlySet<string> = new Set(['tls-silent', 'tls-stalled']);

/** The bytes of a handshake that began and went silent before its certificates; null if it did not. */
const stalledAfter = ({ observation }: JudgedCheck): number | null => {
  const tls = tlsOf(observation.facts);
  const bytes = tls['stalledAfterBytes'];
  const begun = 'certificate' in tls && tls['certificate'] === null;
  return typeof bytes === 'number' && (begun || observation.outcome === 'open') ? bytes : null;
};

const isSilentTls = ({ observation }: JudgedCheck): boolean => silentTls.has(observation.failure?.code ?? '');

const gotCertificate = ({ observation }: JudgedCheck): boolean =>
  nested(tlsOf(observation.facts), 'certificate')['fingerprint256'] !== undefined;

/** Answers of a few bytes over TCP, which pass wherever anything passes. */
const isSmallAnswer = ({ observation, rule }: JudgedCheck): boolean =>
  rule.transport === 'tcp' && rule.security === 'none' && observation.outcome === 'answered';

/**
 * A handshake that stops where the first large packet is due. Node shows no segments, so it is told from what passes: the
 * server's hello, or short answers of the same address, where no handshake there gets its certificate through.
 */
const largePackets = (judged: JudgedCheck, there: readonly JudgedCheck[]): Diagnosed[] => {
  const bytes = stalledAfter(judged);
  if (there.some(gotCertificate)) return [];
  if (bytes !== null) {
    const message = `the handshake began, and fell silent after ${bytes} bytes, before the certificates`;
    return [{ code: 'large-packets-lost', message }];
  }
  if (!isSilentTls(judged)) return [];
  // An XMPP stream has given its short answer itself, before the handshake in it.
  const small = isSmallAnswer(judged) ? judged : there.find(isSmallAnswer);
  if (small === undefined) return [];
  const where = small === judged ? 'the stream before it is answered' : `${whatOf(small)} on the same address answers`;
  const message = `${where}, and no TLS handshake there brings its certificates`;
  return [{ code: 'large-packets-lost', message }];
};

const localPolicy = ({ observation: { failure } }: JudgedCheck): Diagnosed[] =>
  failure?.code === 'local-tls-policy'
    ? [{ code: 'local-tls-policy', message: printable(failure.message, messageCap) }]
    : [];

const missingProof = ({ check, observation, evidence, expect }: JudgedCheck): Diagnosed[] => {
  const { outcome, facts } = observation;
  if (expect !== 'reachable' || !check.target.responder || outcome !== 'answered' || evidence === 'proven') return [];
  const why = (message: string): Diagnosed[] => [{ code: 'proof-missing', message }];
  if (check.options.proof === undefined) {
    return why('the proof was not asked for: the site file here has no responder.credentialsFile');
  }
  return isRespondersCertificate(facts)
    ? why('a responder answered, with another credential than the one here, or with none')
    : why('something answered, and did not show the credential of our responder');
};

/**
 * What the network between tells, and our own host.
 * @param there other checks of the same address
 */
export const diagnoseNetwork = (judged: JudgedCheck, there: readonly JudgedCheck[]): Diagnosed[] => [
  ...partial(judged),
  ...anyAny(judged),
  ...exhaustion(judged),
  ...nearReset(judged, there),
  ...largePackets(judged, there),
  ...localPolicy(judged),
  ...missingProof(judged),
];
