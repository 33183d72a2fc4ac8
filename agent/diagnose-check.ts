import { type Diagnosed, diagnoseCertificate, type Revoked } from './diagnose-certificate.ts';
import { diagnoseNetwork } from './diagnose-network.ts';
import { diagnoseServices } from './diagnose-services.ts';
import { diagnoseStun } from './diagnose-stun.ts';
import { diagnoseTls } from './diagnose-tls.ts';
import type { FindingCode } from './findings.ts';
import type { JudgedCheck } from './judge.ts';
import type { Plan } from './plan.ts';
import { printable } from './printable.ts';
import type { RunIndex } from './run-index.ts';

const messageCap = 160;

const messageOf = ({ observation }: JudgedCheck): string =>
  printable(observation.failure?.message ?? 'no reason is known', messageCap);

/** Verdicts whose reason is a finding of the same name, with what to say. */
const becauseFindings: Partial<Record<string, [FindingCode, (judged: JudgedCheck) => string]>> = {
  'source-not-in-role': [
    'source-not-in-role',
    ({ rule, observation }) =>
      `asked from ${observation.source.address ?? 'an address'} that is none of ${rule.mayNarrowTo.join(', ')}`,
  ],
  'prober-blind': ['prober-blind', () => 'this row is silent, and so are the hosts that must answer from here'],
  'source-shunned': ['source-shunned', () => 'a row that had answered on this address is silent since the sweep'],
};

/** Endings of a conversation that had answered, and the finding each is: of TLS, wherever it ran, and of SIP in it. */
const answeredFindings: ReadonlyMap<string, FindingCode> = new Map<string, FindingCode>([
  ['tls-handshake-refused', 'tls-handshake-refused'],
  ['mtls-unfinished', 'mtls-unfinished'],
  ['sip-silent', 'sip-silent'],
  ['sip-closed', 'sip-silent'],
  ['not-sip', 'sip-silent'],
]);

const unfinished = (judged: JudgedCheck): Diagnosed[] => {
  const { outcome, failure } = judged.observation;
  const code = outcome === 'answered' && failure !== null ? answeredFindings.get(failure.code) : undefined;
  // Clients of a plain TLS row have no certificate: there, it is another finding.
  if (code === undefined || (code === 'mtls-unfinished' && judged.rule.security === 'tls')) return [];
  return [{ code, message: messageOf(judged) }];
};

/** What else is known when a check is diagnosed. */
export interface Surroundings {
  readonly plan: Plan;
  /** Every check of the run. */
  readonly run: RunIndex;
  /** The time that certificates and lists are measured against. */
  readonly now: Date;
  readonly revoked: Revoked;
}

/** Everything that one check tells beyond its verdict. */
export const diagnoseCheck = (judged: JudgedCheck, { plan, run, now, revoked }: Surroundings): Diagnosed[] => {
  const there = run.at(judged.check.address).filter((other) => other.key !== judged.key);
  const reason = becauseFindings[judged.judgement.because];
  return [
    ...diagnoseCertificate(judged, plan.site, now, revoked),
    ...diagnoseTls(judged),
    ...unfinished(judged),
    ...(reason === undefined ? [] : [{ code: reason[0], message: reason[1](judged) }]),
    ...diagnoseServices(judged, there, run.all, now),
    ...diagnoseStun(judged, plan.site),
    ...diagnoseNetwork(judged, there),
  ];
};
