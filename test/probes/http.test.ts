import { createServer } from 'node:https';
import t, { type Test } from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { ask, http } from '../../probes/http.ts';
import type { ProbeOptions } from '../../probes/probe.ts';
import { crls, emptyPem } from '../wire/crl-vectors.ts';
import { fromHex } from '../wire/hostile.ts';
import { channelPair } from './pair.ts';
import { listening } from './stun-scenes.ts';
import { askingWith, questionTo, rawPeer, tlsPeer } from './tls-peers.ts';

const certificate = await generateCertificate({ names: ['edge1.contoso.internal'], days: 1, now: new Date() });
const plain: ProbeOptions = { url: 'http://crl.contoso.com/root.crl' };
const secured: ProbeOptions = {
  security: 'tls',
  url: 'https://edge1.contoso.internal:4443/',
  servername: 'edge1.contoso.internal',
};
const body = fromHex(crls.three);
const crlFacts = {
  crlIssuer: 'DC=com, DC=contoso, CN=Contoso CA',
  crlThisUpdate: '2049-12-31T23:59:59.000Z',
  crlNextUpdate: '2050-01-01T00:00:00.000Z',
  crlEntries: 3,
  crlSerials: [/^5EEB834D/, /^64871386/, /^79B209EA/],
};

t.test('ask and answer meet', async (t) => {
  const asking = askingWith({ tls: { ca: certificate.cert } });
  const until = asking.clock.monotonic() + 5;
  const [client, server] = channelPair('tcp', asking);
  const served = http.answer?.(server, { body }, asking);
  const reply = await ask(client, plain, until, asking);
  t.match(reply, {
    outcome: 'answered',
    failure: null,
    facts: { status: 200, reason: 'OK', server: 'edgeprobe', bytes: body.length, complete: true, ...crlFacts },
    steps: [{ step: 'http' }],
  });
  await served;

  const [one, other] = channelPair('tcp', asking);
  const answering = http.answer?.(other, { security: 'tls', tls: certificate }, asking);
  const inside = await ask(one, secured, until, asking);
  t.match(inside, { outcome: 'answered', failure: null, facts: { status: 200, bytes: 0, tls: { authorized: true } } });
  t.strictSame(
    inside.steps.map(({ step }) => step),
    ['tls', 'http'],
  );
  await answering;
});

t.test('what is no request is answered as such', async (t) => {
  const asking = askingWith();
  const [client, server] = channelPair('tcp', asking);
  const served = http.answer?.(server, {}, asking);
  client.send(Buffer.from('EHLO contoso.com\r\n'));
  const received = await client.receive(asking.clock.monotonic() + 5);
  t.match(received.kind === 'bytes' ? Buffer.from(received.bytes).toString() : '', /^HTTP\/1\.1 400 /);
  client.close();
  await served;
});

/** A server that gives this, whatever it is asked; gives what it was asked, and its port. */
const giving = async (t: Test, response: string | Uint8Array): Promise<{ port: number; asked: () => string }> => {
  let asked = '';
  const peer = await rawPeer(t, (socket) => {
    socket.once('data', (bytes) => {
      asked = bytes.toString();
      socket.end(response);
    });
  });
  return { port: peer.port, asked: () => asked };
};

t.test('the request names the host of the URL and us', async (t) => {
  const { port, asked } = await giving(t, 'HTTP/1.1 404 Not Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n');
  const seen = await http.run(questionTo('http', port, plain), askingWith());
  t.match(asked(), /^GET \/root\.crl HTTP\/1\.1\r\nHost: crl\.contoso\.com\r\nUser-Agent: edgeprobe\r\n/);
  t.match(seen, {
    outcome: 'answered',
    failure: null,
    facts: { status: 404, reason: 'Not Found', location: '/x', bytes: 0 },
    attempts: [{ outcome: 'answered', requests: 1 }],
  });
  t.notOk('crlNextUpdate' in seen.facts);
  t.notOk('crlProblem' in seen.facts);
});

