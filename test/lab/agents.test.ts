import t, { type Test } from 'tap';
import { variableQueries } from '../dashboards/panels-of.ts';
import { asSent } from '../dashboards/promql.ts';
import { needing } from '../require.ts';
import { hurried, type LabAgent, startAgent, startPrometheus, writeSecrets } from './agents.ts';
import { ask, createLook, everything, last, perhapsQuiet, quietWhileWell, since } from './agents-look.ts';
import { scenes, type Watched, waysToControls } from './agents-scenes.ts';
import { type LabVantage, labVantages } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';
import { startMonitoring } from './monitoring.ts';
import { alertsNow, labelValues, query, toldOf, until } from './prometheus-api.ts';
import { ourRules } from './prometheus-files.ts';

t.setTimeout(900_000);

/** Nobody may be accused of what a scene does not do. A server that is too busy for its deadline is another matter. */
const accusations = /^Edge(FlowFiltered|FlowExposed|VantageBlind)$/;

t.test(
  'three agents, Prometheus, Alertmanager',
  needing(...labNeeds, 'prometheus', 'prometheus-alertmanager'),
  async (t) => {
    const lab = await startLab({ nodes: 2 });
    t.teardown(() => lab.close());
    const monitoring = await startMonitoring(lab);
    t.teardown(() => monitoring.close());
    const secrets = writeSecrets(lab);
    const agents = new Map<LabVantage, LabAgent>();
    const start = (vantage: LabVantage): void => {
      agents.set(vantage, startAgent(lab, monitoring, vantage, lab.site(hurried)));
    };
    for (const vantage of labVantages) start(vantage);
    for (const [vantage, agent] of agents) {
      await until(`${vantage} listens`, () => agent.log().some(({ msg }) => msg === 'listening'));
    }
    await startPrometheus(lab, monitoring, secrets);
    const watched: Watched = { lab, monitoring, agents, start };
    const look = createLook(monitoring);

    const ill =
      'edgeprobe_rule_verdict{verdict=~"fail|unknown"} == 1 or edgeprobe_vantage_control_reachable == 0 or ALERTS';
    const well = async (): Promise<boolean> =>
      (await query(monitoring, 'up == 1')).length === labVantages.length &&
      // Only inside has no ranges.
      (await query(monitoring, 'count by (vantage) (edgeprobe_sweep_ports)')).length === labVantages.length - 1 &&
      (await query(monitoring, ill)).length === 0;
    const whatIsIll = async (): Promise<string> =>
      [...(await query(monitoring, ill)), ...(await query(monitoring, 'up'))]
        .map(({ metric, value }) => `${JSON.stringify(metric)} ${value}`)
        .join('\n');
    const fires = (alert: Readonly<Record<string, string>>, mark: number, status: 'firing' | 'resolved' = 'firing') =>
      until(
        `${JSON.stringify(alert)} is ${status}`,
        () => toldOf(monitoring, mark, alert).at(-1)?.status === status,
        whatIsIll,
      );

    // What was waited for in vain would be waited for in vain in every scene to come.
    let stuck = false;
    const act = async (name: string, play: (t: Test) => Promise<void>): Promise<void> => {
      if (stuck) return;
      await t.test(name, async (t) => {
        stuck = true;
        await play(t);
        stuck = false;
      });
    };

    await act('all is well', async (t) => {
      await until('all is well', well, whatIsIll);
      // A rate needs two scrapes, and what is well after the first round of questions may have had one.
      const missing = (): string[] => look.quiet().filter((name) => name !== perhapsQuiet && !(name in quietWhileWell));
      await until(
        'everything that has something to show shows it',
        async () => {
          await look.at('all is well', last(2));
          return missing().length === 0;
        },
        () => missing().join('\n'),
      );
      // A machine under load may be late for a scrape of three seconds while all agents start.
      const accused = monitoring.told.filter(({ labels }) => labels['reason'] !== 'scrape');
      t.strictSame(accused, [], 'no alert');
      t.strictSame(
        look.quiet().filter((name) => name !== perhapsQuiet),
        everything().flatMap(({ name }) => (name in quietWhileWell ? [name] : [])),
        'and nothing else shows anything',
      );
      const elsewhere = [];
      for (const one of everything().filter(({ expr }) => expr.includes('$'))) {
        const series = await ask(monitoring, one, 2, { site: 'elsewhere' });
        if (series.length > 0) elsewhere.push(one.name);
      }
      t.strictSame(elsewhere, [], 'and nothing of a site that was not chosen');
      for (const { where, metric, label } of variableQueries()) {
        t.not((await labelValues(monitoring, label, asSent(metric))).length, 0, where);
      }
      t.strictSame(await labelValues(monitoring, 'site', 'up'), ['contoso'], 'up has it from the target');
    });

    for (const { name, happens, alerts, beside = [] } of scenes) {
      await act(name, async (t) => {
        await until('all is well before', well, whatIsIll);
        const mark = monitoring.told.length;
        const before = Date.now();
        const mend = await happens(watched);
        for (const alert of alerts) await fires(alert, mark);
        await look.at(name, since(before));
        await look.at(name, last(1));
        const broken = Date.now();
        await mend();
        for (const alert of alerts) await fires(alert, mark, 'resolved');
        await look.at(`${name}, and is mended`, since(broken));
        const names = new Set([...alerts.map(({ alertname }) => alertname), ...beside]);
        const others = monitoring.told
          .slice(mark)
          .filter(({ status, labels: { alertname = '' } }) => status === 'firing' && !names.has(alertname))
          .filter(({ labels: { alertname = '' } }) => accusations.test(alertname));
        t.strictSame(others, [], 'and nobody else is accused');
      });
    }

    await act('a blind agent blames nobody', async (t) => {
      await until('all is well before', well, whatIsIll);
      const mark = monitoring.told.length;
      const blind = { alertname: 'EdgeVantageBlind', vantage: 'dmz' };
      const down = { alertname: 'EdgeServiceDown', vantage: 'dmz', endpoint: 'fe1' };
      lab.remove(waysToControls(watched));
      await fires(blind, mark);
      await lab.stopServer('front-end tcp/5061');
      await until('Alertmanager holds it back', async () => {
        const [held] = await alertsNow(monitoring, down);
        return held?.state === 'suppressed' && held.inhibitedBy.length > 0;
      });
      t.strictSame(toldOf(monitoring, mark, down), [], 'nobody was told of it');
      // What a scene before brought about may end now.
      const blamed = toldOf(monitoring, mark, { alertname: 'EdgeFlowFiltered', vantage: 'dmz' });
      t.notOk(
        blamed.some(({ status }) => status === 'firing'),
        'nor of the rows that were taken away',
      );
      lab.restore();
      await fires(blind, mark, 'resolved');
      await fires(down, mark);
      await lab.startServer('front-end tcp/5061');
      await fires(down, mark, 'resolved');
    });

    if (stuck) return;
    for (const [name, scene] of Object.entries(quietWhileWell)) {
      const when = look.found.get(name) ?? [];
      t.ok(
        when.some((one) => one.startsWith(scene)),
        `${name} finds something in its scene: ${when.join('; ')}`,
      );
    }
    t.strictSame(look.quiet(), [], 'every query of every panel and every recorded series was seen to find something');
    for (const { alert, labels = {} } of ourRules()) {
      if (alert === undefined) continue;
      const seen = toldOf(monitoring, 0, { alertname: alert, ...labels }).map(({ status }) => status);
      t.ok(seen.includes('firing') && seen.includes('resolved'), `${alert} ${labels['reason'] ?? labels['severity']}`);
    }
    for (const [vantage, agent] of agents) t.equal(await agent.end(), 0, `${vantage} ends`);
  },
);
