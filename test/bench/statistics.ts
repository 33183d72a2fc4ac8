/** The middle of some numbers; of an even count the mean of the two in the middle. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/**
 * The exponent e of the power law y ~ x^e through some points (least squares on logarithms): 1 is linear growth.
 * NaN of fewer than two.
 */
export const growthExponent = (points: readonly (readonly [x: number, y: number])[]): number => {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: (point: readonly [number, number]) => number): number =>
    logs.reduce((sum, point) => sum + of(point), 0) / logs.length;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
};

/**
 * The fewest rounds of dials in which a lossy path lets all of so many ports be heard, on the average: each round asks
 * those again of which nothing was heard.
 * @param lossEachWay share of packets lost in each direction
 */
export const leastRounds = (ports: number, lossEachWay: number): number => {
  const lost = 1 - (1 - lossEachWay) ** 2;
  let rounds = 0;
  // The chance that somebody still waits after n rounds is 1 - (1 - lost^n)^ports; its sum over n is the mean.
  for (let n = 0; n < 1000; n++) {
    const waiting = 1 - (1 - lost ** n) ** ports;
    if (waiting < 1e-9) break;
    rounds += waiting;
  }
  return rounds;
};
