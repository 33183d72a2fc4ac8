import t from 'tap';
import { needing } from '../require.ts';
import { check, isCovered, labVantages, writeSite } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

const shippedRows = { 'lync2013-edge-public': 37, 'lync2013-edge-nat': 38, 'lync2013-federation': 10 };

for (const [pack, rows] of Object.entries(shippedRows)) {
  t.test(`every covered row of ${pack} passes from its vantage`, needing(...labNeeds), async (t) => {
    const lab = await startLab({ pack });
    t.teardown(() => lab.close());
    await lab.range({ open: ['50000', '50004-59999'], answering: ['50000-59999'] });
    await lab.range({ open: ['50000-59999'], answering: ['50000-59999'] }, 'av-partner');
    const site = writeSite(lab, lab.site({ timeouts: { check: '3s' } }));
    let seen = 0;
    for (const vantage of labVantages) {
      const { report, stderr, code } = await check(lab, vantage, site);
      t.equal(stderr, '', `${vantage}: nothing on stderr`);
      const rules = report?.rules ?? [];
      seen += rules.length;
      t.ok(rules.length > 0, `${vantage}: has rules`);
      for (const rule of rules) {
        const expected = isCovered(rule) ? 'pass' : 'skipped';
        t.equal(rule.verdict, expected, `${vantage}: ${rule.rule} (${rule.because}) ${rule.explain}`);
      }
      t.equal(code, rules.every(isCovered) ? 0 : 3, `${vantage}: exit code`);
    }
    t.equal(seen, rows, 'every row was asked from exactly one vantage');
  });
}

t.test('two nodes are two columns of one flow', needing(...labNeeds), async (t) => {
  const lab = await startLab({ nodes: 2 });
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' } }));
  const flags = ['--rule', 'external-s*-in'];
  const { stdout, code } = await check(lab, 'outside', site, flags);
  t.equal(code, 0);
  t.match(stdout, /external-sip-tcp-443-in.*✓1 ✓2/);
  const { report } = await check(lab, 'outside', site, [...flags, '--format', 'json']);
  const sip = report?.rules.find(({ rule }) => rule === 'external-sip-tcp-443-in');
  t.same(
    sip?.checks.map(({ target }) => target.name),
    ['edge1', 'edge2'],
  );
});

t.test(
  'everything dropped, no rate limit: two dials a port, and a whole pack ends in time',
  needing(...labNeeds),
  async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    lab.remove(lab.rules.map(({ id }) => id));
    // The deadline people get: 8 s a question. The bound is the promise of the tool, not a benchmark.
    const site = writeSite(lab, lab.site({ timeouts: { check: '8s' }, sweep: { rate: 0 } }));
    for (const vantage of labVantages) {
      const { report, code } = await check(lab, vantage, site);
      // In the DMZ the control goes through the same firewall: all of its silence is then ours to explain.
      const blind = report?.controls.some(({ kind, asExpected }) => kind === 'vantage' && !asExpected);
      t.equal(blind, vantage === 'dmz', `${vantage}: blind or not`);
      t.equal(code, blind ? 3 : 1, `${vantage}: exit code`);
      const asked = (report?.rules ?? []).filter((rule) => rule.verdict !== 'skipped');
      t.ok(asked.length > 0);
      for (const rule of asked) t.not(rule.verdict, 'pass', `${vantage}: ${rule.rule} (${rule.because})`);
      const sweeps = asked.flatMap(({ checks }) => checks).filter(({ facts }) => facts['asked'] !== undefined);
      t.equal(sweeps.length > 0, vantage !== 'inside', `${vantage}: ranges`);
      const seconds = (Date.parse(report?.finishedAt ?? '') - Date.parse(report?.startedAt ?? '')) / 1000;
      t.ok(seconds < 45, `${vantage}: ${seconds} s is less than 45 s`);
      for (const { facts } of sweeps) t.match(facts, { rounds: 2, dials: 2 * Number(facts['asked']) });
    }
  },
);
