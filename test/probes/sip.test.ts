import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { AnswerOptions, ProbeOptions, Reply } from '../../probes/probe.ts';
import { ask, sip } from '../../probes/sip.ts';
import { answer } from '../../probes/sip-answer.ts';
import { channelPair } from './pair.ts';
import { sayInTls } from './sip-peers.ts';
import { askingWith, questionTo } from './tls-peers.ts';

const certificate = await generateCertificate({ names: ['sip.contoso.com'], days: 1, now: new Date() });
const asking = askingWith();
const options: ProbeOptions = { from: 'litware.com', to: 'contoso.com', servername: 'sip.contoso.com' };

/** Asks over a pair what the answering half says. */
const meet = async (ours: ProbeOptions, theirs: AnswerOptions, how = asking): Promise<Reply> => {
  const [client, server] = channelPair('tcp', asking);
  const answering = answer(server, theirs, asking);
  const reply = await ask(client, ours, asking.clock.monotonic() + 5, how);
  await answering;
  return reply;
};

t.test('ask meets answer', async (t) => {
  const reply = await meet(options, { tls: certificate });
  t.match(reply, {
    outcome: 'answered',
    failure: null,
    requests: 2,
    steps: [{ step: 'tls' }, { step: 'sip' }],
    facts: {
      sipAnswered: true,
      status: 200,
      reason: 'OK',
      server: 'edgeprobe',
      tls: { protocol: 'TLSv1.3', nameMatches: true, clientCertificateRequested: false },
    },
  });
  t.notOk('msDiagnostics' in reply.facts || 'contact' in reply.facts, 'what was not said is left out');
});

t.test('ask meets answer: mutual TLS, with our certificate and without', async (t) => {
  for (const theirs of [
    { tls: certificate, requestCertificate: true },
    { tls: certificate, security: 'mtls' },
  ] as const) {
    for (const material of [{}, certificate]) {
      const reply = await meet(options, theirs, askingWith({ tls: material }));
      t.match(reply, { outcome: 'answered', failure: null, facts: { status: 200 } });
      t.match(reply.facts['tls'], { clientCertificateRequested: true });
    }
  }
});

t.test('without names the address is asked for', async (t) => {
  const reply = await meet({}, { tls: certificate });
  t.match(reply, { outcome: 'answered', failure: null, facts: { status: 200 } });
});

t.test('a name that cannot stand in a SIP address costs the SIP answer, not the row', async (t) => {
  for (const bad of [{ to: 'a b' }, { to: 'x>\r\nVia: evil' }, { from: '' }, { to: 'ä.example' }]) {
    const [client, server] = channelPair('tcp', asking);
    const answering = answer(server, { tls: certificate }, asking);
    const reply = await ask(client, { ...options, ...bad }, asking.clock.monotonic() + 5, asking);
    await answering;
    t.match(reply, { outcome: 'answered', failure: { code: 'sip-name' }, facts: { sipAnswered: null, tls: {} } });
  }
});

t.test('SIP in the clear is no TLS, and the answering half survives a client without TLS', async (t) => {
  const [client, server] = channelPair('tcp', asking);
  const answering = answer(server, { tls: certificate }, asking);
  client.send(Buffer.from('OPTIONS sip:a SIP/2.0\r\n\r\n'));
  await answering;
  client.close();
  t.pass('it ended');
});

const request = (method: string, more = ''): string =>
  [
    `${method} sip:contoso.com SIP/2.0`,
    'v: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK0',
    'Via: SIP/2.0/TLS 192.0.2.3',
    'f: "a;tag=no" <sip:a@litware.com>;tag=7',
    't: <sip:contoso.com>',
    'i: call',
    `CSeq: 4 ${method}`,
    `${more}l: 3`,
    '',
    'abc',
  ].join('\r\n');

t.test('the answering half: OPTIONS, other methods, several at once, and what is no SIP', async (t) => {
  const copied =
    /Via: SIP\/2.0\/TLS 192.0.2.1;branch=z9hG4bK1, SIP\/2.0\/UDP 192.0.2.2;branch=z9hG4bK0\r\nVia: SIP\/2.0\/TLS 192.0.2.3\r\nFrom: "a;tag=no" <sip:a@litware.com>;tag=7\r\nTo: <sip:contoso.com>;tag=[0-9a-f]{16}\r\nCall-ID: call\r\n/;
  const said = await sayInTls(certificate, request('OPTIONS') + request('ACK') + request('INVITE'));
  const [first = '', second = '', ...more] = said.split(/(?=SIP\/2\.0 \d)/);
  t.equal(more.length, 0, 'an ACK is not answered');
  t.match(first, /^SIP\/2\.0 200 OK\r\n/);
  t.match(first, copied);
  t.match(first, /CSeq: 4 OPTIONS\r\nServer: edgeprobe\r\nAllow: OPTIONS\r\nContent-Length: 0\r\n\r\n$/);
  t.match(second, /^SIP\/2\.0 405 Method Not Allowed\r\n/);
  t.match(second, /CSeq: 4 INVITE\r\n/);

  const tagged = await sayInTls(certificate, request('OPTIONS').replace('t: <sip:contoso.com>', 't: <sip:b>;tag=9'));
  t.match(tagged, /\r\nTo: <sip:b>;tag=9\r\n/, 'a tag that is there stays');
  t.equal(await sayInTls(certificate, 'GET / HTTP/1.0\r\n\r\n'), '');
  t.equal(await sayInTls(certificate, 'SIP/2.0 200 OK\r\n\r\nnonsense\r\n\r\n'), '', 'answers are not answered');
  const many = await sayInTls(certificate, request('OPTIONS').repeat(100));
  t.equal(many.split('SIP/2.0 200').length - 1, 64, 'a connection has its limit');
});

t.test('the registry line: rows and cost', async (t) => {
  const row = { protocol: 'SIP', security: 'tls', transport: 'tcp', range: false };
  t.ok(sip.asks(row));
  t.ok(sip.asks({ ...row, security: 'mtls' }));
  t.notOk(sip.asks({ ...row, transport: 'udp' }));
  t.notOk(sip.asks({ ...row, range: true }));
  t.notOk(sip.asks({ ...row, protocol: 'PSOM' }));
  const cost = sip.cost(questionTo('sip', 5061, options, 8), 0);
  t.ok(cost.least < cost.most && cost.secondsMost === 8 && cost.states === 3);
});
