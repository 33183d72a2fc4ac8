import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { xmpp } from '../../probes/xmpp.ts';
import { judged, row } from '../agent/fixtures.ts';
import { freePort } from '../probes/stun-scenes.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';

type Ask = (to: string) => ReturnType<typeof xmpp.run>;

/** Starts a prosody for contoso.com that knows no TLS, and ends it with the test. */
const prosodyInTheClear = async (t: Test): Promise<Ask> => {
  const directory = t.testdir({});
  const port = await freePort('tcp');
  mkdirSync(join(directory, 'data'));
  const file = join(directory, 'prosody.cfg.lua');
  const config = [
    'daemonize = false',
    `run_as_root = ${process.getuid?.() === 0}`,
    `pidfile = "${directory}/prosody.pid"`,
    `data_path = "${directory}/data"`,
    'log = { warn = "*console" }',
    'modules_enabled = { "dialback", "s2s" }',
    'modules_disabled = { "c2s", "posix", "admin_socket", "tls" }',
    'interfaces = { "127.0.0.1" }',
    `s2s_ports = { ${port} }`,
    'c2s_ports = {}',
    's2s_require_encryption = false',
    'VirtualHost "contoso.com"',
    '',
  ];
  writeFileSync(file, config.join('\n'));
  const child = spawn('prosody', ['--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const ask: Ask = (to) => xmpp.run(questionTo('xmpp', port, { from: 'litware.com', to }), askingWith());
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`prosody ended with ${child.exitCode}: ${said}`);
    if ((await ask('contoso.com')).outcome === 'answered') return ask;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`prosody does not answer: ${said}`);
};

t.test('a prosody without TLS, and without the domain', needing('prosody'), async (t) => {
  const ask = await prosodyInTheClear(t);
  const told = async (to: string): Promise<string[]> => {
    const rows = [{ rule: row('external-xmpp-tcp-5269-in'), at: { edge1: await ask(to) }, check: { options: { to } } }];
    return (judged(rows).report.rules[0]?.findings ?? []).map(({ code, message }) => `${code}: ${message}`);
  };
  t.same(await told('contoso.com'), ['starttls-missing: it began a stream and offered no STARTTLS']);
  t.same(await told('fabrikam.com'), [
    'xmpp-host-unknown: asked for fabrikam.com, it ended the stream with host-unknown',
  ]);
});
