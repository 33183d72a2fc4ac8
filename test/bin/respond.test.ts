import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Report, ReportCheck } from '../../agent/report.ts';
import { needing } from '../require.ts';
import { until } from './agent-process.ts';
import { bundle, edgeprobe, isRefusal, start } from './command.ts';

const ports = (map: Readonly<Record<string, number | string>>): string => JSON.stringify(map);

const accessPorts = { '5269': 21269, '443': 21443, '5061': 21061, '53': 21053, '80': 21080 };
const internalPorts = {
  ...{ '443': 24443, '3478': 24478, '5061': 24061, '5062': 24062, '8057': 24057, '4443': 24444, '23456': 24456 },
  ...{ '50001': 24501, '50002': 24502, '50003': 24503 },
};
const farPorts = {
  ...{ '5269': 23269, '443': 23443, '5061': 23061, '53': 23053, '80': 23080, '3478': 23478 },
  '50000-59999': '23500-23531',
};

/** A whole site on loopback; on the Edge three services share one address and one port 443. */
const site = `
site: lab
packs: [lync2013-edge-public]
features: all
servers:
  edge1:
    access-edge: { address: 127.0.0.1, fqdn: sip.contoso.example, sipDomain: contoso.example, xmppDomain: contoso.example, responder: true, ports: ${ports(accessPorts)} }
    webconf-edge: { address: 127.0.0.1, fqdn: webcon.contoso.example, responder: true, ports: { "443": 21443 } }
    av-edge: { address: 127.0.0.1, responder: true, ports: { "443": 21443, "3478": 21478, "50000-59999": "22000-22031" } }
    edge-internal: { address: 127.0.0.1, fqdn: edge1.corp.contoso.example, responder: true, ports: ${ports(internalPorts)} }
  fe1: { front-end: { address: 127.0.0.1, fqdn: fe1.corp.contoso.example, responder: true, ports: { "5061": 25061 } } }
absent: [director]
far:
  lab: { address: 127.0.0.1, responder: true, fqdn: sip.litware.example, xmppDomain: litware.example, sipDomain: litware.example, ports: ${ports(farPorts)} }
responder: { credentialsFile: secret.txt }
timeouts: { check: 3s }
sweep: { rate: 0 }
`;

/** A folder with the site file and a credential that nobody else may read. */
const folderOf = (t: Test, secret = 'prober:a good secret', text = site): string => {
  const folder = t.testdir({ 'site.yaml': text, 'secret.txt': secret });
  chmodSync(join(folder, 'secret.txt'), 0o600);
  return folder;
};

/** Starts a responder; the returned function ends it and gives what it said. */
const respond = async (t: Test, cwd: string, part: string) => {
  const words = ['respond', '--config', 'site.yaml', '--as', part, '--for', '2m', '--record', `${part}.json`];
  const { child, ended } = start(words, { cwd });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (chunk: string) => {
    said += chunk;
  });
  await until(t, `${part} is ready`, () => said.includes('\nready: ') || child.exitCode !== null);
  return async () => {
    child.kill('SIGINT');
    return ended;
  };
};

const checkFrom = async (cwd: string, vantage: string): Promise<Report> => {
  const { stdout } = await edgeprobe(['check', '--config', 'site.yaml', '--vantage', vantage, '--format', 'json'], {
    cwd,
  });
  return JSON.parse(stdout) as Report;
};

const checksOf = ({ rules }: Report): { rule: string; check: ReportCheck }[] =>
  rules.flatMap(({ rule, checks }) => checks.map((check) => ({ rule, check })));

t.test('before anything listens: every row of every vantage is answered and proven', async (t) => {
  const cwd = folderOf(t);
  const ends = [await respond(t, cwd, 'edge'), await respond(t, cwd, 'far'), await respond(t, cwd, 'inside')];
  for (const vantage of ['outside', 'dmz', 'inside']) {
    const report = await checkFrom(cwd, vantage);
    const checks = checksOf(report);
    t.ok(checks.length > 8, `${vantage} asks`);
    for (const { rule, check } of checks) {
      t.match(check, { outcome: 'answered', evidence: 'proven', verdict: 'pass' }, `${vantage} ${rule}`);
    }
    t.match(report.summary, { fail: 0, unknown: 0 });
    const codes = report.rules.flatMap(({ findings }) => findings.map(({ code }) => code));
    t.notOk(codes.includes('proof-missing'), 'no proof is missing');
    t.notMatch(JSON.stringify(report), /a good secret/, 'the secret stays where it is');
  }
  const [edge] = await Promise.all(ends.map((end) => end()));
  t.match(edge, { code: 0, stdout: /^Asked by:\n {2}127\.0\.0\.1 \d+ times/ });
  const record = JSON.parse(readFileSync(join(cwd, 'edge.json'), 'utf8'));
  t.match(record, { schema: 'edgeprobe/record/v1', site: 'lab', as: 'edge', notListening: [], heardTruncated: 0 });
  t.notMatch(JSON.stringify(record), /a good secret/);
  const protocols = new Set(record.heard.map(({ protocol }: { protocol: string }) => protocol));
  for (const protocol of ['tls', 'stun', 'msturn', 'pseudo-tls', 'xmpp']) t.ok(protocols.has(protocol), protocol);
});

