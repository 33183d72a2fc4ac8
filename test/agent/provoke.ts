import type { Finding } from '../../agent/findings.ts';
import type { Facts } from '../../probes/observation.ts';
import { certificate, judged, type RowSeen, row, seen, sweepFacts, tlsFacts } from './fixtures.ts';

export const sip = row('external-sip-tcp-5061-in');
export const clients = row('external-sip-tcp-443-in');
export const rtp = row('external-rtp-tcp-50000-59999-in');
export const xmpp = row('external-xmpp-tcp-5269-in');

export interface Provoked {
  readonly ofRun: readonly Finding[];
  /** Of the first rule. */
  readonly ofRule: readonly Finding[];
}

/** What provokes a finding of a rule, and the evidence that its message must hold. */
export type Provocations = Readonly<Record<string, readonly [Provoked, RegExp]>>;

export const provoke = (rows: readonly RowSeen[], run: Parameters<typeof judged>[1] = {}): Provoked => {
  const { report } = judged(rows, run);
  return { ofRun: report.findings, ofRule: report.rules[0]?.findings ?? [] };
};

export const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

/** An answered handshake. */
export const tls = (facts: Facts = {}, more: Parameters<typeof seen>[1] = {}) =>
  seen('answered', { facts: tlsFacts(facts), ...more });

/** An answered handshake with such a certificate. */
export const shown = (more: Facts, facts: Facts = {}) => tls({ ...facts, certificate: certificate(more) });

export const swept = (ranges: Parameters<typeof sweepFacts>[0], more: Parameters<typeof seen>[1] = {}) =>
  seen('open', { probe: 'tcp', attempts: [], facts: sweepFacts(ranges), ...more });

/** The findings of one row at edge1. */
export const at = (
  rule: RowSeen['rule'],
  observation: ReturnType<typeof seen>,
  more: Partial<RowSeen> = {},
): Provoked => provoke([{ rule, at: { edge1: observation }, ...more }]);
