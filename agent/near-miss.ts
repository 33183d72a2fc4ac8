/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of two neighbours cost one each. */
const distance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
};

/** Nobody mistypes a word this long; comparing it would only cost time. */
const longest = 100;

/**
 * The candidate that somebody who typed `word` most likely meant, or null when none is close. Upper and lower case do
 * not matter; about one slip in three letters is forgiven, and of equally close candidates the first wins.
 */
export const nearMiss = (word: string, candidates: Iterable<string>): string | null => {
  if (word.length === 0 || word.length > longest) return null;
  const typed = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const found = distance(typed, candidate.toLowerCase());
    // A candidate of which no letter was typed is no near miss, however short both words are.
    if (found >= bestDistance || found >= candidate.length) continue;
    best = candidate;
    bestDistance = found;
  }
  return best;
};
