import t from 'tap';
import { createGate } from '../../agent/watch-gate.ts';
import { settled } from '../probes/hand-clock.ts';

t.test('limits in all and for each lane, first come first served', async (t) => {
  const gate = createGate({ total: 3, perLane: 2 });
  const entered: string[] = [];
  const leaves = new Map<string, () => void>();
  const enter = (name: string, lane: string): void => {
    void gate.enter(lane).then((leave) => {
      entered.push(name);
      leaves.set(name, leave);
    });
  };
  for (const [name, lane] of ['a1 a', 'a2 a', 'a3 a', 'b1 b', 'b2 b', 'a4 a'].map((one) => one.split(' ')))
    enter(name ?? '', lane ?? '');
  await settled();
  t.strictSame(entered, ['a1', 'a2', 'b1'], 'a full lane holds up nobody else');
  leaves.get('b1')?.();
  await settled();
  t.strictSame(entered.slice(3), ['b2']);
  leaves.get('a1')?.();
  await settled();
  t.strictSame(entered.slice(4), ['a3']);
  for (const name of ['a2', 'a3', 'b2']) leaves.get(name)?.();
  await settled();
  t.equal(gate.inside(), 1);
  leaves.get('a4')?.();
  t.equal(gate.inside(), 0);
  t.throws(() => createGate({ total: 0, perLane: 1 }));
});

t.test('many', async (t) => {
  const gate = createGate({ total: 5, perLane: 2 });
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const leave = await gate.enter(`lane ${index % 4}`);
      most = Math.max(most, ++inside);
      await settled();
      inside--;
      leave();
    }),
  );
  t.equal(most, 5);
  t.equal(gate.inside(), 0);
});
