import t from 'tap';
import { isSweep } from '../../agent/question.ts';
import { started, watchedSite } from './watching.ts';

const stun = 'external-stun-udp-3478-in';
const rtp = 'external-rtp-tcp-50000-59999-in';

t.test('a blind vantage: silence counts beside a control of the same moment', async (t) => {
  const controlled = watchedSite('vantages: { outside: { control: ["tcp://192.0.2.53:53"] } }\n');
  const one = await started({ site: controlled });
  await one.clock.advance(11);
  t.match(one.watch.report()?.controls[0], { kind: 'vantage', asExpected: true });
  one.answer = () => 'filtered';
  const before = one.changes.length;
  await one.clock.advance(30);
  const told = one.changes.slice(before);
  t.ok(told.length > 10);
  t.strictSame(
    told.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule),
    [],
    'nobody was blamed, not even before the next round of the control',
  );
  t.ok(told.every(({ because }) => because === 'prober-blind' || because === 'idle-or-filtered'));

  // It sees again: what it heard while it was blind is still no proof, ranges are not left so for a whole interval.
  // The control comes round at 150 s, everything else after it.
  await one.clock.advance(108.9);
  const blindly = one.changes.length;
  const asked = one.asked.length;
  one.answer = () => undefined;
  await one.clock.advance(40);
  const after = one.changes.slice(blindly);
  t.ok(after.length > 10);
  t.strictSame(
    after.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule),
    [],
    'nobody is blamed for what was not heard then',
  );
  t.match(one.verdicts(rtp), { '131.107.155.30': 'pass open' });
  t.ok(one.asked.slice(asked).filter(({ question }) => isSweep(question)).length >= 2, 'the ranges were asked again');
  t.strictSame(one.faults, []);
  one.end();
});

t.test('a link that goes away in the middle of a conversation is our blindness, too', async (t) => {
  const one = await started({ site: watchedSite('vantages: { outside: { control: ["tcp://192.0.2.53:53"] } }\n') });
  await one.clock.advance(11);
  const broken = {
    outcome: 'open',
    failure: { step: 'tls', code: 'tls-silent', message: 'nothing was heard' },
  } as const;
  const row = 'external-sip-tcp-5061-in';
  t.match(Object.values(one.verdicts(row)), ['pass answered', 'pass answered']);
  const before = one.changes.length;
  one.answer = ({ target, probe }) =>
    probe === 'tls' || probe === 'sip' ? broken : target.port === 53 ? 'filtered' : undefined;
  await one.clock.advance(30);
  const blamed = () => one.changes.slice(before).filter(({ verdict }) => verdict === 'fail');
  t.strictSame(blamed(), [], 'nobody is blamed while it is blind');
  t.match(Object.values(one.verdicts(row)), ['unknown unasked', 'unknown unasked']);
  one.answer = ({ target }) => (target.port === 53 ? undefined : 'answered');
  await one.clock.advance(150);
  t.strictSame(blamed(), [], 'nor when it sees again');
  t.match(Object.values(one.verdicts(row)), ['pass answered', 'pass answered']);
  one.answer = ({ probe }) => (probe === 'tls' || probe === 'sip' ? broken : undefined);
  await one.clock.advance(30);
  t.match(Object.values(one.verdicts(row)), ['fail tls-swallowed', 'fail tls-swallowed'], 'beside a control it counts');
  t.strictSame(one.faults, []);
  one.end();
});

t.test(
  'a link of our own that was down while a question waited: its silence is ours, with or without a control',
  async (t) => {
    for (const more of ['', 'vantages: { outside: { control: ["tcp://192.0.2.53:53"] } }\n']) {
      const one = await started({ site: watchedSite(more) });
      const [ours, another] = ['203.0.113.50', '198.51.100.9'];
      one.links.set(ours, 4).set(another, 1);
      await one.clock.advance(11);
      const silent = { outcome: 'filtered', source: { address: ours, port: 40_000 } } as const;
      one.answer = ({ target }) => (target.port === 53 ? undefined : silent);
      one.takes = ({ target }) => (target.port === 53 ? 0.01 : 8);
      const before = one.changes.length;
      const blamed = () => one.changes.slice(before).filter(({ verdict }) => verdict === 'fail');
      // It goes and comes, each time within the eight seconds of a question.
      for (let times = 0; times < 12; times++) {
        one.links.set(ours, times % 2 === 0 ? null : 6 + times);
        await one.clock.advance(2);
      }
      t.strictSame(blamed(), [], 'nobody is blamed');
      t.match(Object.values(one.verdicts(stun)), ['unknown unasked', 'unknown unasked']);
      one.links.set(ours, 30);
      await one.clock.advance(20);
      one.links.set(another, 2);
      await one.clock.advance(20);
      t.match(Object.values(one.verdicts(stun)), ['fail filtered', 'fail filtered'], 'a link that stays is no excuse');
      t.strictSame(one.faults, []);
      one.end();
    }
  },
);

t.test('a link that is away for a part of a sweep', async (t) => {
  const one = await started({ site: watchedSite('vantages: { outside: { control: ["tcp://192.0.2.53:53"] } }\n') });
  await one.clock.advance(111);
  t.match(one.verdicts(rtp), { '131.107.155.30': 'pass open' });
  const before = one.changes.length;
  const swept = one.asked.length;
  const counts = { open: 5, closed: 0, filtered: 3, unreachable: 0, answered: 0, unasked: 0 };
  const ranges = [
    { from: 50_000, to: 50_004, outcome: 'open' },
    { from: 50_005, to: 50_007, outcome: 'filtered' },
  ];
  const partly = { outcome: 'open', facts: { counts, ranges, asked: 8, of: 8 } } as const;
  one.takes = (question) => (isSweep(question) ? 40 : 0.01);
  one.answer = (question) => (isSweep(question) ? partly : undefined);
  const sweeping = (): boolean => one.asked.slice(swept).some(({ question }) => isSweep(question));
  for (let waited = 0; !sweeping() && waited < 600; waited++) await one.clock.advance(1);
  t.ok(sweeping());
  // Away for ten seconds in the middle of it: single questions and the control fall silent, and speak again.
  one.answer = (question) => (isSweep(question) ? partly : 'filtered');
  await one.clock.advance(12);
  one.answer = (question) => (isSweep(question) ? partly : undefined);
  await one.clock.advance(30);
  const blamed = () => one.changes.slice(before).filter(({ verdict }) => verdict === 'fail');
  t.strictSame(blamed(), [], 'nobody is blamed, though hosts that must answer do again');
  t.match(one.verdicts(rtp), { '131.107.155.30': 'unknown unasked' });
  await one.clock.advance(120);
  t.match(one.verdicts(rtp), { '131.107.155.30': 'fail range-partial' }, 'asked anew, it is a fact');
  t.strictSame(one.faults, []);
  one.end();
});
