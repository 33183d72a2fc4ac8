/** Lets work in as limits allow, for as long as the process lives. */
export interface Gate {
  /** Resolves when there is room in that lane; the returned function gives the room back. To be called once. */
  readonly enter: (lane: string) => Promise<() => void>;
  /** How many are inside. */
  readonly inside: () => number;
}

/** At most so many inside: in all, and of each lane (an address). */
export interface GateLimits {
  readonly total: number;
  readonly perLane: number;
}

/** A gate: who came first goes first, except that a full lane does not hold up the others. */
export const createGate = (limits: GateLimits): Gate => {
  if (!(limits.total >= 1 && limits.perLane >= 1)) throw new Error('a gate needs limits of one or more');
  let waiting: { lane: string; admit: () => void }[] = [];
  const lanes = new Map<string, number>();
  let inside = 0;

  const leave = (lane: string): void => {
    inside--;
    const left = (lanes.get(lane) ?? 1) - 1;
    if (left > 0) lanes.set(lane, left);
    else lanes.delete(lane);
    fill();
  };
  const fill = (): void => {
    while (inside < limits.total) {
      const next = waiting.find(({ lane }) => (lanes.get(lane) ?? 0) < limits.perLane);
      if (next === undefined) return;
      waiting = waiting.filter((other) => other !== next);
      inside++;
      lanes.set(next.lane, (lanes.get(next.lane) ?? 0) + 1);
      next.admit();
    }
  };
  return {
    enter: (lane) =>
      new Promise((resolve) => {
        waiting.push({ lane, admit: () => resolve(() => leave(lane)) });
        fill();
      }),
    inside: () => inside,
  };
};