t.test('another credential on the far end: it answers, and nothing is proven', async (t) => {
  const cwd = folderOf(t);
  const ends = [await respond(t, cwd, 'edge'), await respond(t, cwd, 'far'), await respond(t, cwd, 'inside')];
  writeFileSync(join(cwd, 'secret.txt'), 'prober:another secret', { mode: 0o600 });
  for (const vantage of ['outside', 'dmz', 'inside']) {
    const report = await checkFrom(cwd, vantage);
    for (const { rule, check } of checksOf(report)) {
      t.match(check, { outcome: 'answered', evidence: 'service', verdict: 'pass' }, `${vantage} ${rule}`);
    }
    for (const { rule, findings, checks } of report.rules) {
      if (checks.length > 0)
        t.ok(
          findings.some(({ code }) => code === 'proof-missing'),
          `${rule}: proof-missing`,
        );
    }
  }
  await Promise.all(ends.map((end) => end()));
});

t.test('no credential on the far end: the same', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'far.yaml'), site.replace(/^responder:.*$/m, ''));
  const { child, ended } = start(['respond', '--config', 'far.yaml', '--as', 'edge', '--for', '2m'], { cwd });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (chunk: string) => {
    said += chunk;
  });
  await until(t, 'it is ready', () => said.includes('\nready: ') || child.exitCode !== null);
  t.match(said, /^edgeprobe: warning: no responder\.credentialsFile .* nothing will be proved\n/);
  for (const { rule, check } of checksOf(await checkFrom(cwd, 'outside'))) {
    t.match(check, { outcome: 'answered', evidence: 'service', verdict: 'pass' }, rule);
  }
  child.kill('SIGINT');
  t.match(await ended, { code: 0 });
});

t.test('few descriptors: it spreads itself over processes, and says so', needing('linux', 'sh'), async (t) => {
  const cwd = folderOf(t);
  // 128 of 200 are kept free for conversations, so 78 ports take two processes.
  const words = ['-c', 'ulimit -n 200; exec "$@"', 'sh', process.execPath, bundle];
  const flags = ['respond', '--config', 'site.yaml', '--as', 'edge', '--for', '2m', '--record', 'edge.json'];
  const child = spawn('sh', [...words, ...flags], { cwd });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  let summary = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    summary += chunk;
  });
  const closed = once(child, 'close');
  await until(t, 'it is ready', () => said.includes('\nready: ') || child.exitCode !== null);
  t.match(said, /ready: \d+ ports in 2 processes \(descriptor limit\), for 2m/);
  t.notMatch(said, /not bound/);
  const report = await checkFrom(cwd, 'outside');
  for (const { rule, check } of checksOf(report)) {
    t.match(check, { outcome: 'answered', evidence: 'proven', verdict: 'pass' }, rule);
  }
  child.kill('SIGTERM');
  t.strictSame(await closed, [0, null]);
  t.notMatch(summary, /Came in part|Refused/);
  t.match(summary, /Never came:\n {2}tcp\/24057/, 'what inside asks did not come');
  const record = JSON.parse(readFileSync(join(cwd, 'edge.json'), 'utf8'));
  const heardAt = new Set(record.heard.map(({ to }: { to: { port: number } }) => to.port));
  t.ok(heardAt.has(22031) && heardAt.has(21443), 'the record holds what both processes heard');
});

t.test('a range that something else opens is intercepted, where the responder is known to listen', async (t) => {
  const cwd = folderOf(t);
  const servers = Array.from({ length: 32 }, (_, index) =>
    // It takes the connection and says nothing; that the prober resets it is no error of ours.
    createServer((socket) => socket.on('error', () => undefined)).listen(22000 + index, '127.0.0.1'),
  );
  t.teardown(() => {
    for (const server of servers) server.close();
  });
  const rule = 'external-rtp-tcp-50000-59999-in';
  const { stdout, code } = await edgeprobe(
    ['check', '--config', 'site.yaml', '--vantage', 'outside', '--rule', rule, '--format', 'json'],
    { cwd },
  );
  const report = JSON.parse(stdout) as Report;
  t.equal(code, 1);
  t.match(report.rules, [{ rule, verdict: 'fail', because: 'intercepted', checks: [{ facts: { proof: false } }] }]);
});

t.test('refusals', async (t) => {
  const cwd = folderOf(t);
  const config = ['respond', '--config', 'site.yaml'];
  const refused: readonly (readonly [string, readonly string[], RegExp, RegExp])[] = [
    ['no part', config, /--as is missing/, /edge, far, inside/],
    ['another part', [...config, '--as', 'edgee'], /there is no part "edgee"/, /Did you mean edge/],
    ['no site file', ['respond', '--as', 'edge'], /--config is missing/, /config init/],
    ['too long', [...config, '--as', 'edge', '--for', '9h'], /--for "9h"/, /8h at most/],
    ['no time', [...config, '--as', 'edge', '--for', '0s'], /--for "0s"/, /8h at most/],
    ['no unit', [...config, '--as', 'edge', '--for', '90'], /--for: 90 has no unit/, /30m/],
    ['no network', [...config, '--as', 'edge', '--allow', '10.0.0.0/33'], /--allow "10.0.0.0\/33": its prefix/, /203/],
  ];
  for (const [name, words, message, hint] of refused) {
    isRefusal(t, name, await edgeprobe(words, { cwd }), message, hint);
  }
  chmodSync(join(cwd, 'secret.txt'), 0o644);
  isRefusal(
    t,
    'a credential that others may read',
    await edgeprobe([...config, '--as', 'edge'], { cwd }),
    /responder\.credentialsFile .*secret\.txt: it may be read by others/,
    /chmod 600/,
  );
});
