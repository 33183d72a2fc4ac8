import type { Test } from 'tap';
import { check, type LabVantage, narrowed, verdictsOf, writeSite } from './check-run.ts';
import { type Lab, startLab } from './lab.ts';

/** How a firewall row is taken away. */
const mutations = {
  drop: (lab: Lab, ids: string[]) => lab.remove(ids),
  reset: (lab: Lab, ids: string[]) => lab.reject(ids, 'reset'),
  icmp: (lab: Lab, ids: string[]) => lab.reject(ids, 'icmp'),
} as const;

/** The site file with a responder on every far host: what stands there is then ours, and its resets are failures. */
export const withResponders = (text: string): string =>
  text.replace(/^ {2}(litware[a-z-]*|resolver|crl):\n/gm, '$&    responder: true\n');

/** What a rule may become when its flow is taken away. A reset from somebody else's host proves nothing about the way. */
const allowed = (range: boolean, how: string, theirs: boolean): RegExp => {
  if (range) return /^(fail|unknown) /;
  return theirs && how === 'reset' ? /^unknown far-side-not-listening$/ : /^fail /;
};

/** What is taken away, and how. */
export interface Mutating {
  readonly vantage: LabVantage;
  readonly pack?: string;
  /** The ways of taking a row away; all of them where left out. */
  readonly ways?: readonly (keyof typeof mutations)[];
  /** Whether the targets are somebody else's hosts. */
  readonly theirs?: boolean;
  /** How the kernels resend SYNs: every second, or backing off. */
  readonly timers?: 'linear' | 'classic';
  readonly edit?: (text: string) => string;
}

/**
 * Takes every flow of a vantage away, one after the other and in each way: its rules must not pass (a range where
 * nobody lives may be unknown, a single port must fail), and no other verdict may change.
 */
export const mutateEveryFlow = async (t: Test, mutating: Mutating): Promise<void> => {
  const { vantage, pack = 'lync2013-edge-public', theirs = false, timers = 'linear', edit = (text) => text } = mutating;
  const ways = mutating.ways ?? (Object.keys(mutations) as (keyof typeof mutations)[]);
  const lab = await startLab({ pack });
  t.teardown(() => lab.close());
  lab.synTimers(timers);
  // The ranges are open here; where they are not, a firewall that resets must not look like an idle range.
  const settings = { timeouts: { check: '2s' }, sweep: { rate: 0, trustResets: false } };
  await lab.range({ open: ['50000', '50004-50099'], answering: ['50000-50099'] });
  await lab.range({ open: ['50000-50099'], answering: ['50000-50099'] }, 'av-partner');
  const site = writeSite(lab, edit(narrowed(lab.site(settings))));
  const before = await check(lab, vantage, site);
  const baseline = verdictsOf(before.report);
  const covered = (before.report?.rules ?? []).filter((rule) => rule.verdict === 'pass');
  t.ok(covered.length > 0, `${covered.length} rules pass before anything is taken away`);

  const done = new Set<string>();
  for (const { rule: id, ports } of covered) {
    if (done.has(id)) continue;
    const flow = lab.sameFlow(id);
    for (const same of flow) done.add(same);
    for (const how of ways) {
      mutations[how](lab, flow);
      const { report } = await check(lab, vantage, site);
      const after = verdictsOf(report);
      t.equal(after.size, baseline.size, `${id} ${how}: all rules reported`);
      for (const [rule, was] of baseline) {
        const now = after.get(rule) ?? 'missing';
        const explain = report?.rules.find((one) => one.rule === rule)?.explain ?? '';
        if (!flow.includes(rule)) {
          t.equal(now, was, `${id} ${how}: ${rule} unchanged. ${explain}`);
          continue;
        }
        const theirRule = theirs && rule !== 'internal-sip-tcp-5061-out';
        t.match(now, allowed(ports.includes('-'), how, theirRule), `${id} ${how}: ${rule} is ${now}. ${explain}`);
      }
      lab.restore();
    }
  }
  const restored = await check(lab, vantage, site);
  t.same(verdictsOf(restored.report), baseline, 'everything given back, everything as before');
};
