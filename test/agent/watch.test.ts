import t from 'tap';
import { isSweep } from '../../agent/question.ts';
import { checkId } from '../../agent/watch-changes.ts';
import { planOf, siteWith } from './two-nodes.ts';
import { started, watchedSite, watching } from './watching.ts';

const stun = 'external-stun-udp-3478-in';
const rtp = 'external-rtp-tcp-50000-59999-in';

t.test('every single question comes round on its own clock; ready once all were asked', async (t) => {
  const one = await started();
  t.notOk(one.watch.ready());
  t.ok(one.watch.report() !== null, 'there is a report from the beginning, of what is not asked');
  t.ok(one.changes.every(({ verdict }) => verdict === 'skipped'));
  await one.clock.advance(5);
  t.notOk(one.watch.ready());
  await one.clock.advance(5.5);
  t.ok(one.watch.ready());
  t.strictSame(one.verdicts(stun), { '131.107.155.30': 'pass answered', '131.107.155.31': 'pass answered' });
  const points = one.asked.filter(({ question }) => !isSweep(question));
  const instants = new Set(points.map(({ at }) => at.toFixed(3)));
  t.ok(instants.size > points.length / 2, 'they are spread over the interval');
  await one.clock.advance(90);
  const times = one.asked.filter(
    ({ question }) => question.probe === 'stun' && question.target.address.endsWith('.30'),
  );
  t.ok(times.length >= 18, 'two questions, ten rounds');
  t.strictSame(one.faults, []);
  one.end();
});

t.test('verdicts change at once, and are told once', async (t) => {
  const one = await started();
  await one.clock.advance(11);
  const before = one.changes.length;
  one.answer = ({ probe, target, transport }) =>
    probe === 'stun' && transport === 'udp' && target.address.endsWith('.31') ? 'filtered' : undefined;
  await one.clock.advance(20);
  const told = one.changes.slice(before).filter(({ rule }) => rule === stun);
  t.equal(told.length, 1);
  t.match(told[0], { endpoint: 'edge2', target: '131.107.155.31', from: 'pass', verdict: 'fail', because: 'filtered' });
  t.match(told[0]?.explain, /udp\/3478 outside → av-edge edge2 131\.107\.155\.31: nothing heard/);
  one.answer = () => undefined;
  await one.clock.advance(11);
  t.match(one.changes.filter(({ rule }) => rule === stun).at(-1), { from: 'fail', verdict: 'pass' });
  const id = checkId({
    pack: 'lync2013-edge-public',
    rule: stun,
    endpoint: 'edge2',
    target: '131.107.155.31',
    source: '',
  });
  const past = one.watch.history(id).map(({ verdict }) => verdict);
  t.ok(past.includes('fail') && past.at(-1) === 'pass');
  await one.clock.advance(100);
  const later = one.watch.history(id).map(({ verdict }) => verdict);
  t.equal(later.filter((verdict) => verdict === 'pass').length, 3, 'successes are forgotten sooner');
  t.equal(later.filter((verdict) => verdict === 'fail').length, 2);
  one.end();
});

t.test('sweeps: a sample that rotates, in a lane of their own, and one row again', async (t) => {
  const one = await started();
  one.takes = (question) => (isSweep(question) ? 40 : 0.01);
  await one.clock.advance(450);
  const sweeps = one.asked.filter(({ question }) => isSweep(question));
  t.ok(sweeps.length >= 4);
  t.equal(one.most.sweeps, 1, 'one at a time');
  const tcp = sweeps.filter(({ question }) => question.target.address.endsWith('.30') && question.probe === 'tcp');
  const rotations = tcp.map(({ question }) => question.options.rotation);
  t.equal(new Set(rotations).size, rotations.length, `each asks other ports: ${rotations}`);
  t.ok(tcp.every(({ question }) => question.options.sample === 32));
  const rounds = one.asked.filter(
    ({ question }) => question.target.address.endsWith('155.10') && question.target.port === 5061,
  );
  t.ok(rounds.length >= 44, `meanwhile single questions came round: ${rounds.length}`);
  t.match(one.verdicts(rtp), { '131.107.155.30': 'pass open' });
  const repeats = one.watch.report()?.controls.filter(({ kind }) => kind === 'repeat');
  t.equal(repeats?.length, 2);
  one.end();
});

