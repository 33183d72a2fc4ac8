import { type Diagnosed, diagnoseTls } from './diagnose-certificate.ts';
import { whatOf } from './explain-around.ts';
import { nested } from './explain-facts.ts';
import { rangesInWords } from './explain-range.ts';
import { counted, inWords } from './explain-words.ts';
import type { FindingCode } from './findings.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';
import { isCut } from './sweep-groups.ts';

const messageCap = 160;

const messageOf = ({ observation }: JudgedCheck): string =>
  printable(observation.failure?.message ?? 'no reason is known', messageCap);

/** Verdicts whose reason is a finding of the same name, with what to say. */
const becauseFindings: Partial<Record<string, [FindingCode, (judged: JudgedCheck) => string]>> = {
  'wrong-service': ['wrong-service', messageOf],
  'source-not-in-role': [
    'source-not-in-role',
    ({ rule, observation }) =>
      `asked from ${observation.source.address ?? 'an address'} that is none of ${rule.mayNarrowTo.join(', ')}`,
  ],
  'prober-blind': ['prober-blind', () => 'this row is silent, and so are the hosts that must answer from here'],
  'source-shunned': ['source-shunned', () => 'a row that had answered on this address is silent since the sweep'],
};

/** Endings of a TLS handshake that are findings of the same name, wherever the TLS ran. */
const handshakeFindings: ReadonlySet<string> = new Set<FindingCode>(['tls-handshake-refused', 'mtls-unfinished']);

const handshake = (judged: JudgedCheck): Diagnosed[] => {
  const { outcome, failure } = judged.observation;
  if (outcome !== 'answered' || failure === null || !handshakeFindings.has(failure.code)) return [];
  return [{ code: failure.code as FindingCode, message: messageOf(judged) }];
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

/** Ports that answered beside ports that are lost or rejected: the limits of a firewall rule. Open beside closed is a call. */
const partial = ({ judgement, groups }: JudgedCheck): Diagnosed[] =>
  judgement.because === 'range-partial' && isCut(groups)
    ? [{ code: 'range-partial', message: rangesInWords(groups) }]
    : [];

const missingProof = ({ check, observation, evidence, expect }: JudgedCheck): Diagnosed[] =>
  expect === 'reachable' && check.target.responder && observation.outcome === 'answered' && evidence !== 'proven'
    ? [{ code: 'proof-missing', message: 'something answered, and did not show the credential of our responder' }]
    : [];

const unheard: ReadonlySet<string> = new Set(['filtered', 'closed', 'unreachable']);

/** UDP is lost where the same A/V service answers over TCP: calls work, badly, and nobody complains of the firewall. */
const udpOnly = (judged: JudgedCheck, there: readonly JudgedCheck[]): Diagnosed[] => {
  const { rule, judgement, observation, expect } = judged;
  const isMedia = rule.protocol === 'STUN/MSTURN' && rule.transport === 'udp' && expect === 'reachable';
  // A service that is down is not blocked: its own verdict says all.
  if (
    !isMedia ||
    judgement.verdict === 'pass' ||
    judgement.because === 'service-down' ||
    !unheard.has(observation.outcome)
  )
    return [];
  const tcp = there.find(
    (other) =>
      other.rule.transport === 'tcp' &&
      other.rule.protocol === 'STUN/MSTURN' &&
      other.observation.outcome === 'answered',
  );
  if (tcp === undefined) return [];
  const took = inWords(tcp.observation.durationSeconds);
  return [
    {
      code: 'udp-blocked-tcp-works',
      message: `${whatOf(judged)} is ${observation.outcome}, and ${whatOf(tcp)} on the same address answers in ${took}`,
    },
  ];
};

/**
 * Everything that one check tells beyond its verdict.
 * @param there other checks of the same address
 * @param now the time certificates are measured against
 */
export const diagnoseCheck = (judged: JudgedCheck, there: readonly JudgedCheck[], now: Date): Diagnosed[] => {
  const reason = becauseFindings[judged.judgement.because];
  return [
    ...diagnoseTls(judged, now),
    ...handshake(judged),
    ...(reason === undefined ? [] : [{ code: reason[0], message: reason[1](judged) }]),
    ...partial(judged),
    ...exhaustion(judged),
    ...missingProof(judged),
    ...udpOnly(judged, there),
  ];
};
