import type { Outcome } from '../probes/observation.ts';
import type { FarSeen } from './arrived.ts';
import { diagnoseFar } from './diagnose-far.ts';
import { explainCheck, explainRule } from './explain.ts';
import { type FarBook, openFarBook, type Witness, witnessOf } from './far-match.ts';
import { farSeen } from './far-seen.ts';
import { farSwept } from './far-swept.ts';
import { type JudgedCheck, type JudgedRule, judgeSweep } from './judge.ts';
import type { RecordFile } from './record-file.ts';
import { rehydrated } from './rehydrate.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';
import { joinRecords, usedRecord } from './used-records.ts';
import { type Evidence, type Far, judge, type Verdict, worstOf } from './verdict.ts';

/** Records that do not belong to a run. The message names both, and what differs. */
export class OtherSiteError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OtherSiteError';
  }
}

/** What tells most, first. */
const telling = ['yes', 'refused', 'elsewhere', 'connection', 'no', 'unknown'] as const;

const rank = ({ arrived, listening }: FarSeen): number => 2 * telling.indexOf(arrived) + Number(!listening);

const unasked: ReadonlySet<string> = new Set(['unresolved', 'unasked']);

const seenBy = (check: ReportCheck, transport: string, witnesses: readonly Witness[]): FarSeen | undefined => {
  if (unasked.has(check.outcome)) return undefined;
  const look = check.target.port === null ? farSwept : farSeen;
  const seen = witnesses.flatMap((witness) => look(check, transport, witness) ?? []);
  return seen.toSorted((a, b) => rank(a) - rank(b))[0];
};

/** What the far end's word means for one outcome: of a check, or of a group of ports of a sweep. */
const farFor = (far: FarSeen, outcome: string): Far => {
  const known = far.listening ? 'listening' : 'unknown';
  if (outcome === 'answered' || outcome === 'open') {
    if (far.groups !== undefined) return known;
  } else if (far.groups !== undefined && far.arrived === 'yes') {
    return (far.groups[outcome]?.arrived ?? 0) > 0 ? 'heard' : known;
  }
  if (far.arrived === 'yes') return 'heard';
  if (far.arrived === 'refused') return 'refused';
  return far.arrived === 'no' && far.listening ? 'nothing' : known;
};

/**
 * The proof that an answer in a protocol with a nonce, or STUN, was to bring; undefined where none was asked for, and of
 * TLS alone, where the certificate was to bring it.
 */
const proofIn = ({ probe, facts }: ReportCheck): unknown => (probe === 'tls' ? undefined : facts['proof']);

const evidenceFor = (check: ReportCheck, far: Far): Evidence => {
  if (far === 'unknown' || far === 'refused') return check.evidence;
  // What answered is our responder only if it heard the question, and showed what it was asked to show. Where it could
  // not (its certificate is not of our making), that it knows the random of our hello is as good: no proxy does.
  const showed = far === 'heard' && proofIn(check) !== false;
  return check.outcome === 'answered' && !showed ? check.evidence : 'proven';
};

const judgeCheck = (judged: JudgedCheck, check: ReportCheck, far: FarSeen | undefined): JudgedCheck => {
  if (far === undefined) return judged;
  const { expect, known, groups } = judged;
  const { outcome } = judged.observation;
  const whole = farFor(far, outcome);
  const evidence = evidenceFor(check, whole);
  // Reports of versions that did not tell what the judge knew keep their verdicts.
  if (check.known === undefined) return { ...judged, evidence, far };
  const opinion = (of: Outcome) =>
    judge({ ...known, expect, evidence: evidenceFor(check, farFor(far, of)), outcome: of, far: farFor(far, of) });
  if (groups.length === 0) return { ...judged, evidence, far, judgement: opinion(outcome) };
  const again = groups.map((group) => ({ ...group, judgement: opinion(group.outcome) }));
  return { ...judged, evidence, far, groups: again, judgement: judgeSweep(again, known.list) };
};

