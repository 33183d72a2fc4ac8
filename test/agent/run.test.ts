import t from 'tap';
import { isSweep, questionKey } from '../../agent/question.ts';
import { questionsAtOnce } from '../../agent/run.ts';
import type { Question } from '../../probes/probe.ts';
import { fakeRun, named } from './fake-run.ts';
import { seen } from './fixtures.ts';
import { siteWith } from './two-nodes.ts';

const isControl = (question: Question): boolean => question.target.port === 49151;

t.test('single ports and controls first, sweeps last, one after the other, then one row again', async (t) => {
  const { asked, most, result } = await fakeRun();
  const first = asked.findIndex(isSweep);
  t.ok(first > 0);
  t.strictSame(asked.slice(first).map(named), [
    'tcp 131.107.155.30:50000-59999',
    'tcp 131.107.155.31:50000-59999',
    'udp 131.107.155.30:50000-59999',
    'udp 131.107.155.31:50000-59999',
    'stun 131.107.155.30:3478',
    'stun 131.107.155.31:3478',
  ]);
  t.equal(asked.slice(0, first).filter(isControl).length, 6, 'a control port for each address');
  t.equal(most.perAddress, 4, 'a server is asked four questions at a time');
  const controls = result.controls.map(({ kind, target, address, port }) => `${kind} ${target} ${address} ${port}`);
  t.strictSame(controls.slice(0, 6).sort(), [
    'port edge1 131.107.155.10 49151',
    'port edge1 131.107.155.20 49151',
    'port edge1 131.107.155.30 49151',
    'port edge2 131.107.155.11 49151',
    'port edge2 131.107.155.21 49151',
    'port edge2 131.107.155.31 49151',
  ]);
  t.strictSame(controls.slice(6), ['repeat edge1 131.107.155.30 3478', 'repeat edge2 131.107.155.31 3478']);
  t.ok(
    result.controls.every(({ kind, asExpected }) => asExpected === (kind === 'repeat')),
    'everything opened, the control ports too',
  );
});

t.test('identical questions are asked once', async (t) => {
  const { asked, result } = await fakeRun({ plan: { packs: ['lync2013-edge-public', 'lync2013-federation'] } });
  const repeats = 2;
  t.equal(new Set(asked.map(questionKey)).size, asked.length - repeats);
  t.equal(asked.filter((question) => named(question) === 'sip 131.107.155.10:443').length, 1, 'external and public-im');
  t.equal(result.observations.size, asked.length - repeats, 'and everything is on record');
});

t.test('limits', async (t) => {
  const site = siteWith('expect: [{ to: av-edge, ports: "1,2,3,4,5,6,7,8,9", expect: blocked }]\n');
  const busy = await fakeRun({ plan: { site } });
  t.equal(busy.most.perAddress, 4, 'however much there is to ask of one address');
  t.ok(busy.most.total > 4);
  t.equal((await fakeRun({ concurrency: 2 })).most.total, 2);
  t.equal((await fakeRun({ concurrency: 1 })).most.total, 1);
  const many = await fakeRun({ concurrency: 7 });
  t.equal(many.most.total, 7);
  t.ok(many.most.perAddress <= 4);
  t.strictSame([questionsAtOnce('auto'), questionsAtOnce(5), questionsAtOnce(10_000)], [32, 5, 32]);
});

t.test('what is asked of whom: control ports', async (t) => {
  const { asked } = await fakeRun({ plan: { vantage: 'dmz' } });
  t.strictSame(
    asked
      .filter(isControl)
      .map(({ target, source }) => `${source.address} → ${target.address}`)
      .sort(),
    [
      '10.45.16.30 → 198.51.100.3',
      '10.45.16.30 → 198.51.100.7',
      '172.25.33.10 → 10.1.0.20',
      '172.25.33.10 → 10.1.0.30',
    ],
    "our own hosts and those whose owner agreed to sweeps; no other of somebody else's",
  );
  const responder = siteWith('', { 'as: [sip-partner]': 'as: [sip-partner], responder: true' });
  const more = await fakeRun({ plan: { vantage: 'dmz', site: responder } });
  t.ok(more.asked.some((question) => isControl(question) && question.target.address === '198.51.100.1'));
});

