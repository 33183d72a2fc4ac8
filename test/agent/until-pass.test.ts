import t from 'tap';
import type { Plan } from '../../agent/plan.ts';
import type { Report } from '../../agent/report.ts';
import { askUntilPass, type Change } from '../../agent/until-pass.ts';
import { handClock, settled } from '../probes/hand-clock.ts';
import { judged, type RowSeen, row, seen, silent } from './fixtures.ts';

const sip443 = row('external-sip-tcp-443-in');
const stun = row('external-stun-udp-3478-in');
const rtp = row('external-rtp-tcp-50000-59999-in');
const derived = row('external-stun-udp-3478-out', { id: 'source-port-3478', pack: 'derived' });
const all: readonly (typeof sip443)[] = [sip443, stun, rtp];

/** Asks a plan of some rows by a clock that is moved by hand; `passing` says from which instant on a row passes. */
const asking = (passing: Readonly<Record<string, number>>, seconds: number, rules = all, takes = 1) => {
  const clock = handClock();
  const controller = new AbortController();
  const asked: { at: number; rows: string[] }[] = [];
  const changes: Change[] = [];
  const waits: number[] = [];
  const noneDue: (readonly [rows: number, seconds: number])[] = [];
  const rows = (ids: ReadonlySet<string>): RowSeen[] =>
    rules
      .filter(({ id }) => ids.has(id))
      .map((rule) => {
        const passes = clock.monotonic() >= (passing[rule.id] ?? 0);
        const name = rule.to === 'any' ? 'litware' : 'edge1';
        return { rule, at: { [name]: passes ? seen('answered') : silent() } };
      });
  const every = new Set(rules.map(({ id }) => id));
  const { plan } = judged(rows(every));
  const ask = async (part: Plan): Promise<Report> => {
    const ids = new Set(part.rules.map(({ rule }) => rule.id));
    asked.push({ at: clock.monotonic(), rows: [...ids] });
    const { report } = judged(rows(ids));
    await new Promise<void>((resolve) => clock.after(takes, resolve));
    return { ...report, run: { ...report.run, interrupted: controller.signal.aborted } };
  };
  const ended = askUntilPass({
    ...{ plan, before: null, seconds, world: { clock, signal: controller.signal }, ask },
    changed: (change) => changes.push(change),
    waiting: (_report, _rows, wait) => waits.push(wait),
    noneDue: (...told) => noneDue.push(told),
  });
  return { clock, controller, asked, changes, waits, noneDue, ended };
};

t.test('without a time it asks once', async (t) => {
  const { clock, asked, ended } = asking({ [stun.id]: 999 }, 0);
  await clock.advance(2);
  t.match((await ended).summary, { pass: 2, fail: 1 });
  t.equal(asked.length, 1);
});

t.test('single ports ten seconds after their answer, until they pass', async (t) => {
  const { clock, asked, changes, waits, ended } = asking({ [stun.id]: 15 }, 600);
  await clock.advance(60);
  const report = await ended;
  t.match(report, { summary: { pass: 3, fail: 0 }, run: { interrupted: false } });
  t.strictSame(asked, [
    { at: 0, rows: all.map(({ id }) => id) },
    { at: 11, rows: [stun.id] },
    { at: 22, rows: [stun.id] },
  ]);
  t.strictSame(waits, [10, 10]);
  t.match(changes, [{ rule: { rule: stun.id, verdict: 'pass' }, was: { verdict: 'fail' } }]);
  t.equal(changes.length, 1, 'one line for one change');
});

t.test(
  'a range waits two minutes, or ten times as long as it took; the single port beside it is the witness',
  async (t) => {
    const slow = asking({ [rtp.id]: 9999 }, 1000, all, 30);
    await slow.clock.advance(1200);
    await slow.ended;
    t.strictSame(
      slow.asked.map(({ at }) => at),
      [0, 330, 660, 990],
    );
    t.strictSame(slow.asked[1]?.rows, [stun.id, rtp.id]);
    const quick = asking({ [rtp.id]: 9999 }, 300);
    await quick.clock.advance(400);
    await quick.ended;
    t.strictSame(
      quick.asked.map(({ at }) => at),
      [0, 121, 242],
    );
  },
);

t.test('a question with a source port of its own: every ten minutes', async (t) => {
  const { clock, asked, ended } = asking({ [derived.id]: 9999 }, 1500, [sip443, derived]);
  await clock.advance(2000);
  await ended;
  t.strictSame(
    asked.map(({ at }) => at),
    [0, 601, 1202],
  );
});

t.test('it ends when nothing more is due in time', async (t) => {
  const { clock, asked, noneDue, ended } = asking({ [stun.id]: 999 }, 30);
  await clock.advance(40);
  t.match((await ended).summary, { pass: 2, fail: 1 });
  t.strictSame(noneDue, [[1, 10]], 'and says so');
  const range = asking({ [rtp.id]: 999 }, 60);
  await range.clock.advance(70);
  await range.ended;
  t.strictSame(range.noneDue, [[1, 120]]);
  const good = asking({ [stun.id]: 5 }, 60);
  await good.clock.advance(70);
  await good.ended;
  t.strictSame(good.noneDue, [], 'nothing where everything passes');
  t.strictSame(
    asked.map(({ at }) => at),
    [0, 11, 22],
  );
});

t.test('a signal ends the wait at once, and what was seen is kept', async (t) => {
  const { clock, controller, asked, ended } = asking({ [stun.id]: 999 }, 600);
  await clock.advance(5);
  controller.abort();
  await settled();
  const report = await ended;
  t.match(report, { summary: { pass: 2, fail: 1 }, run: { interrupted: true } });
  t.equal(asked.length, 1);
});
