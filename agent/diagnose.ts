import type { HairpinMissing } from './ask-hairpins.ts';
import type { ControlResult } from './controls.ts';
import { type Diagnosed, endInWords, revokedBy } from './diagnose-certificate.ts';
import { diagnoseCheck } from './diagnose-check.ts';
import { hairpinsOfRule, hairpinsOfRun } from './diagnose-hairpin.ts';
import { diagnoseNames } from './diagnose-names.ts';
import { inWords, socketAddress } from './explain-words.ts';
import { type Finding, type FindingCode, finding } from './findings.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';
import type { NameSeen } from './names.ts';
import type { Plan } from './plan.ts';
import { formatPorts } from './ports.ts';
import { printable } from './printable.ts';
import type { Check } from './resolve.ts';
import type { RunResult } from './run.ts';
import { indexOf } from './run-index.ts';
import type { SelfTest } from './self-test.ts';
import type { SwappedSip } from './swapped-sip.ts';

/** What was learned beside the observations, and is part of no verdict. */
export interface Learned {
  readonly self: SelfTest | null;
  readonly names: readonly NameSeen[];
  readonly swapped?: readonly SwappedSip[];
  readonly hairpins?: readonly HairpinMissing[];
}

export const nothingLearned: Learned = { self: null, names: [] };

/** What was diagnosed, for each rule and for the run as a whole. */
export interface Diagnosis {
  readonly byRule: ReadonlyMap<JudgedRule, readonly Finding[]>;
  readonly ofRun: readonly Finding[];
}

/** `edge1 131.107.155.10:5061` */
const targetOf = ({ address, target }: Pick<Check, 'address' | 'target'>): string =>
  `${target.name} ${socketAddress(address ?? target.address, formatPorts([target.ports]))}`;

const controlTarget = ({ kind, target, address, port }: ControlResult): string =>
  kind === 'vantage' ? target : `${target} ${socketAddress(address, String(port))}`.trim();

/** What was diagnosed, and where. */
interface Located extends Diagnosed {
  readonly target: string;
}

/** One finding for each code and message; the targets it was seen at stand in it together. */
const merged = (found: readonly Located[]): Finding[] => {
  const targets = new Map<string, { code: FindingCode; message: string; at: Set<string> }>();
  for (const { code, message, target } of found) {
    const key = `${code} ${message}`;
    const known = targets.get(key) ?? { code, message, at: new Set<string>() };
    targets.set(key, { ...known, at: known.at.add(target) });
  }
  return [...targets.values()].map(({ code, message, at }) => finding(code, [...at].join(', '), message));
};

const ofControls = ({ controls }: RunResult): Located[] => {
  const vantage = controls.filter(({ kind }) => kind === 'vantage');
  const blind = vantage.length > 0 && vantage.every(({ asExpected }) => !asExpected);
  return controls.flatMap((one): Located[] => {
    const { kind, observation, port, asExpected } = one;
    const target = controlTarget(one);
    if (kind === 'vantage' && blind) {
      const message = `it must answer from here: ${observation.outcome} after ${inWords(observation.durationSeconds)}`;
      return [{ code: 'prober-blind', target, message }];
    }
    if (kind === 'port' && observation.outcome === 'open') {
      return [{ code: 'everything-open', target, message: `tcp/${port}, which no rule opens, opens` }];
    }
    if (kind === 'repeat' && !asExpected) {
      const message = `port ${port} had answered, and is ${observation.outcome} since the sweep`;
      return [{ code: 'source-shunned', target, message }];
    }
    return [];
  });
};

const codeCap = 80;

const ofThisHost = ({ self }: Learned, now: Date): Located[] => {
  if (self === null) return [];
  const end = self.ownCertificate === null ? null : endInWords(self.ownCertificate, now);
  const policy = self.legacyTlsProblem;
  return [
    ...(policy === null
      ? []
      : [
          {
            code: 'local-tls-policy',
            target: 'this host',
            message: `a TLS 1.0 handshake with itself ended with ${printable(policy, codeCap)}`,
          } as const,
        ]),
    ...(end === null ? [] : [{ code: 'own-certificate-expiring', target: 'tls.cert', message: end.words } as const]),
  ];
};

/** A web conferencing address that answers SIP where the Access address does not. */
const ofSwaps = ({ swapped = [] }: Learned): Located[] =>
  swapped.map(({ webconf, access }) => ({
    code: 'wrong-service',
    target: targetOf(webconf),
    message: `web conferencing answers SIP here, and Access does not at ${targetOf(access)}: the two addresses look swapped`,
  }));

/** Whether an open control port makes an open port of this check worth nothing: TCP that says no more than "open". */
const isDoubtful = ({ rule, observation, groups, controlPort }: JudgedCheck): boolean =>
  controlPort === 'open' &&
  rule.transport === 'tcp' &&
  (groups.length > 0 ? groups.some(({ outcome }) => outcome === 'open') : observation.outcome === 'open');

const controlPortOpens: Diagnosed = {
  code: 'everything-open',
  message: 'a port of this address that no rule opens opens as well',
};

/**
 * The findings of a run: for each rule from its checks, and for the run from its controls, from this host and from names.
 * An open control port, a blind vantage and a shunned source belong to the run, and to the rules they cast doubt on.
 */
export const diagnose = (
  plan: Plan,
  rules: readonly JudgedRule[],
  result: RunResult,
  learned: Learned = nothingLearned,
): Diagnosis => {
  const { site, vantage } = plan;
  const now = result.startedAt;
  const { hairpins = [] } = learned;
  const run = indexOf(rules);
  const revoked = revokedBy(run.all.map(({ observation }) => observation.facts));
  const byRule = new Map<JudgedRule, readonly Finding[]>();
  for (const judged of rules) {
    const found = judged.checks.flatMap((one): Located[] => {
      const target = targetOf(one.check);
      const doubt: readonly Diagnosed[] = isDoubtful(one) ? [controlPortOpens] : [];
      return [...diagnoseCheck(one, { plan, run, now, revoked }), ...doubt].map((each) => ({ ...each, target }));
    });
    const whole = [...found, ...hairpinsOfRule(judged, hairpins)];
    if (whole.length > 0) byRule.set(judged, merged(whole));
  }
  const beside = [...ofThisHost(learned, now), ...ofSwaps(learned), ...hairpinsOfRun(rules, hairpins)];
  const ofRun = merged([...ofControls(result), ...beside]);
  return { byRule, ofRun: [...ofRun, ...diagnoseNames(learned.names, site, vantage)] };
};
