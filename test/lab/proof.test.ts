import t, { type Test } from 'tap';
import type { Report, ReportCheck, ReportRule } from '../../agent/report.ts';
import type { FarRecord } from '../../agent/respond-record.ts';
import { needing } from '../require.ts';
import { type EdgeNode, externalRoles, far } from './addresses.ts';
import { check, labVantages, narrowed, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { type RunningResponder, startResponder } from './responders.ts';

t.setTimeout(900_000);

type Reports = readonly (Report | null)[];

const rulesOf = (reports: Reports): ReportRule[] => reports.flatMap((report) => report?.rules ?? []);

const evidenceOf = ({ checks }: ReportRule): string[] => [...new Set(checks.map(({ evidence }) => evidence))];

/** Every row of the pack, once over all vantages, passes, and each of its checks was answered by our responder. */
const allProven = (t: Test, lab: Lab, reports: Reports): void => {
  const rules = rulesOf(reports);
  t.same(rules.map(({ rule }) => rule).sort(), lab.rules.map(({ id }) => id).sort(), 'every row is asked once');
  for (const rule of rules) {
    t.equal(rule.verdict, 'pass', rule.explain);
    t.same(evidenceOf(rule), ['proven'], rule.rule);
  }
};

/** Every sweep asked this many ports, and each of them answered. */
const wholeRanges = (t: Test, reports: Reports, ports: number): void => {
  const sweeps = rulesOf(reports).filter(({ ports: text }) => text.includes('-'));
  t.ok(sweeps.length >= 3, 'TCP and UDP inwards, UDP outwards');
  for (const { rule, checks } of sweeps) {
    const counts = (checks[0]?.facts['counts'] ?? {}) as Record<string, number>;
    const asked = Object.values(counts).reduce((sum, one) => sum + one, 0);
    t.equal(asked, ports, `${rule}: ${JSON.stringify(counts)}`);
    t.equal((counts['answered'] ?? 0) + (counts['open'] ?? 0), ports, `${rule}: all heard`);
  }
};

const publishedOf = (edge: EdgeNode, address: string): string | undefined => {
  const role = externalRoles.find((one) => edge[one] === address);
  return role === undefined ? undefined : (edge.published?.[role] ?? address);
};

/** A responder behind the translation heard each service under the address that is published for it. */
const keepsIdentity = (t: Test, edge: EdgeNode, reports: Reports, record: FarRecord): void => {
  const outward = rulesOf(reports).flatMap(({ checks }) =>
    checks.filter(({ source }) => publishedOf(edge, source.address ?? '')),
  );
  const heard = new Map(
    record.heard.filter(({ transaction }) => transaction !== null).map((one) => [one.transaction, one]),
  );
  const seen = new Set(record.heard.map(({ from }) => from.address));
  for (const role of ['access-edge', 'av-edge'] as const) {
    t.ok(seen.has(publishedOf(edge, edge[role]) ?? ''), `${role} is seen as its published address`);
    if (edge.published !== null) t.notOk(seen.has(edge[role]), `${role} is not seen as its own`);
  }
  const asked = (one: ReportCheck): string =>
    `${one.probe} to ${one.target.address}:${one.target.port ?? one.target.ports}`;
  for (const one of outward) {
    const wanted = publishedOf(edge, one.source.address ?? '');
    const { mappedAddress, transaction } = one.facts;
    if (mappedAddress !== undefined) t.equal(mappedAddress, wanted, `${asked(one)} is told its published address`);
    if (typeof transaction === 'string') t.equal(heard.get(transaction)?.from.address, wanted, `${asked(one)}`);
  }
};

for (const { pack, edit, ports } of [
  { pack: 'lync2013-edge-public', edit: (text: string) => text, ports: 10_000 },
  { pack: 'lync2013-edge-nat', edit: narrowed, ports: 100 },
] as const) {
  t.test(`${pack} before the Edge exists: every row is proven`, needing(...labNeeds), async (t) => {
    const lab = await startLab({ pack, servers: 'controls' });
    t.teardown(() => lab.close());
    const [edge] = lab.nodes;
    if (edge === undefined) throw new Error('a lab without an Edge');
    const site = writeSite(lab, edit(lab.site({ responders: true })));
    const start = (part: 'edge' | 'far' | 'inside'): Promise<RunningResponder> => startResponder(lab, part, site);
    const [atEdge, atFar] = await Promise.all([start('edge'), start('far'), start('inside')]);
    const reports: (Report | null)[] = [];
    for (const vantage of labVantages) reports.push((await check(lab, vantage, site)).report);
    allProven(t, lab, reports);
    wholeRanges(t, reports, ports);
    const missing = rulesOf(reports).flatMap(({ findings }) =>
      findings.filter(({ code }) => code === 'hairpin-missing'),
    );
    t.same(missing, [], 'hairpins turn back, or nothing is claimed');

    const { record: heardFar } = await atFar.end();
    keepsIdentity(t, edge, reports, heardFar);
    const { record: heardEdge } = await atEdge.end();
    // What the Edge asks itself, as a control, never left it.
    const foreign = heardEdge.heard.filter(({ from }) => publishedOf(edge, from.address) === undefined);
    const outer = foreign.filter(({ to }) => publishedOf(edge, to.address) !== undefined);
    // What it asks at its published address did, and came back as from there: to the A/V Edge alone.
    const published = edge.published?.['av-edge'];
    const [back, inward] = [true, false].map((own) => outer.filter(({ from }) => (from.address === published) === own));
    t.same([...new Set(inward?.map(({ from }) => from.address))], [far.vantage], 'inwards the source is kept');
    const hairpins = [...new Set(back?.map(({ to }) => `${to.address}:${to.port}`))];
    const wanted = published === undefined ? [] : [3478, 443].map((port) => `${edge['av-edge']}:${port}`);
    t.same(hairpins.toSorted(), wanted, 'hairpins turn back, of TCP and of UDP');
  });
}
