import t from 'tap';
import { isSweep } from '../../agent/question.ts';
import { planOf, siteWith } from './two-nodes.ts';
import { watching } from './watching.ts';

const site = siteWith('agent: { interval: 10s, sweepInterval: 100s, sweepSample: 32 }\n');
const day = 86_400_000;

for (const [what, jump] of [
  ['a day ahead', day],
  ['a day back', -day],
] as const) {
  t.test(`a clock that jumps ${what}`, async (t) => {
    const one = watching();
    await one.adopt(planOf({ site }));
    await one.clock.advance(150);
    const [asked, changes] = [one.asked.length, one.changes.length];
    const { now } = one.clock;
    Object.assign(one.clock, { now: () => new Date(now().getTime() + jump) });
    await one.clock.advance(100);
    const rounds = new Map<string, number>();
    for (const { question } of one.asked.slice(asked).filter(({ question }) => !isSweep(question))) {
      const key = JSON.stringify(question);
      rounds.set(key, (rounds.get(key) ?? 0) + 1);
    }
    t.ok(rounds.size > 10);
    // A row of a swept address is asked once more after the sweep.
    t.ok(
      [...rounds.values()].every((count) => count >= 10 && count <= 14),
      `single questions come round as before, ten times in a hundred seconds: ${[...rounds.values()]}`,
    );
    t.ok(
      one.asked.slice(asked).some(({ question }) => isSweep(question)),
      'and so do ranges',
    );
    t.strictSame(one.changes.slice(changes), [], 'no verdict changes for it');
    t.strictSame(one.faults, []);
    const report = one.watch.report();
    const instant = one.clock.now().getTime();
    const ages = (report?.rules ?? []).flatMap(({ checks }) =>
      checks.filter(({ target }) => target.port !== null).map(({ startedAt }) => instant - Date.parse(startedAt)),
    );
    t.ok(
      ages.length > 10 && ages.every((age) => age >= 0 && age <= 11_000),
      'results are as old as they are, by the new clock',
    );
    t.ok(Date.parse(report?.startedAt ?? '') <= Date.parse(report?.finishedAt ?? ''));
    one.end();
  });
}
