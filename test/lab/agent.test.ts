import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { needing } from '../require.ts';
import { type LabVantage, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

type Line = { readonly msg?: string; readonly rule?: string; readonly verdict?: string; readonly explain?: string };

/** An agent at a vantage of the lab; what it says is read from its textfile and its log. */
interface LabAgent {
  readonly text: () => string;
  readonly log: () => readonly Line[];
  /** Rules with a check of that verdict. */
  readonly rules: (verdict: string) => readonly string[];
  readonly end: () => Promise<number | null>;
}

const startAgent = (lab: Lab, vantage: LabVantage, site: string): LabAgent => {
  const file = join(lab.folder, `${vantage}.prom`);
  const program = [process.execPath, join(process.cwd(), 'dist/edgeprobe.mjs'), 'agent'];
  const child = lab.spawn(vantage, [
    ...program,
    ...['--config', site, '--vantage', vantage, '--place', `${vantage}-1`, '--web.listen-address', '127.0.0.1:0'],
    ...['--push.textfile', file, '--push.interval', '1s'],
  ]);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const text = (): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return {
    text,
    log: () =>
      said
        .slice(0, said.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Line),
    rules: (verdict) => {
      const found = text().matchAll(/^edgeprobe_rule_verdict\{.*?,rule="([^"]*)".*,verdict="(\w+)"\} 1$/gm);
      return [...new Set([...found].flatMap(([, rule = '', is]) => (is === verdict ? [rule] : [])))].sort();
    },
    end: () =>
      new Promise((resolve) => {
        child.once('exit', (code) => resolve(code));
        child.kill('SIGTERM');
      }),
  };
};

const until = async (what: string, agent: LabAgent, holds: () => boolean): Promise<void> => {
  for (let waited = 0; waited < 120_000; waited += 100) {
    if (holds()) return;
    await sleep(100);
  }
  throw new Error(
    `waited in vain: ${what}\n${agent
      .log()
      .slice(-5)
      .map((line) => JSON.stringify(line))
      .join('\n')}`,
  );
};

const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);

const rows: readonly (readonly [LabVantage, string, RegExp])[] = [
  ['outside', 'external-stun-udp-3478-in', /^udp\/3478 outside → av-edge edge1 131\.107\.155\.30: nothing heard/],
  ['dmz', 'external-sip-tcp-5061-out', /^tcp\/5061 dmz → sip-partner litware .*nothing heard/],
];

for (const [vantage, row, sentence] of rows) {
  t.test(`an agent ${vantage}: ${row} is taken away and given back`, needing(...labNeeds), async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    const wishes = { timeouts: { check: '3s' }, agent: { interval: '1s', sweepInterval: '1h', sweepSample: 8 } };
    const agent = startAgent(lab, vantage, writeSite(lab, lab.site(wishes), `${vantage}.yaml`));
    const gone = lab.sameFlow(row);
    await until('everything was asked', agent, () => agent.rules('pass').includes(row));
    await until('nothing fails', agent, () => agent.rules('fail').length === 0);
    const asked = agent.rules('fail').concat(agent.rules('pass'), agent.rules('unknown'));
    const expected = gone.filter((id) => asked.includes(id)).sort();
    t.ok(expected.includes(row));
    await until('it sees', agent, () => /^edgeprobe_vantage_control_reachable\{.*\} 1$/m.test(agent.text()));
    t.match(agent.text(), new RegExp(`place="${vantage}-1"`));

    for (let round = 0; round < 2; round++) {
      lab.remove(gone);
      const told = () => agent.log().filter(({ msg, rule }) => msg === 'verdict changed' && rule === row);
      // The textfile may be read before what the log said earlier.
      await until(`${row} fails`, agent, () => same(agent.rules('fail'), expected) && told().length > 2 * round);
      t.match(agent.text(), new RegExp(`^edgeprobe_rule_outcome\\{.*rule="${row}".*outcome="filtered"\\} 1$`, 'm'));
      t.match(agent.text(), new RegExp(`^edgeprobe_rule_reachable\\{.*rule="${row}".*\\} 0$`, 'm'));
      t.match(told().at(-1), { verdict: 'fail', explain: sentence });
      lab.restore();
      await until(
        `${row} passes`,
        agent,
        () => agent.rules('fail').length === 0 && agent.rules('pass').includes(row) && told().length > 2 * round + 1,
      );
      t.match(agent.text(), new RegExp(`^edgeprobe_rule_reachable\\{.*rule="${row}".*\\} 1$`, 'm'));
    }
    const changes = agent.log().filter(({ msg, rule }) => msg === 'verdict changed' && rule === row);
    t.strictSame(
      changes.map(({ verdict }) => verdict),
      ['fail', 'pass', 'fail', 'pass'],
      'one line per change, none between',
    );
    const others = agent.log().filter(({ msg, rule = '' }) => msg === 'verdict changed' && !expected.includes(rule));
    t.notOk(
      others.some(({ verdict }) => verdict === 'fail'),
      'nobody else was blamed',
    );
    t.equal(await agent.end(), 0);
  });
}
