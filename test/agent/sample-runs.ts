import type { AlongsideCheck } from '../../agent/alongside.ts';
import type { RunFile } from '../../agent/merge-runs.ts';
import type { Report } from '../../agent/report.ts';
import type { Facts, Outcome } from '../../probes/observation.ts';
import { judged, type RowSeen, row, seen, startedAt } from './fixtures.ts';
import { samplePool } from './sample-report.ts';

/** What a run differs in from the others: who made it, where and when. */
export interface Who {
  readonly id?: string;
  readonly host?: string;
  readonly place?: string;
  readonly note?: string | null;
  readonly interrupted?: boolean;
  /** Minutes after the first run. */
  readonly minutes?: number;
}

const shifted = (iso: string, minutes: number): string =>
  new Date(new Date(iso).getTime() + minutes * 60_000).toISOString();

/** The report as another run would have made it. */
export const as = (report: Report, who: Who): Report => {
  const { id = `run-${who.host ?? ''}-${who.minutes ?? 0}`, place = report.place, minutes = 0 } = who;
  const { host = report.run.host, note = null, interrupted = false } = who;
  const rules = report.rules.map((rule) => ({
    ...rule,
    checks: rule.checks.map((check) => ({ ...check, startedAt: shifted(check.startedAt, minutes) })),
  }));
  return {
    ...report,
    ...{ place, rules },
    startedAt: shifted(report.startedAt, minutes),
    finishedAt: shifted(report.finishedAt, minutes),
    run: { ...report.run, id, host, note, interrupted },
  };
};

export const file = (report: Report, name: string | null = null): RunFile => ({
  report,
  file: name,
  digest: name === null ? null : 'cafe0123',
});

/** A question asked in the DMZ beside the server. */
export const beside = (
  rule: string,
  name: string,
  address: string,
  outcome: Outcome,
  more: {
    readonly onHost?: boolean;
    readonly facts?: Facts;
    readonly port?: number;
    readonly at?: string;
    readonly probe?: string;
  } = {},
): AlongsideCheck => ({
  pack: 'lync2013-edge-public',
  rule,
  onHost: more.onHost ?? false,
  probe: more.probe ?? (rule.includes('stun') ? 'stun' : 'tls'),
  startedAt: more.at ?? shifted(startedAt.toISOString(), 1),
  source: { address: '131.107.155.5', port: 40000 },
  target: {
    role: rule.includes('stun') ? 'av-edge' : 'access-edge',
    name,
    host: null,
    address,
    port: more.port ?? 443,
  },
  outcome,
  durationSeconds: 0.004,
  facts: more.facts ?? {},
  failure: null,
});

const dmzRows: readonly RowSeen[] = [
  { rule: row('external-sip-tcp-5061-out'), at: { litware: seen('answered') }, source: '131.107.155.10' },
  { rule: row('internal-sip-tcp-5061-out'), at: { fe1: seen('answered') }, source: '172.25.33.10' },
];

/** The sample pool from outside, with what was asked beside it in the DMZ, and a run from inside. */
export const sampleRuns = (
  alongside: readonly AlongsideCheck[] = [],
): { outside: Report; dmz: Report; inside: Report } => {
  const inside = judged(
    [
      { rule: row('internal-sip-tcp-5061-in'), at: { edge1: seen('answered'), edge2: seen('answered') } },
      {
        rule: row('internal-stun-udp-3478-in', { to: 'edge-internal' }),
        at: { edge1: seen('answered', { probe: 'stun' }) },
      },
    ],
    { vantage: 'inside' },
  ).report;
  const dmz = judged(dmzRows, { vantage: 'dmz' }).report;
  return {
    outside: as(samplePool().report, { id: 'o', host: 'jump-ext-01' }),
    dmz: { ...as(dmz, { id: 'd', host: 'dmz-7', minutes: 1 }), alongside },
    inside: as(inside, { id: 'i', host: 'jump-int-02', minutes: 2 }),
  };
};
