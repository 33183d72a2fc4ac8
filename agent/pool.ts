/** Limits for work that runs side by side: in all, and for each lane (an address). */
export interface PoolLimits {
  readonly total: number;
  readonly perLane: number;
}

/** A piece of work in a lane. It must not reject. */
export interface Task {
  readonly lane: string;
  readonly run: () => Promise<void>;
}

/**
 * Runs all tasks, the first that fits first, never more than the limits allow at a time. Resolves when all are done.
 * Throws (rejects) if a limit is below one, with which nothing would ever begin.
 */
export const runPool = (tasks: readonly Task[], limits: PoolLimits): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!(limits.total >= 1 && limits.perLane >= 1)) throw new Error('a pool needs limits of one or more');
    const waiting = [...tasks];
    const lanes = new Map<string, number>();
    let running = 0;

    const start = (task: Task): void => {
      running++;
      lanes.set(task.lane, (lanes.get(task.lane) ?? 0) + 1);
      task.run().then(() => {
        running--;
        lanes.set(task.lane, (lanes.get(task.lane) ?? 1) - 1);
        fill();
      }, reject);
    };
    const fill = (): void => {
      while (running < limits.total) {
        const index = waiting.findIndex((task) => (lanes.get(task.lane) ?? 0) < limits.perLane);
        const [task] = index < 0 ? [] : waiting.splice(index, 1);
        if (task === undefined) break;
        start(task);
      }
      if (running === 0 && waiting.length === 0) resolve();
    };
    fill();
  });
