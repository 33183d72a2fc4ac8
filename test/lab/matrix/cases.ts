import { isPossible, type Mutation } from '../firewall-mutations.ts';
import type { Lab } from '../lab.ts';

/** One flow of a pack, treated in one way, and asked from one vantage. */
export interface Case {
  readonly pack: string;
  readonly vantage: string;
  /** The rows that let the packets of the flow through: they change together. */
  readonly rows: readonly string[];
  readonly how: Mutation;
}

/** Names one line of the table. */
export const keyOf = (pack: string, row: string, how: string): string => `${pack} ${row} ${how}`;

/** The cases of some rows of a pack, each flow once in each way that the lab can do. */
export const casesOf = (
  lab: Pick<Lab, 'rules' | 'nodes' | 'sameFlow'>,
  pack: string,
  vantage: string,
  asked: readonly string[],
  ways: readonly Mutation[],
): Case[] => {
  const done = new Set<string>();
  return asked.flatMap((id) => {
    const row = lab.rules.find((one) => one.id === id);
    if (row === undefined || done.has(id)) return [];
    const flow = lab.sameFlow(id);
    for (const same of flow) done.add(same);
    const rows = flow.filter((same) => asked.includes(same));
    return ways.filter((how) => isPossible({ row, how }, lab.nodes)).map((how): Case => ({ pack, vantage, rows, how }));
  });
};

/** Rows that one check asks beside those of a case, where it does not ask all. */
const neighbours = 3;

/** The rows of a case, and a few of the same vantage beside them: those before and after in the pack. */
export const rowsBeside = ({ rows }: Case, asked: readonly string[]): string[] => {
  const single = asked.filter((id) => !rows.includes(id) && !/-\d+-\d+-(in|out)$/.test(id));
  const at = asked.indexOf(rows[0] ?? '');
  const near = single.toSorted((a, b) => Math.abs(asked.indexOf(a) - at) - Math.abs(asked.indexOf(b) - at));
  return [...rows, ...near.slice(0, neighbours)];
};
