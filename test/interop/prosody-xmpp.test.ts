import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { ProbeOptions } from '../../probes/probe.ts';
import { xmpp } from '../../probes/xmpp.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { inForeground } from './foreground.ts';

/** Starts prosody for contoso.com, with its server-to-server port and one that is TLS from the first byte. */
const prosody = async (t: Test): Promise<{ readonly plain: number; readonly secured: number }> => {
  const directory = t.testdir({});
  const certificate = await generateCertificate({ names: ['contoso.com'], days: 3, now: new Date(), key: 'rsa' });
  for (const [name, text] of [
    ['contoso.pem', certificate.cert],
    ['contoso.key', certificate.key],
  ] as const) {
    writeFileSync(join(directory, name), text);
  }
  mkdirSync(join(directory, 'data'));
  const plain = await freePort();
  const secured = await freePort();
  const ssl = `{ certificate = "${directory}/contoso.pem"; key = "${directory}/contoso.key"; }`;
  const config = [
    'daemonize = false',
    `run_as_root = ${process.getuid?.() === 0}`,
    `pidfile = "${directory}/prosody.pid"`,
    `data_path = "${directory}/data"`,
    'log = { warn = "*console" }',
    'modules_enabled = { "tls", "dialback", "saslauth", "s2s" }',
    'modules_disabled = { "c2s", "posix", "admin_socket" }',
    `interfaces = { "${ownLoopback}" }`,
    `s2s_ports = { ${plain} }`,
    `s2s_direct_tls_ports = { ${secured} }`,
    'c2s_ports = {}',
    's2s_require_encryption = true',
    `ssl = ${ssl}`,
    `s2s_direct_tls_ssl = ${ssl}`,
    'VirtualHost "contoso.com"',
    `ssl = ${ssl}`,
    '',
  ].join('\n');
  writeFileSync(join(directory, 'prosody.cfg.lua'), config);
  await inForeground(t, {
    program: 'prosody',
    args: ['--config', join(directory, 'prosody.cfg.lua')],
    ports: [plain, secured],
    patienceSeconds: 60,
  });
  return { plain, secured };
};

t.test('prosody, a server that we did not write', needing('prosody'), async (t) => {
  const { plain, secured } = await prosody(t);
  const options: ProbeOptions = { from: 'edgeprobe.example', to: 'contoso.com' };
  const certificate = { subject: 'CN=contoso.com', keyBits: 2048, signature: 'sha256WithRSAEncryption' };

  await t.test('stream, features, STARTTLS, the certificate, and the features after it', async (t) => {
    const seen = await xmpp.run(questionTo('xmpp', plain, options), askingWith());
    t.match(seen, {
      outcome: 'answered',
      failure: null,
      facts: {
        streamId: /./,
        streamFrom: 'contoso.com',
        starttls: 'required',
        dialback: true,
        streamError: null,
        tls: { protocol: /^TLSv1\.[23]$/, nameMatches: true, clientCertificateRequested: true, certificate },
      },
    });
  });

  await t.test('a domain that it does not serve', async (t) => {
    const seen = await xmpp.run(questionTo('xmpp', plain, { ...options, to: 'fabrikam.com' }), askingWith());
    t.match(seen, { outcome: 'answered', failure: null, facts: { streamId: /./, streamError: 'host-unknown' } });
  });

  await t.test('TLS from the first byte, as the row of the internal gateway', async (t) => {
    const seen = await xmpp.run(questionTo('xmpp', secured, { ...options, security: 'mtls' }), askingWith());
    t.match(seen, {
      outcome: 'answered',
      failure: null,
      facts: { streamId: /./, starttls: 'absent', tls: { clientCertificateRequested: true, certificate } },
    });
  });

  await t.test('TLS where it speaks in the clear', async (t) => {
    const seen = await xmpp.run(questionTo('xmpp', plain, { ...options, security: 'mtls' }, 3), askingWith());
    t.equal(seen.outcome, 'open');
    t.equal(seen.failure?.step, 'tls');
  });
});