t.test('a row that passed is asked again at every swept address', async (t) => {
  const repeats = async (outcomes: Readonly<Record<string, 'filtered' | 'closed' | 'answered'>>, then = 'answered') => {
    const { result } = await fakeRun({
      answer: (question, times) => (times > 1 ? (then as 'answered') : outcomes[named(question)]),
    });
    return result.controls
      .filter(({ kind }) => kind === 'repeat')
      .map(({ address, port, asExpected }) => `${address} ${port} ${asExpected}`);
  };
  t.strictSame(await repeats({}), ['131.107.155.30 3478 true', '131.107.155.31 3478 true']);
  t.strictSame(await repeats({}, 'filtered'), ['131.107.155.30 3478 false', '131.107.155.31 3478 false']);
  t.strictSame(
    await repeats({ 'stun 131.107.155.30:3478': 'filtered' }),
    ['131.107.155.30 443 true', '131.107.155.31 3478 true'],
    'only what passed',
  );
  t.strictSame(
    await repeats({ 'stun 131.107.155.30:3478': 'filtered', 'stun 131.107.155.30:443': 'closed' }),
    ['131.107.155.31 3478 true'],
    'nothing passed there, so there is nothing to repeat',
  );
  const noSweeps = await fakeRun({ plan: { vantage: 'inside' } });
  t.strictSame(
    noSweeps.result.controls.filter(({ kind }) => kind === 'repeat'),
    [],
    'no sweep, no suspicion',
  );
});

t.test('the row asked again leaves, if possible, from where the sweep left', async (t) => {
  const site = siteWith('', {
    'as: [sip-partner]': 'as: [sip-partner]',
    '198.51.100.3, as: [av-partner]': '198.51.100.3, as: [av-partner, sip-partner]',
  });
  const { result } = await fakeRun({ plan: { vantage: 'dmz', site } });
  const repeat = result.controls.find(({ kind, address }) => kind === 'repeat' && address === '198.51.100.3');
  t.match(repeat, { source: '10.45.16.30', port: 3478 }, 'not the SIP row from 10.45.16.10, though it comes first');
});

t.test('the end of a run keeps what was learned', async (t) => {
  const controller = new AbortController();
  const { result, asked } = await fakeRun({
    controller,
    answer: (question) => {
      if (isSweep(question)) controller.abort();
      return isSweep(question) ? seen('open', { probe: 'tcp', code: 'aborted' }) : undefined;
    },
  });
  t.equal(result.interrupted, true);
  t.equal(asked.filter(isSweep).length, 1, 'the second sweep was not begun');
  const outcomes = [...result.observations.values()].map(({ outcome, failure }) => failure?.code ?? outcome);
  t.equal(outcomes.filter((one) => one === 'aborted').length, 4);
  t.ok(outcomes.filter((one) => one === 'answered').length > 4, 'the single ports are on record');
  t.strictSame(
    result.controls.filter(({ kind }) => kind === 'repeat'),
    [],
  );

  const late = new AbortController();
  const atTheEnd = await fakeRun({
    controller: late,
    answer: (_, times) => {
      if (times > 1) late.abort();
      return times > 1 ? 'unasked' : undefined;
    },
  });
  t.equal(atTheEnd.result.interrupted, true);
  t.notOk(
    atTheEnd.result.controls.some(({ kind }) => kind === 'repeat'),
    'a row that could not be asked again is no sign of anything',
  );

  const early = new AbortController();
  early.abort();
  const nothing = await fakeRun({ controller: early });
  t.equal(nothing.asked.length, 0);
  t.ok(nothing.result.observations.size > 0, 'every question is on record as not asked');
  t.ok(
    [...nothing.result.observations.values()].every(
      ({ outcome, failure }) => outcome === 'unasked' && failure?.code === 'aborted',
    ),
  );
});

t.test('a fault of ours spoils nothing but its own question', async (t) => {
  const { result } = await fakeRun({
    answer: (question) => {
      if (named(question) === 'sip 131.107.155.10:443') throw new Error('a bug');
      if (isSweep(question)) return Promise.reject(new TypeError('another'));
      return undefined;
    },
  });
  const faults = [...result.observations.values()].filter(({ outcome }) => outcome === 'unasked');
  t.strictSame(
    faults.map(({ probe, failure }) => [probe, failure?.code, failure?.message]),
    [
      ['sip', 'internal-error', 'a fault in edgeprobe: a bug'],
      ['tcp', 'internal-error', 'a fault in edgeprobe: another'],
      ['tcp', 'internal-error', 'a fault in edgeprobe: another'],
      ['udp', 'internal-error', 'a fault in edgeprobe: another'],
      ['udp', 'internal-error', 'a fault in edgeprobe: another'],
    ],
  );
  t.equal(result.interrupted, false);
});

t.test('who watches is told of every question and of sweeps under way', async (t) => {
  const { events } = await fakeRun();
  const done = events.flatMap((event) => (event.kind === 'asked' ? [event] : []));
  t.strictSame(
    done.map((event) => event.done),
    done.map((_, index) => index + 1),
  );
  t.ok(done.every(({ total }) => total === done.length));
  const sweeping = events.flatMap((event) => (event.kind === 'sweeping' ? [event] : []));
  t.strictSame(
    sweeping.map(({ question, done, total }) => [named(question), done, total]),
    [
      ['tcp 131.107.155.30:50000-59999', 1, 2],
      ['tcp 131.107.155.31:50000-59999', 1, 2],
      ['udp 131.107.155.30:50000-59999', 1, 2],
      ['udp 131.107.155.31:50000-59999', 1, 2],
    ],
  );
});
