import type { Report } from '../../../agent/report.ts';
import { check, command, type LabVantage, narrowed, writeSite } from '../check-run.ts';
import { firewallOf } from '../firewall.ts';
import { letTranslatedThrough, type Mutated, type Mutation, mutationRules } from '../firewall-mutations.ts';
import { type Lab, startLab } from '../lab.ts';
import { startResponder } from '../responders.ts';
import { type Case, casesOf, keyOf, rowsBeside } from './cases.ts';
import { type Result, resultOf } from './result.ts';

/** What is to be asked of one pack. */
export interface PackWishes {
  readonly pack: string;
  readonly vantages: readonly LabVantage[];
  readonly ways: readonly Mutation[];
  /** Ranges of a hundred ports, and only the rows beside each. */
  readonly narrow: boolean;
  /** `respond` stands everywhere, and proves itself: what nobody else's host can tell is then told. */
  readonly responders: boolean;
  /** Keys of the lines that are known already. */
  readonly known: ReadonlySet<string>;
  /** Told of each case once, with the report that it was read from. */
  readonly told: (results: readonly Result[], report: Report) => void;
  readonly say: (line: string) => void;
}

/**
 * Vantages that are worked on side by side: they never ask the same server. The dmz asks everybody's, as controls, and some
 * servers of the lab take one client at a time.
 */
const stages: readonly (readonly LabVantage[])[] = [['outside', 'inside'], ['dmz']];

const limitMs = 300_000;

const nft = async (lab: Lab, where: 'fwext' | 'fwint', rules: string): Promise<void> => {
  const { code, stderr } = await lab.run(where, ['nft', '-f', '-'], undefined, rules);
  if (code !== 0) throw new Error(`${where}: ${stderr}\n${rules}`);
};

/** The mutations of all lanes at once; each lane has one at a time. */
const mutator = (
  lab: Lab,
  lastAsked: number | undefined,
): ((lane: string, mutated: Mutated | null) => Promise<void>) => {
  const active = new Map<string, Mutated>();
  let turn = Promise.resolve();
  return (lane, mutated) => {
    turn = turn.then(async () => {
      if (mutated === null) active.delete(lane);
      else active.set(lane, mutated);
      for (const where of ['fwext', 'fwint'] as const) {
        await nft(lab, where, mutationRules(where, [...active.values()], lab.nodes, lastAsked));
      }
    });
    return turn;
  };
};

const reportOf = async (lab: Lab, vantage: LabVantage, site: string, rules: readonly string[]): Promise<Report> => {
  const flags = ['--format', 'json', ...rules.flatMap((id) => ['--rule', id])];
  const { report, stderr } = await check(lab, vantage, site, flags, limitMs);
  if (report === null) throw new Error(`no report from ${vantage}: ${stderr}`);
  return report;
};

/** The controls that a host beside the Edge asks, without which nobody can be blamed for an inbound row. */
const besideOf = async (lab: Lab, site: string): Promise<Report> => {
  const argv = ['check', '--config', site, '--vantage', 'dmz', '--place', 'beside', '--format', 'json'];
  const { stdout, stderr } = await lab.run('beside', [...command, ...argv], limitMs);
  if (!stdout.startsWith('{')) throw new Error(`no report from beside: ${stderr}`);
  return JSON.parse(stdout) as Report;
};

/** Somebody for every port of the ranges, where the servers of the lab stand. */
const openRanges = async (lab: Lab, narrow: boolean): Promise<void> => {
  const last = narrow ? 50_099 : 59_999;
  // The logging agent has three of the ports.
  await lab.range({ open: ['50000', `50004-${last}`], answering: [`50000-${last}`] });
  await lab.range({ open: [`50000-${last}`], answering: [`50000-${last}`] }, 'av-partner');
};

/** Asks every case of a pack that is not known yet, and tells each as soon as it is done. */
export const mutatePack = async (wishes: PackWishes): Promise<void> => {
  const { pack, vantages, ways, narrow, responders, known, told, say } = wishes;
  const lab = await startLab({ pack, servers: responders ? 'controls' : 'all' });
  try {
    const timeouts = { check: narrow ? '2s' : '8s' };
    const text = lab.site({ responders, timeouts, sweep: { rate: 0, trustResets: false } });
    const site = writeSite(lab, narrow ? narrowed(text) : text);
    if (responders) for (const part of ['edge', 'far', 'inside'] as const) await startResponder(lab, part, site);
    else await openRanges(lab, narrow);
    for (const where of ['fwext', 'fwint'] as const) await nft(lab, where, letTranslatedThrough);
    const mutate = mutator(lab, narrow ? 50_099 : undefined);
    const before = new Map<string, Report>();
    for (const vantage of vantages) before.set(vantage, await reportOf(lab, vantage, site, []));
    // A responder is mute to a host that the site file does not name.
    const beside = responders ? [] : [await besideOf(lab, site)];

    const isKnown = ({ rows, how }: Case): boolean => rows.every((row) => known.has(keyOf(pack, row, how)));
    const work = async (vantage: LabVantage): Promise<void> => {
      const baseline = before.get(vantage);
      if (baseline === undefined) return;
      const asked = baseline.rules.filter(({ verdict }) => verdict === 'pass').map(({ rule }) => rule);
      const left = baseline.rules.filter(({ verdict }) => verdict !== 'pass').map(({ rule }) => rule);
      if (left.length > 0) say(`${pack} ${vantage}: not passing before anything was done: ${left.join(' ')}`);
      const cases = casesOf(lab, pack, vantage, asked, ways).filter((one) => !isKnown(one));
      const elsewhere = [...beside, ...[...before].flatMap(([where, report]) => (where === vantage ? [] : [report]))];
      for (const [index, one] of cases.entries()) {
        const row = lab.rules.find(({ id }) => id === one.rows[0]);
        if (row === undefined) continue;
        await mutate(vantage, { row, how: one.how });
        const after = await reportOf(lab, vantage, site, narrow ? rowsBeside(one, asked) : []);
        const segment = firewallOf(row) === 'fwext' ? 'external' : 'internal';
        const results = one.rows.flatMap((id) => resultOf(one, id, segment, baseline, after, elsewhere) ?? []);
        told(results, after);
        const [first] = results;
        say(
          `${pack} ${vantage} ${index + 1}/${cases.length} ${one.rows.join(' ')} ${one.how}: ${first?.result} ${first?.verdict} ${first?.because} ${first?.blamed} ${first?.others}`,
        );
      }
      await mutate(vantage, null);
    };
    for (const stage of stages) await Promise.all(stage.filter((one) => vantages.includes(one)).map(work));
  } finally {
    await lab.close();
  }
};
