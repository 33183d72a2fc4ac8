import t from 'tap';
import type { Report } from '../../agent/report.ts';
import { needing } from '../require.ts';
import { check, writeSite } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

const rangeRule = 'external-rtp-tcp-50000-59999-in';
const flags = ['--rule', rangeRule, '--rule', 'external-stun-tcp-443-in', '--format', 'json'];

const ruleOf = (report: Report | null) => report?.rules.find(({ rule }) => rule === rangeRule);

const countsOf = (report: Report | null): unknown => ruleOf(report)?.checks[0]?.facts['counts'];

t.test('an open, a closed, a dropped and a rejected part of the range', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' }, sweep: { rate: 0, trustResets: false } }));
  await lab.range({
    open: ['50000', '50004-50999'],
    dropped: ['52000-52999'],
    reset: ['53000-53099'],
    icmp: ['54000-54099'],
  });
  const mixed = await check(lab, 'outside', site, flags);
  t.match(ruleOf(mixed.report), { verdict: 'fail', because: 'range-partial' }, ruleOf(mixed.report)?.explain ?? '');
  // 50001-50003 are the logging agent's, and open.
  t.same(countsOf(mixed.report), {
    open: 1000,
    closed: 7900,
    filtered: 1000,
    unreachable: 100,
    answered: 0,
    unasked: 0,
  });
  t.equal(mixed.code, 1);
  t.match(ruleOf(mixed.report)?.explain, /52000-52999/, 'the sentence names what is missing');
});

t.test('an idle range: what cannot be known is not claimed', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' }, sweep: { rate: 0, trustResets: false } }));
  const resetting = await check(lab, 'outside', site, flags);
  t.match(ruleOf(resetting.report), { verdict: 'unknown' }, 'the host resets, or a firewall does');
  lab.stealth(true);
  const silent = await check(lab, 'outside', site, flags);
  t.match(ruleOf(silent.report), { verdict: 'unknown', because: 'idle-or-filtered' }, 'stealth: silence says nothing');
  lab.stealth(false);
  lab.remove(lab.sameFlow(rangeRule));
  const dropped = await check(lab, 'outside', site, flags);
  t.match(ruleOf(dropped.report)?.verdict, /^(unknown|fail)$/, 'never pass');
});

for (const timers of ['linear', 'classic'] as const) {
  t.test(`5 % loss each way, ${timers} SYN timers: verdicts and every port right`, needing(...labNeeds), async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    lab.synTimers(timers);
    await lab.range({ open: ['50000', '50004-54999'], dropped: ['57000-57999'] });
    const site = writeSite(lab, lab.site({ timeouts: { check: '8s' } }));
    lab.loss(5);
    const { report } = await check(lab, 'outside', site);
    t.same(countsOf(report), { open: 5000, closed: 4000, filtered: 1000, unreachable: 0, answered: 0, unasked: 0 });
    for (const rule of report?.rules ?? []) {
      if (rule.ports.includes('-')) continue;
      t.equal(rule.verdict, 'pass', `${rule.rule} ${rule.explain}`);
    }
    t.match(ruleOf(report), { verdict: 'fail', because: 'range-partial' });
  });
}
