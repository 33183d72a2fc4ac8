import t from 'tap';
import { belongsTo, type SipRequest, type SipResponse, type SipTransaction, viaParameter } from '../../wire/sip.ts';
import { encodeAnswer, encodeOptions, sipHost } from '../../wire/sip-encode.ts';
import { createSipReader } from '../../wire/sip-reader.ts';
import { message } from './sip-vectors.ts';

const wanted = {
  to: 'contoso.com',
  from: 'litware.com',
  branch: 'z9hG4bK0a1b',
  callId: 'c4ll',
  cseq: '1 OPTIONS',
  tag: '7a9',
  epid: '0123456789',
  local: { address: '192.0.2.1', port: 50123 },
  userAgent: 'edgeprobe/0.1.0',
};
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

t.test('OPTIONS, byte for byte', async (t) => {
  t.equal(
    text(encodeOptions(wanted)),
    message(
      'OPTIONS sip:contoso.com SIP/2.0',
      'Via: SIP/2.0/TLS 192.0.2.1:50123;branch=z9hG4bK0a1b',
      'Max-Forwards: 70',
      'From: <sip:edgeprobe@litware.com>;tag=7a9;epid=0123456789',
      'To: <sip:contoso.com>',
      'Call-ID: c4ll',
      'CSeq: 1 OPTIONS',
      'Contact: <sip:192.0.2.1:50123;transport=tls>',
      'User-Agent: edgeprobe/0.1.0',
      'Accept: application/sdp',
      'Content-Length: 0',
    ),
  );
  const six = text(encodeOptions({ ...wanted, to: '2001:db8::2', local: { address: '2001:db8::1', port: 5061 } }));
  t.match(six, /^OPTIONS sip:\[2001:db8::2\] SIP\/2\.0\r\nVia: SIP\/2\.0\/TLS \[2001:db8::1\]:5061;/);
});

t.test('names that cannot stand in a SIP URI', async (t) => {
  for (const host of ['contoso.com', 'a_b.example', '192.0.2.1', 'x']) t.equal(sipHost(host), host);
  t.equal(sipHost('::1'), '[::1]');
  t.equal(sipHost('[2001:DB8::1]'), '[2001:DB8::1]');
  for (const bad of ['', 'a b', 'a\r\nVia: x', 'a>', 'ä.example', 'fe80::1%eth0', 'a'.repeat(256), '[x]']) {
    t.equal(sipHost(bad), null, bad);
    t.throws(() => encodeOptions({ ...wanted, to: bad }), /is no host of a SIP URI/);
    t.throws(() => encodeOptions({ ...wanted, from: bad }), RangeError);
  }
});

const parse = (given: string): SipResponse | SipRequest => {
  const [event] = createSipReader().push(new TextEncoder().encode(given));
  if (event === undefined || event.kind === 'bad') throw new Error(JSON.stringify(event));
  return event;
};

t.test('whose answer it is', async (t) => {
  const ours: SipTransaction = wanted;
  const say = (via: string, callId: string, cseq: string): SipResponse | SipRequest =>
    parse(message('SIP/2.0 200 OK', `Via: ${via}`, `i: ${callId}`, `CSeq: ${cseq}`));
  const via = 'SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK0a1b';
  const cases: readonly [boolean, string, string, string][] = [
    [true, via, 'c4ll', '1 OPTIONS'],
    [true, 'SIP / 2.0 / TLS h ; x="a,b;c" ; BRANCH = z9hG4bK0a1b ;received=192.0.2.9', 'c4ll', '0001   OPTIONS'],
    [true, `${via}, SIP/2.0/TLS other;branch=z9hG4bKzz`, 'c4ll', '1 OPTIONS'],
    [false, `SIP/2.0/TLS other;branch=z9hG4bKzz, ${via}`, 'c4ll', '1 OPTIONS'],
    [false, `${via}x`, 'c4ll', '1 OPTIONS'],
    [false, via.toUpperCase(), 'c4ll', '1 OPTIONS'],
    [false, 'SIP/2.0/TLS 192.0.2.1', 'c4ll', '1 OPTIONS'],
    [false, 'SIP/2.0/TLS 192.0.2.1;x="branch=z9hG4bK0a1b', 'c4ll', '1 OPTIONS'],
    [false, via, 'C4ll', '1 OPTIONS'],
    [false, via, 'c4ll', '2 OPTIONS'],
    [false, via, 'c4ll', '1 INVITE'],
    [false, via, 'c4ll', '1OPTIONS'],
    [false, via, 'c4ll', ''],
  ];
  for (const [expected, ...given] of cases) t.equal(belongsTo(say(...given), ours), expected, given.join(' | '));
  t.notOk(belongsTo(parse(message('SIP/2.0 200 OK')), ours), 'nothing of it');
  t.ok(belongsTo(parse(text(encodeOptions(wanted))), ours), 'our own request carries it');
  const first = say(`SIP/2.0/TLS h;branch=a;branch=b;lr;received="[2001:db8::1]"`, 'c', '1 OPTIONS');
  t.equal(viaParameter(first, 'branch'), 'a', 'the first of two');
  t.equal(viaParameter(first, 'lr'), '');
  t.equal(viaParameter(first, 'rport'), null);
});

t.test('an answer copies what RFC 3261 section 8.2.6 wants, and nothing that could be another line', async (t) => {
  const say = { status: 200, reason: 'OK', toTag: 'tt', server: 'edgeprobe' };
  const request = parse(
    message('OPTIONS sip:a SIP/2.0', 'v: one', 'v: two\rEvil: x', 'f: a', 't: b ; Tag = 9', 'i: c', 'CSeq: 1 OPTIONS'),
  );
  if (request.kind !== 'request') throw new Error('a request');
  t.equal(
    text(encodeAnswer(request, say)),
    message(
      ...['SIP/2.0 200 OK', 'Via: one', 'Via: two Evil: x', 'From: a', 'To: b ; Tag = 9', 'Call-ID: c'],
      ...['CSeq: 1 OPTIONS', 'Server: edgeprobe', 'Content-Length: 0'],
    ),
  );
  const bare = text(encodeAnswer({ ...request, headers: [] }, { ...say, also: [['Allow', 'OPTIONS']] }));
  t.equal(
    bare,
    message(
      'SIP/2.0 200 OK',
      'To: <sip:unknown.invalid>;tag=tt',
      'Server: edgeprobe',
      'Allow: OPTIONS',
      'Content-Length: 0',
    ),
  );
});
