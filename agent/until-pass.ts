import { pause, type World } from '../probes/world.ts';
import { carryOn, openRows, planAgain } from './again.ts';
import { rowKey } from './merge-rows.ts';
import type { Plan, PlannedRule } from './plan.ts';
import type { Report, ReportRule } from './report.ts';
import { derivedPack } from './rule.ts';

/** Seconds from the end of one asking to the next: a single port, a range, and a question with a port of its own. */
const pauses = { point: 10, sweep: 120, fixed: 600 } as const;

/** A sweep is asked at most a tenth of the time, however long it takes. */
const sweepShare = 10;

/** A row that came out otherwise than before. */
export interface Change {
  readonly rule: ReportRule;
  readonly was: ReportRule;
  /** When it was found. */
  readonly at: Date;
}

/** How to ask until everything passes. */
export interface UntilPass {
  readonly plan: Plan;
  /** The run to carry on; null: everything is asked first. */
  readonly before: Report | null;
  /** Seconds to go on asking; 0: one round. */
  readonly seconds: number;
  readonly world: Pick<World, 'clock' | 'signal'>;
  readonly ask: (plan: Plan) => Promise<Report>;
  readonly changed: (change: Change) => void;
  /** Told before each wait: rows that do not pass yet, and seconds until the next asking. */
  readonly waiting: (report: Report, rows: number, seconds: number) => void;
  /** Told where it ends before its time: none of these rows is due again before, and the first of them in so many seconds. */
  readonly noneDue: (rows: number, seconds: number) => void;
}

const pauseAfter = ({ rule }: PlannedRule, took: number): number => {
  // A fixed 5-tuple keeps a session alive that a firewall made under its old rules.
  if (rule.pack === derivedPack) return pauses.fixed;
  return rule.ports.includes('-') ? Math.max(pauses.sweep, took * sweepShare) : pauses.point;
};

const opinion = ({ verdict, because }: ReportRule): string => `${verdict} ${because}`;

/** Rows that came out otherwise, in the order of the report. */
const changesOf = (before: Report, after: Report, at: Date): Change[] => {
  const known = new Map(before.rules.map((rule) => [rowKey(rule), rule]));
  return after.rules.flatMap((rule) => {
    const was = known.get(rowKey(rule));
    return was === undefined || opinion(was) === opinion(rule) ? [] : [{ rule, was, at }];
  });
};

/**
 * Asks a plan, or carries on an earlier run of it, and asks what does not pass again and again: single ports ten seconds
 * after the last answer, ranges two minutes after (ten times their duration, if that is longer), questions with a source
 * port of their own every ten minutes. Ends when everything that can be asked passes, when nothing more is due in time, or
 * when the signal is aborted. Rows whose verdict is waived are not waited for.
 */
export const askUntilPass = async (given: UntilPass): Promise<Report> => {
  const { plan, before, seconds, world, ask } = given;
  const { clock, signal } = world;
  const end = clock.monotonic() + seconds;
  const due = new Map<string, number>();
  const keyOf = ({ rule }: PlannedRule): string => rowKey({ pack: rule.pack, rule: rule.id });

  const round = async (asked: Plan, known: Report | null): Promise<Report> => {
    const since = clock.monotonic();
    const fresh = await ask(asked);
    const now = clock.monotonic();
    for (const one of asked.rules) due.set(keyOf(one), now + pauseAfter(one, now - since));
    if (known === null) return fresh;
    const report = carryOn(known, fresh);
    for (const change of changesOf(known, report, clock.now())) given.changed(change);
    return report;
  };

  let report = await round(before === null ? plan : planAgain(plan, before, openRows(before, true)), before);
  const { alongside: _, ...later } = plan;
  while (seconds > 0 && !signal.aborted) {
    const open = [...openRows(report, false)];
    const next = Math.min(...open.map((key) => due.get(key) ?? 0));
    if (open.length === 0) break;
    if (next > end) {
      given.noneDue(open.length, next - clock.monotonic());
      break;
    }
    const wait = Math.max(0, next - clock.monotonic());
    given.waiting(report, open.length, wait);
    await pause(world, wait);
    if (signal.aborted) break;
    const now = clock.monotonic();
    const wanted = new Set(open.filter((key) => (due.get(key) ?? 0) <= now + 0.05));
    report = await round(planAgain(later, report, wanted), report);
  }
  return signal.aborted ? { ...report, run: { ...report.run, interrupted: true } } : report;
};