const reported = (check: ReportCheck, judged: JudgedCheck, rules: readonly JudgedRule[]): ReportCheck => {
  if (judged.far === undefined) return check;
  const { judgement, evidence, far } = judged;
  const { verdict, because, path } = judgement;
  const { explain, advice } = explainCheck(judged, rules);
  return { ...check, evidence, verdict, because, path, far, explain, advice };
};

const rowAgain = (row: ReportRule, judged: JudgedRule, rules: readonly JudgedRule[]): ReportRule => {
  if (judged.checks.every(({ far }) => far === undefined)) return row;
  const checks = row.checks.map((check, index) => {
    const one = judged.checks[index];
    return one === undefined ? check : reported(check, one, rules);
  });
  const { verdict, because, path } = judged;
  const proven = checks.every(({ evidence, outcome }) => outcome !== 'answered' || evidence === 'proven');
  const kept = row.findings.filter(({ code }) => !(code === 'proof-missing' && proven));
  return {
    ...row,
    ...{ verdict, because, path, checks },
    explain: explainRule(judged, rules),
    // A waiver is for a verdict: for another one it was not given.
    waiver: verdict === row.verdict ? row.waiver : null,
    findings: [...kept, ...diagnoseFar(checks, row)],
  };
};

const refuseOthers = (report: Report, records: readonly RecordFile[]): void => {
  for (const { record, file } of records) {
    const parts = [
      ['the site', report.site, record.site],
      ['the digest of the site file', report.siteDigest, record.siteDigest],
    ] as const;
    for (const [what, ours, theirs] of parts) {
      if (ours !== theirs) throw new OtherSiteError(`${what} differs: the run has ${ours}, ${file} has ${theirs}`);
    }
  }
};

/** What judging again came to. */
export interface JudgedAgain {
  readonly report: Report;
  /** Records that hold nothing of this run: nothing follows from them. */
  readonly strangers: readonly RecordFile[];
}

/** Records, opened once for all the runs that they are compared with. */
export const openRecords = (records: readonly RecordFile[]): FarBook[] => records.map(openFarBook);

/**
 * Judges a report again from its observations, with what responders heard. Requests are matched by their transactions;
 * clocks are never trusted. Throws OtherSiteError where a record is of another site or site file.
 */
export const judgeAgain = (report: Report, books: readonly FarBook[], mixed = false): JudgedAgain => {
  if (!mixed)
    refuseOthers(
      report,
      books.map(({ file }) => file),
    );
  const found = books.map((book) => witnessOf(report, book));
  const witnesses = found.filter((witness) => witness !== null);
  const strangers = books.flatMap(({ file }, index) => (found[index] === null ? [file] : []));
  if (witnesses.length === 0) return { report, strangers };
  const before = rehydrated(report);
  const rules = before.map((judged, index): JudgedRule => {
    const row = report.rules[index];
    if (row === undefined || judged.skip !== null) return judged;
    const checks = judged.checks.map((one, nth): JudgedCheck => {
      const check = row.checks[nth];
      return check === undefined ? one : judgeCheck(one, check, seenBy(check, row.transport, witnesses));
    });
    if (checks.length === 0) return judged;
    const { verdict, because, path } = worstOf(checks.map(({ judgement }) => judgement));
    return { ...judged, verdict, because, path, checks };
  });
  const rows = report.rules.map((row, index) => {
    const judged = rules[index];
    return judged === undefined ? row : rowAgain(row, judged, rules);
  });
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length;
  const summary = { pass: count('pass'), fail: count('fail'), unknown: count('unknown'), skipped: count('skipped') };
  const used = witnesses.map(({ book, offsetSeconds }) => usedRecord(book.file, offsetSeconds));
  const records = joinRecords([...(report.records ?? []), ...used]);
  return { report: { ...report, summary, rules: rows, records }, strangers };
};
