import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { ProbeOptions } from '../../probes/probe.ts';
import { sip } from '../../probes/sip.ts';
import { kamailioArgv, kamailioNeeds, type SipServer } from '../lab/servers-sip.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { inForeground } from './foreground.ts';

const now = new Date();
const server = await generateCertificate({ names: ['sip.contoso.com'], days: 3, now, key: 'rsa' });
const client = await generateCertificate({ names: ['edgeprobe.litware.com'], days: 3, now, key: 'rsa' });
const stranger = await generateCertificate({ names: ['edgeprobe.litware.com'], days: 3, now, key: 'rsa' });
const options: ProbeOptions = { from: 'litware.com', to: 'contoso.com', servername: 'sip.contoso.com' };

/** Starts a kamailio on loopback, and ends it with the test; the port it listens on. */
const kamailio = async (t: Test, insists: boolean, versions: string): Promise<number> => {
  const folder = t.testdir({});
  for (const [name, text] of Object.entries({
    'server.pem': server.cert,
    'server.key': server.key,
    'ca.pem': client.cert,
  }))
    writeFileSync(join(folder, name), text);
  const port = await freePort();
  const wanted: SipServer = {
    namespace: '',
    at: { transport: 'tcp', address: ownLoopback, port },
    certificate: { cert: join(folder, 'server.pem'), key: join(folder, 'server.key') },
    clientCa: insists ? join(folder, 'ca.pem') : null,
    versions,
  };
  const args = ['--pdeathsig', 'KILL', ...kamailioArgv(wanted, folder)];
  await inForeground(t, { program: 'setpriv', args, ports: [port], patienceSeconds: 120 });
  return port;
};

const everything = needing(...kamailioNeeds, 'setpriv');
const answers = {
  outcome: 'answered',
  failure: null,
  facts: {
    sipAnswered: true,
    status: 200,
    reason: 'OK',
    server: /^kamailio \(\d+\.\d+/,
  },
};

for (const [version, versions] of [
  ['TLSv1.2', 'TLSv1.2'],
  ['TLSv1.3', 'TLSv1.2+'],
] as const) {
  t.test(`kamailio, which asks for no certificate, over ${version}`, everything, async (t) => {
    const port = await kamailio(t, false, versions);
    const seen = await sip.run(questionTo('sip', port, options), askingWith({ tls: { ca: server.cert } }));
    t.match(seen, answers);
    t.match(seen.facts['tls'], {
      protocol: version,
      authorized: true,
      nameMatches: true,
      clientCertificateRequested: false,
      certificate: { subject: 'CN=sip.contoso.com', keyBits: 2048 },
    });
    t.match(seen.steps, [{ step: 'connect' }, { step: 'tls' }, { step: 'sip' }]);
    t.ok(seen.durationSeconds < 3, `ends with the answer: ${seen.durationSeconds} s`);
    t.match(await sip.run(questionTo('sip', port, {}), askingWith()), answers, 'also without any name');
  });

  t.test(`kamailio, which insists on a certificate, over ${version}`, everything, async (t) => {
    const port = await kamailio(t, true, versions);
    const without = await sip.run(questionTo('sip', port, options), askingWith());
    t.match(without, {
      outcome: 'answered',
      failure: { code: 'mtls-unfinished' },
      facts: { sipAnswered: null, tls: { protocol: version, clientCertificateRequested: true } },
    });
    t.match(await sip.run(questionTo('sip', port, options), askingWith({ tls: client })), {
      ...answers,
      facts: { ...answers.facts, tls: { protocol: version, clientCertificateRequested: true } },
    });
    const untrusted = await sip.run(questionTo('sip', port, options), askingWith({ tls: stranger }));
    t.match(untrusted, { outcome: 'answered', failure: { code: 'mtls-unfinished' } });
    t.not(untrusted.facts['sipAnswered'], true);
  });
}
