import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { xmpp } from '../../probes/xmpp.ts';
import { judged, row } from '../agent/fixtures.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { inForeground } from './foreground.ts';

type Ask = (to: string) => ReturnType<typeof xmpp.run>;

/** Starts a prosody for contoso.com that knows no TLS, and ends it with the test. */
const prosodyInTheClear = async (t: Test): Promise<Ask> => {
  const directory = t.testdir({});
  const port = await freePort();
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
    `interfaces = { "${ownLoopback}" }`,
    `s2s_ports = { ${port} }`,
    'c2s_ports = {}',
    's2s_require_encryption = false',
    'VirtualHost "contoso.com"',
    '',
  ];
  writeFileSync(file, config.join('\n'));
  await inForeground(t, { program: 'prosody', args: ['--config', file], ports: [port], patienceSeconds: 60 });
  return (to) => xmpp.run(questionTo('xmpp', port, { from: 'litware.com', to }), askingWith());
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
