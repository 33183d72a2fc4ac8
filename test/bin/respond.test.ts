import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import type { Report } from '../../agent/report.ts';
import { ownLoopback } from '../loopback.ts';
import { needing } from '../require.ts';
import { until } from '../until.ts';
import { edgeprobe, isRefusal } from './command.ts';
import { checkFrom, checksOf, fewDescriptors, folderOf, respond, site } from './responding.ts';

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
  const [edge] = await Promise.all(ends.map(({ end }) => end()));
  t.equal(edge?.code, 0);
  t.ok(edge?.stdout.startsWith(`Asked by:\n  ${ownLoopback} `), `who asked: ${edge?.stdout}`);
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
    const messages = report.rules.flatMap(({ findings }) => findings.map(({ message }) => message));
    t.ok(messages.includes('a responder answered, with another credential than the one here, or with none'), vantage);
  }
  await Promise.all(ends.map(({ end }) => end()));
});

t.test('no credential on the far end: the same', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'site.yaml'), site.replace(/^responder:.*$/m, ''));
  const { said, end } = await respond(t, cwd, 'edge');
  writeFileSync(join(cwd, 'site.yaml'), site);
  t.match(said, /^edgeprobe: warning: no responder\.credentialsFile .* nothing will be proved\n/);
  for (const { rule, check } of checksOf(await checkFrom(cwd, 'outside'))) {
    t.match(check, { outcome: 'answered', evidence: 'service', verdict: 'pass' }, rule);
  }
  t.match(await end(), { code: 0 });
});

t.test('few descriptors: it spreads itself over processes, and says so', needing('linux', 'sh'), async (t) => {
  const cwd = folderOf(t);
  // 128 of 200 are kept free for conversations, so 78 ports take two processes.
  const { said, end } = await respond(t, cwd, 'edge', [], fewDescriptors);
  t.match(said, /ready: \d+ ports in 2 processes \(descriptor limit\), for 1h/);
  t.notMatch(said, /not bound/);
  const report = await checkFrom(cwd, 'outside', ['--far', 'edge.json']);
  for (const { rule, check } of checksOf(report)) {
    t.match(check, { outcome: 'answered', evidence: 'proven', verdict: 'pass' }, rule);
    t.match(check.far, { as: 'edge', listening: true, arrived: 'yes' }, `${rule}: in the record, whoever heard it`);
  }
  const { code, signal, stdout } = await end();
  t.match({ code, signal }, { code: 0, signal: null });
  t.notMatch(stdout, /Came in part|Refused/);
  t.match(stdout, /Never came:\n {2}tcp\/24057/, 'what inside asks did not come');
  const record = JSON.parse(readFileSync(join(cwd, 'edge.json'), 'utf8'));
  const heardAt = new Set(record.heard.map(({ to }: { to: { port: number } }) => to.port));
  t.ok(heardAt.has(22031) && heardAt.has(21443), 'the record holds what both processes heard');
});

t.test(
  'a process of it that dies is told, and nothing follows from its ports any more',
  needing('linux', 'sh'),
  async (t) => {
    const cwd = folderOf(t);
    const { pid, stderr, end } = await respond(t, cwd, 'edge', [], fewDescriptors);
    const places = (): { transport: string; ports: string }[] =>
      JSON.parse(readFileSync(join(cwd, 'edge.json'), 'utf8')).listening;
    await until(t, 'the record is written', () => existsSync(join(cwd, 'edge.json')));
    const before = places().length;
    const [child = 0] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    t.ok(child > 0, 'there is another process');
    process.kill(child, 'SIGKILL');
    await until(t, 'it says so', () =>
      /warning: \d+ ports? not listened on any more: the process .* ended/.test(stderr()),
    );
    await until(t, 'and so does the record', () => places().length < before);
    const { code } = await end();
    t.equal(code, 3, 'not everything was listened on');
    const { notListening, heardTruncated } = JSON.parse(readFileSync(join(cwd, 'edge.json'), 'utf8'));
    t.match(notListening[0], { code: 'ENDED' });
    t.ok(heardTruncated > 0, 'what it heard at last is not known');
  },
);

t.test('a range that something else opens is intercepted, where the responder is known to listen', async (t) => {
  const cwd = folderOf(t);
  const servers = Array.from({ length: 32 }, (_, index) =>
    // It takes the connection and says nothing; that the prober resets it is no error of ours.
    createServer((socket) => socket.on('error', () => undefined)).listen(22000 + index, ownLoopback),
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
  for (const [network, warned] of [
    ['0.0.0.0/0', true],
    ['::/0', true],
    ['10.0.0.0/8', false],
    ['2001:db8::/32', false],
  ] as const) {
    const words = [...config, '--as', 'inside', '--for', '10ms', '--allow', network];
    const { stderr } = await edgeprobe(words, { cwd });
    t.equal(/warning: --allow \S+ serves nearly everybody/.test(stderr), warned, `${network}: ${stderr}`);
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