t.test('shunned after a sweep: its silence says nothing', async (t) => {
  const one = await started();
  await one.clock.advance(11);
  let swept = false;
  one.answer = (question) => {
    if (isSweep(question)) swept = true;
    return swept ? 'filtered' : undefined;
  };
  await one.clock.advance(120);
  t.match(
    one.watch
      .report()
      ?.findings.map(({ code }) => code)
      .sort(),
    ['source-shunned'],
  );
  t.match(Object.values(one.verdicts(rtp))[0], /unknown source-shunned/);
  one.end();
});

t.test('names are looked up anew; an address that is gone leaves nothing', async (t) => {
  const named = watchedSite('', { 'publicAddress: 131.107.155.30': 'publicAddress: av.contoso.com' });
  const one = watching();
  one.names.set('av.contoso.com', ['192.0.2.1', '192.0.2.2']);
  await one.adopt(planOf({ site: named }));
  await one.clock.advance(11);
  t.strictSame(Object.keys(one.verdicts(stun)), ['192.0.2.1', '192.0.2.2', '131.107.155.31']);
  one.names.set('av.contoso.com', ['192.0.2.2', '192.0.2.3']);
  await one.clock.advance(20);
  t.strictSame(one.verdicts(stun), {
    ...{ '192.0.2.2': 'pass answered', '192.0.2.3': 'pass answered', '131.107.155.31': 'pass answered' },
  });
  t.notMatch(JSON.stringify(one.watch.report()), /192\.0\.2\.1"/);
  const since = one.asked.length;
  await one.clock.advance(20);
  t.notOk(
    one.asked.slice(since).some(({ question }) => question.target.address === '192.0.2.1'),
    'nor its control port',
  );
  one.names.delete('av.contoso.com');
  await one.clock.advance(15);
  t.match(one.verdicts(stun), { '': 'fail dns' });
  const last = one.views
    .at(-1)
    ?.judged.flatMap(({ checks }) => checks)
    .find(({ key }) => key === '');
  t.ok((last?.observation.startedAt ?? '') > '2026-01-01T00:00:51', 'with the time of the lookup');
  one.end();
});

t.test('another configuration', async (t) => {
  const one = await started();
  await one.clock.advance(11);
  const asked = one.asked.length;
  await one.adopt(planOf({ site: watchedSite('', { 'publicAddress: 131.107.155.31': 'publicAddress: 192.0.2.77' }) }));
  t.equal(one.verdicts(stun)['131.107.155.30'], 'pass answered', 'what stays is not asked anew');
  t.equal(one.asked.length, asked);
  t.strictSame(Object.keys(one.verdicts(stun)), ['131.107.155.30', '192.0.2.77']);
  t.notOk(one.watch.ready(), 'there is a question that was never asked');
  await one.clock.advance(11);
  t.ok(one.watch.ready());
  t.equal(one.verdicts(stun)['192.0.2.77'], 'pass answered');
  const since = one.asked.length;
  await one.clock.advance(20);
  t.notOk(one.asked.slice(since).some(({ question }) => question.target.address === '131.107.155.31'));
  await one.adopt(planOf({ site: watchedSite(), only: (rule) => rule.id === stun }));
  t.strictSame(
    one.watch.report()?.rules.map(({ rule }) => rule),
    [stun],
  );
  one.end();
});

t.test('caps, and intervals of a second', async (t) => {
  const fast = siteWith('agent: { interval: 1s, sweepInterval: 1h }\nsweep: { concurrency: 3 }\n');
  const one = await started({ site: fast });
  one.takes = () => 0.2;
  await one.clock.advance(30);
  t.ok(one.most.points <= 3, `${one.most.points} at a time`);
  const free = await started({ site: siteWith('agent: { interval: 1s, sweepInterval: 1h }\n') });
  await free.clock.advance(21);
  const rounds = free.asked.filter(
    ({ question: { probe, transport, target } }) =>
      probe === 'stun' && transport === 'udp' && target.address.startsWith('131.107.'),
  );
  t.ok(rounds.length >= 40 && rounds.length <= 44, `two checks, twenty rounds: ${rounds.length}`);
  one.end();
  free.end();
});

t.test('after the end nothing is asked any more', async (t) => {
  const one = await started();
  await one.clock.advance(20);
  one.end();
  const asked = one.asked.length;
  const views = one.views.length;
  await one.clock.advance(100);
  t.equal(one.asked.length, asked);
  t.equal(one.views.length, views);
  t.strictSame(one.faults, []);
});
