import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { AnswerOptions, ProbeOptions, Reply } from '../../probes/probe.ts';
import { ask, xmpp } from '../../probes/xmpp.ts';
import { answer } from '../../probes/xmpp-answer.ts';
import { channelPair } from './pair.ts';
import { askingWith, questionTo } from './tls-peers.ts';

const certificate = await generateCertificate({ names: ['contoso.com'], days: 1, now: new Date() });
const asking = askingWith();
const options: ProbeOptions = { from: 'edgeprobe.example', to: 'contoso.com' };

/** Asks over a pair what the answering half says. */
const meet = async (ours: ProbeOptions, theirs: AnswerOptions): Promise<Reply> => {
  const [client, server] = channelPair('tcp', asking);
  const answering = answer(server, theirs, asking);
  const reply = await ask(client, ours, asking.clock.monotonic() + 5, asking);
  await answering;
  return reply;
};

t.test('ask meets answer: plain', async (t) => {
  const reply = await meet(options, { domain: 'contoso.com' });
  t.match(reply, {
    outcome: 'answered',
    failure: null,
    steps: [{ step: 'stream' }],
    facts: {
      streamId: /^[0-9a-f]{16}$/,
      streamFrom: 'contoso.com',
      features: ['dialback'],
      starttls: 'absent',
      saslMechanisms: [],
      dialback: true,
      streamError: null,
    },
  });
  t.notOk('tls' in reply.facts);
});

t.test('ask meets answer: STARTTLS', async (t) => {
  const reply = await meet(options, { domain: 'contoso.com', tls: certificate, requestCertificate: true });
  t.match(reply, {
    outcome: 'answered',
    failure: null,
    steps: [{ step: 'stream' }, { step: 'starttls' }, { step: 'stream-tls' }],
    facts: {
      features: ['starttls', 'sasl', 'dialback'],
      starttls: 'required',
      saslMechanisms: ['EXTERNAL'],
      dialback: true,
      tls: {
        protocol: 'TLSv1.3',
        nameMatches: true,
        clientCertificateRequested: true,
        certificate: { subject: 'CN=contoso.com', sans: ['contoso.com'] },
      },
    },
  });
});

t.test('ask meets answer: TLS first', async (t) => {
  const reply = await meet(
    { ...options, security: 'mtls' },
    { domain: 'contoso.com', tls: certificate, security: 'mtls' },
  );
  t.match(reply, {
    outcome: 'answered',
    failure: null,
    steps: [{ step: 'tls' }, { step: 'stream' }],
    facts: { streamId: /./, starttls: 'absent', tls: { clientCertificateRequested: true, protocol: 'TLSv1.3' } },
  });
});

t.test('a domain that is not served: a stream error is an answer', async (t) => {
  const reply = await meet({ ...options, to: 'fabrikam.com' }, { domain: 'contoso.com', tls: certificate });
  t.match(reply, { outcome: 'answered', failure: null, facts: { streamError: 'host-unknown', starttls: null } });
});

t.test('plain where TLS comes first, and the other way round', async (t) => {
  const plain = await meet(options, { domain: 'contoso.com', tls: certificate, security: 'tls' });
  t.equal(plain.outcome, 'open');
  t.match(plain.failure?.code, /^(not-xmpp|xmpp-closed|xmpp-stalled|xmpp-reset)$/);
  const secured = await meet({ ...options, security: 'tls' }, { domain: 'contoso.com', tls: certificate });
  t.match(secured, { outcome: 'open', failure: { step: 'tls', code: 'not-tls' }, facts: { tls: { firstBytes: {} } } });
});

t.test('answer takes whatever a client does', async (t) => {
  const header = "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
  const sayings: readonly (readonly [string, RegExp])[] = [
    ['', /^$/],
    ['GET / HTTP/1.0\r\n\r\n', /not-well-formed/],
    ["<stream:stream xmlns:stream='urn:x'>", /./],
    [`${header}<message xmlns='jabber:server'/>`, /not-authorized/],
    [`${header}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>nonsense`, /proceed/],
    [`${header}</stream:stream>`, /<\/stream:stream>/],
  ];
  for (const [say, heard] of sayings) {
    const [client, server] = channelPair('tcp', asking);
    const answering = answer(server, { tls: certificate }, asking);
    client.send(Buffer.from(say));
    let text = '';
    for (let more = say !== ''; more; ) {
      const received = await client.receive(asking.clock.monotonic() + 0.5);
      more = received.kind === 'bytes';
      if (received.kind === 'bytes') text += Buffer.from(received.bytes).toString('latin1');
    }
    client.close();
    await answering;
    t.match(text, heard, say || 'nothing');
  }
});

t.test('the registry line: rows and cost', async (t) => {
  t.ok(xmpp.asks({ protocol: 'XMPP', security: 'mtls', transport: 'tcp', range: false }));
  t.notOk(xmpp.asks({ protocol: 'SIP', security: 'mtls', transport: 'tcp', range: false }));
  const plain = xmpp.cost(questionTo('xmpp', 5269, options, 8), 0);
  const secured = xmpp.cost(questionTo('xmpp', 23456, { ...options, security: 'mtls' }, 8), 0);
  t.ok(plain.most >= plain.least && secured.most >= plain.most);
});
