import { counted, listed } from './explain-words.ts';
import { type MergedRow, rowKey } from './merge-rows.ts';
import type { OrderedRun } from './merge-runs.ts';
import type { Rule } from './packs.ts';
import type { ReportCheck } from './report.ts';
import { grouped } from './sinks/grouped.ts';
import { vantageOf } from './vantage.ts';

/** A row, or a part of one, of which nothing is known. */
export interface NotTested {
  readonly pack: string;
  readonly rule: string;
  /** From where it is asked. */
  readonly vantage: string;
  readonly because: string;
  readonly reason: string;
}

/** A port that no rule opens, as one place saw it. */
export interface WidthControl {
  readonly label: string;
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly outcome: string;
}

/** Whether more is open than the table says. */
export interface Width {
  /** `wider` something is open that no row opens; `none-seen` all that was asked is shut; `not-asked`. */
  readonly verdict: 'wider' | 'none-seen' | 'unclear' | 'not-asked';
  readonly controls: readonly WidthControl[];
  /** Rows that must be blocked, with their verdicts. */
  readonly blocked: readonly { readonly pack: string; readonly rule: string; readonly verdict: string }[];
}

const sampledWords = (row: MergedRow, checks: readonly ReportCheck[]): string | null => {
  const partly = checks.flatMap(({ target, facts: { asked, of } }) =>
    typeof asked === 'number' && typeof of === 'number' && asked < of ? [{ name: target.name, asked, of }] : [],
  );
  const [first] = partly;
  if (first === undefined) return null;
  const names = listed([...new Set(partly.map(({ name }) => name))]);
  return `${first.asked} of ${first.of} ports of ${row.transport}/${row.ports} were asked at ${names}`;
};

const unasked = (row: MergedRow): NotTested[] => {
  const { pack, rule, places } = row;
  const asked = places.filter(({ verdict }) => verdict !== 'skipped');
  const vantage = places[0]?.vantage ?? '';
  if (asked.length === 0) {
    return [{ pack, rule, vantage, because: row.because, reason: row.explain.replace(/^not asked: /, '') }];
  }
  return asked.flatMap((answer): NotTested[] => {
    const left = answer.checks.filter(({ outcome }) => outcome === 'unasked');
    const sampled = sampledWords(row, answer.checks);
    const at = { pack, rule, vantage: answer.vantage };
    return [
      ...(left.length > 0
        ? [
            {
              ...at,
              because: 'unasked',
              reason: `${counted(left.length, 'question')} of ${answer.label} could not be asked: ${left[0]?.failure?.message ?? 'no reason is known'}`,
            },
          ]
        : []),
      ...(sampled === null ? [] : [{ ...at, because: 'sampled', reason: sampled }]),
    ];
  });
};

/**
 * What was not tested: rows of the packs that no run lists, rows that were skipped, questions that could not be
 * asked, and ports of ranges that were left out.
 * @param rules the rows of the packs, as far as they are known here
 */
export const notTested = (
  rows: readonly MergedRow[],
  runs: readonly OrderedRun[],
  rules: readonly Rule[],
): NotTested[] => {
  const listedRows = new Set(rows.map(rowKey));
  const vantages = new Set(runs.map(({ report }) => report.vantage));
  const missing = rules
    .filter((rule) => !listedRows.has(`${rule.pack}/${rule.id}`))
    .map((rule): NotTested => {
      const vantage = vantageOf(rule);
      const reason = vantages.has(vantage) ? `no run from ${vantage} asked it` : `no run from ${vantage} was given`;
      return { pack: rule.pack, rule: rule.id, vantage, because: 'no-run', reason };
    });
  return [...rows.flatMap(unasked), ...missing];
};

const isOpen = (outcome: string): boolean => outcome === 'open' || outcome === 'answered';
const isShut = (outcome: string): boolean => outcome === 'filtered' || outcome === 'closed';

/** Whether the firewalls let more through than the table: ports that no row opens, and rows that must be blocked. */
export const widthOf = (runs: readonly OrderedRun[], rows: readonly MergedRow[]): Width => {
  const all = runs.flatMap(({ report, label, position }) =>
    report.controls
      .filter(({ kind }) => kind === 'port')
      .map(({ target, address, port, outcome }) => ({
        position,
        control: { label, node: target, address, port, outcome },
      })),
  );
  // Runs come oldest first: what a place saw last counts.
  const newest = grouped(all, ({ position, control }) => JSON.stringify([position, control.address, control.port]));
  const controls = newest.flatMap((same) => same.at(-1)?.control ?? []);
  const strict = rows.filter(({ expect, verdict }) => expect === 'blocked' && verdict !== 'skipped');
  const blocked = strict.map(({ pack, rule, verdict }) => ({ pack, rule, verdict }));
  const told = controls.filter(({ outcome }) => isOpen(outcome) || isShut(outcome));
  if (controls.length + blocked.length === 0) return { verdict: 'not-asked', controls, blocked };
  if (told.some(({ outcome }) => isOpen(outcome)) || blocked.some(({ verdict }) => verdict === 'fail')) {
    return { verdict: 'wider', controls, blocked };
  }
  const clear = told.length === controls.length && blocked.every(({ verdict }) => verdict === 'pass');
  return { verdict: clear ? 'none-seen' : 'unclear', controls, blocked };
};
