import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Report } from '../../agent/report.ts';
import '../no-hooks.ts';
import { needing } from '../require.ts';
import { until } from '../until.ts';
import { command } from './check-run.ts';

t.setTimeout(900_000);

const names = { outside: `epfar-o-${process.pid}`, edge: `epfar-e-${process.pid}` };
const addresses = { outside: '198.51.100.7', edge: '198.51.100.30' };
const run = (file: string, ...words: string[]): string => execFileSync(file, words, { encoding: 'utf8' });

/** Two hosts and one cable; a firewall may stand at either end. */
const cable = (t: Test): void => {
  t.teardown(() => {
    for (const name of Object.values(names)) run('ip', 'netns', 'delete', name);
  });
  for (const name of Object.values(names)) run('ip', 'netns', 'add', name);
  const ends = ['netns', names.outside, 'type', 'veth', 'peer', 'veth1', 'netns', names.edge];
  run('ip', 'link', 'add', 'veth0', ...ends);
  for (const [name, device, address] of [
    [names.outside, 'veth0', addresses.outside],
    [names.edge, 'veth1', addresses.edge],
  ] as const) {
    run('ip', '-n', name, 'address', 'add', `${address}/24`, 'dev', device);
    run('ip', '-n', name, 'link', 'set', device, 'up');
    run('ip', '-n', name, 'link', 'set', 'lo', 'up');
  }
};

/** Drops what arrives at one of the two, without a word, before its host sees it. */
const firewall = (where: keyof typeof names, arriving: string): void => {
  const rules = `flush ruleset
    table inet far {
      chain arrive { type filter hook prerouting priority -300;
 ${arriving}
 }
    }`;
  execFileSync('ip', ['netns', 'exec', names[where], 'nft', '-f', '-'], { input: rules });
};

const site = `
site: far
packs: [lync2013-edge-public]
features: [av, remote-users]
servers:
  edge1:
    access-edge: { address: ${addresses.edge}, fqdn: sip.contoso.example, responder: true, ports: { "443": 8443 } }
    av-edge: { address: ${addresses.edge}, responder: true, ports: { "50000-59999": "50000-50099" } }
responder: { credentialsFile: secret.txt }
vantages: { outside: { bind: { any: ${addresses.outside} } } }
timeouts: { check: 3s }
sweep: { rate: 0 }
`;

const rules = ['external-sip-tcp-443-in', 'external-stun-udp-3478-in', 'external-stun-tcp-443-in'];

t.test('one way is lost: which one, the record of the far end tells', needing('root', 'ip', 'nft'), async (t) => {
  const cwd = t.testdir({ 'site.yaml': site, 'secret.txt': 'edgeprobe:a good secret' });
  chmodSync(join(cwd, 'secret.txt'), 0o600);
  cable(t);
  const inside = (name: string, words: readonly string[]) => ['netns', 'exec', name, ...command, ...words];
  const words = [
    'respond',
    '--config',
    'site.yaml',
    '--as',
    'edge',
    '--record',
    'far.json',
    '--allow',
    addresses.outside,
  ];
  const responder = spawn('ip', inside(names.edge, [...words, '--for', '1h']), { cwd });
  t.teardown(() => responder.kill('SIGKILL'));
  const closed = new Promise((resolve) => responder.once('close', resolve));
  let said = '';
  responder.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(t, 'the responder is ready', () => said.includes('ready: ') || responder.exitCode !== null);
  t.equal(responder.exitCode, null, `it listens: ${said}`);
  const check = async (name: string, more: readonly string[] = ['--far', 'far.json']): Promise<Report> => {
    const globs = rules.flatMap((rule) => ['--rule', rule]);
    const flags = ['--config', 'site.yaml', '--vantage', 'outside', '--output', `json=${name}.json`];
    const asking = spawn('ip', inside(names.outside, ['check', ...flags, ...globs, ...more]), { cwd });
    await new Promise((resolve) => asking.once('close', resolve));
    return JSON.parse(readFileSync(join(cwd, `${name}.json`), 'utf8')) as Report;
  };
  const seen = ({ rules: rows }: Report, rule: string) => {
    const row = rows.find((one) => one.rule === rule);
    return {
      ...{ verdict: row?.verdict, because: row?.because, arrived: row?.checks[0]?.far?.arrived },
      ...{ explain: row?.explain, codes: row?.findings.map(({ code }) => code) },
    };
  };
  const [sip = '', udp = '', tcp = ''] = rules;

  const open = await check('open');
  for (const rule of rules) t.match(seen(open, rule), { verdict: 'pass', arrived: 'yes' }, `${rule}: all is open`);

  firewall('edge', 'udp dport 3478 drop; tcp dport 443 drop');
  const there = await check('there');
  t.match(seen(there, udp), { verdict: 'fail', arrived: 'no', explain: /lost between here and its listener/ });
  t.match(seen(there, tcp), { verdict: 'fail', because: 'filtered' });
  t.not(
    seen(there, tcp).arrived,
    'yes',
    'no SYN arrived (and none is said to be missing where it was looked too seldom)',
  );
  t.match(seen(there, sip), { verdict: 'pass' });

  firewall('edge', '');
  firewall('outside', 'udp sport 3478 drop; tcp sport 443 drop');
  const back = await check('back', []);
  t.match(seen(back, udp), { verdict: 'fail', arrived: undefined }, 'alone, it cannot tell');
  t.match(seen(await check('again'), udp), {
    ...{ verdict: 'fail', arrived: 'yes', codes: ['answer-lost'] },
    explain: /the answer is lost on the way back/,
  } as object);

  responder.kill('SIGINT');
  await closed;
  const [node = '', ...program] = command;
  const merging = spawnSync(node, [...program, 'report', 'back.json', 'far.json', '--format', 'json'], { cwd });
  const merged = JSON.parse(merging.stdout.toString()) as {
    readonly deductions: readonly { readonly rule: string; readonly code: string }[];
  };
  const codes = merged.deductions.map(({ rule, code }) => `${rule} ${code}`);
  t.ok(codes.includes(`${udp} reply-dropped`), `who blocks knows the direction: ${codes.join(', ')}`);
  t.ok(codes.includes(`${tcp} reply-dropped`), 'and of TCP by the half-open connection');
});
