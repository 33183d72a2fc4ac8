import { Session } from 'node:inspector';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** What was reached of the code under test, as the engine itself counts it: functions, and blocks within them. */
export interface Coverage {
  /** Looks at what ran since the last look; true if any of it had never run before. */
  readonly news: () => boolean;
  /** Blocks reached so far of all that are known, functions that never ran left out. */
  readonly reached: () => { readonly functions: number; readonly blocksLeft: number };
  readonly stop: () => void;
}

/**
 * Block coverage by V8, without instrumenting anything.
 * @param watched which files count, by their URL
 */
export const startCoverage = (watched: (url: string) => boolean): Coverage => {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  /** By function: blocks of it that never ran. */
  const left = new Map<string, Map<string, Range>>();

  const take = (): readonly Script[] => {
    let result: readonly Script[] = [];
    session.post('Profiler.takePreciseCoverage', (_error, taken) => {
      result = (taken as { result: Script[] } | undefined)?.result ?? [];
    });
    return result;
  };
  const inside = (one: Range, other: Range): boolean =>
    other.startOffset <= one.startOffset && one.endOffset <= other.endOffset;

  const noteFunction = (name: string, ranges: readonly Range[]): boolean => {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return false;
    const unreached = ranges.filter(({ count }) => count === 0);
    const named = new Map(unreached.map((one) => [`${one.startOffset}-${one.endOffset}`, one]));
    const before = left.get(name);
    if (before === undefined) {
      left.set(name, named);
      return true;
    }
    let news = false;
    for (const [key, range] of before) {
      // Of a block that ran for the first time the parts that did not run become visible.
      if (unreached.some((one) => inside(range, one))) continue;
      before.delete(key);
      news = true;
      for (const [inner, one] of named) if (inside(one, range)) before.set(inner, one);
    }
    return news;
  };

  return {
    news: () => {
      let news = false;
      for (const { url, functions } of take()) {
        if (!watched(url)) continue;
        for (const { ranges } of functions) {
          const name = `${url}:${ranges[0]?.startOffset}-${ranges[0]?.endOffset}`;
          if (noteFunction(name, ranges)) news = true;
        }
      }
      return news;
    },
    reached: () => ({
      functions: left.size,
      blocksLeft: [...left.values()].reduce((sum, blocks) => sum + blocks.size, 0),
    }),
    stop: () => session.disconnect(),
  };
};
