import t from 'tap';
import { runPool } from '../../agent/pool.ts';

/** Tasks that end when told, and who runs at any time. */
const controlled = (lanes: readonly string[]) => {
  const running: number[] = [];
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  const tasks = lanes.map((lane, index) => ({
    lane,
    run: () => {
      started.push(index);
      running.push(index);
      return new Promise<void>((resolve) => {
        ends.set(index, () => {
          running.splice(running.indexOf(index), 1);
          resolve();
        });
      });
    },
  }));
  const end = async (index: number): Promise<void> => {
    ends.get(index)?.();
    await new Promise(setImmediate);
  };
  return { tasks, running, started, end };
};

t.test('limits in all and for each lane, the first that fits first', async (t) => {
  const { tasks, running, started, end } = controlled(['a', 'a', 'a', 'b', 'a', 'c']);
  const done = runPool(tasks, { total: 3, perLane: 2 });
  t.strictSame(started, [0, 1, 3], 'the third of lane a has to wait, lane b overtakes it');
  await end(3);
  t.strictSame(started, [0, 1, 3, 5]);
  await end(0);
  t.strictSame(started, [0, 1, 3, 5, 2], 'in order, once there is room');
  await end(1);
  await end(2);
  await end(5);
  t.strictSame(running, [4]);
  await end(4);
  await done;
  t.equal(started.length, 6);
});

t.test('nothing to do, and limits that would never end', async (t) => {
  await runPool([], { total: 1, perLane: 1 });
  const never = { lane: 'a', run: async () => t.fail('not run') as unknown as undefined };
  await t.rejects(runPool([never], { total: 0, perLane: 1 }), /limits of one or more/);
  await t.rejects(runPool([never], { total: 1, perLane: 0 }), /limits of one or more/);
  await t.rejects(runPool([never], { total: Number.NaN, perLane: 1 }), /limits of one or more/);
});

t.test('a task that rejects is a bug, and ends the pool', async (t) => {
  const failing = { lane: 'a', run: () => Promise.reject(new Error('a bug')) };
  await t.rejects(runPool([failing], { total: 1, perLane: 1 }), /a bug/);
});