t.test('revocation lists, and what is sent in their place', async (t) => {
  const ok = (type: string, content: string | Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n\r\n`), Buffer.from(content)]);
  const page: ProbeOptions = { url: 'http://crl.contoso.com/' };
  const cases: readonly [string, Uint8Array, ProbeOptions, object][] = [
    ['DER', ok('application/octet-stream', body), plain, crlFacts],
    ['PEM', ok('text/plain', emptyPem), page, { crlNextUpdate: '2026-12-01T00:00:00.000Z', crlEntries: 0 }],
    ['a page under its name', ok('text/html', '<html>'), plain, { crlProblem: 'neither DER nor PEM' }],
    ['a page under its type', ok('application/pkix-crl', 'x'), page, { crlProblem: 'neither DER nor PEM' }],
    ['a certificate', ok('', fromHex(crls.certificate)), plain, { crlProblem: /without the time/ }],
    [
      'half of one',
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n'), body.subarray(0, 200)]),
      plain,
      { bytes: 200, complete: false, crlProblem: 'it did not come whole' },
    ],
  ];
  for (const [name, response, options, facts] of cases) {
    const { port } = await giving(t, response);
    const seen = await http.run(questionTo('http', port, options), askingWith());
    t.match(seen, { outcome: 'answered', facts: { status: 200, ...facts } }, name);
  }
  const { port } = await giving(t, ok('text/html', '<html>'));
  t.notOk('crlProblem' in (await http.run(questionTo('http', port, page), askingWith())).facts, 'a page is a page');
});

t.test('inside TLS the handshake is the answer, the status a fact', async (t) => {
  const { cert, key } = certificate;
  const port = await listening(
    t,
    createServer({ cert, key }, (_, response) => response.writeHead(403).end('no')),
  );
  const seen = await http.run(questionTo('http', port, secured), askingWith());
  t.match(seen, {
    outcome: 'answered',
    failure: null,
    facts: { status: 403, bytes: 2, tls: { protocol: 'TLSv1.3', legacy: false } },
    steps: [{ step: 'connect' }, { step: 'tls' }, { step: 'http' }],
    attempts: [{ outcome: 'answered' }],
  });

  const mute = await tlsPeer(t, { cert, key });
  const unheard = await http.run(questionTo('http', mute.port, secured, 1), askingWith());
  t.match(unheard, {
    outcome: 'answered',
    failure: { step: 'http', code: 'mute' },
    facts: { tls: { protocol: /TLS/ } },
  });
  t.notOk('status' in unheard.facts);
  await mute.allClosed();

  const fussy = await tlsPeer(t, { cert, key, requestCert: true, rejectUnauthorized: true });
  const refused = await http.run(questionTo('http', fussy.port, secured, 3), askingWith());
  t.equal(refused.outcome, 'answered', 'a server that insists on a client certificate has answered');

  const other = await rawPeer(t, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  const clear = await http.run(questionTo('http', other.port, secured, 3), askingWith());
  t.match(clear, { outcome: 'open', failure: { step: 'tls' } }, 'HTTP in the clear is not HTTPS');
});

t.test('what it costs', async (t) => {
  t.match(http.cost(questionTo('http', 80, plain, 6), 0), { least: 5, states: 3, secondsMost: 6 });
  t.match(http.cost(questionTo('http', 4443, secured, 6), 0), { least: 8 });
});

t.test('without a URL the first page of nowhere is asked for; one that is none is our own fault', async (t) => {
  const { port, asked } = await giving(t, 'HTTP/1.1 200 OK\r\n\r\n');
  t.equal((await http.run(questionTo('http', port), askingWith())).outcome, 'answered');
  t.match(asked(), /^GET \/ HTTP\/1\.1\r\nHost: edgeprobe\.invalid\r\n/);
  await t.rejects(http.run(questionTo('http', port, { url: 'crl' }), askingWith()), TypeError);
});
