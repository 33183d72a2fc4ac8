import t from 'tap';
import { belongsTo, sipHeader, viaParameter } from '../../wire/sip.ts';
import { createSipReader, type SipEvent } from '../../wire/sip-reader.ts';
import { ascii, fromHex, survivesHostileBytes } from './hostile.ts';
import * as vectors from './sip-vectors.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string): SipEvent[] => createSipReader().push(utf8(text));

/** The first event, which must be a message. */
const first = (text: string): Exclude<SipEvent, { kind: 'bad' }> => {
  const [event] = read(text);
  if (event === undefined || event.kind === 'bad') throw new Error(`no message: ${JSON.stringify(event)}`);
  return event;
};

t.test('what real servers and RFC 3261 say', async (t) => {
  const kamailio = first(vectors.kamailioAnswer);
  t.match(kamailio, { kind: 'response', status: 200, reason: 'OK' });
  t.equal(sipHeader(kamailio, 'server'), 'kamailio (5.6.3 (x86_64/linux))');
  t.equal(viaParameter(kamailio, 'branch'), 'z9hG4bKabc');
  t.equal(viaParameter(kamailio, 'received'), null);
  t.equal(sipHeader(kamailio, 'contact'), null);

  const rfc = first(vectors.rfc3261Answer);
  t.equal(viaParameter(rfc, 'branch'), 'z9hG4bKnashds8', 'the topmost of three');
  t.equal(viaParameter(rfc, 'received'), '192.0.2.3');
  t.equal(rfc.headers.length, 10);
});

t.test('RFC 4475: tortuous but valid', async (t) => {
  const wsinv = first(vectors.wsinv);
  t.match(wsinv, { kind: 'request', method: 'INVITE', uri: 'sip:vivekg@chair-dnrc.example.com;unknownparam' });
  t.equal(viaParameter(wsinv, 'branch'), '390skdjuw');
  t.equal(sipHeader(wsinv, 'via'), 'SIP  /   2.0 /UDP 192.0.2.2;branch=390skdjuw', 'unfolded');
  t.equal(sipHeader(wsinv, 'cseq'), '0009 INVITE');
  t.equal(sipHeader(wsinv, 'content-length'), '150');
  t.equal(sipHeader(wsinv, 'subject'), '', 'a compact name with nothing behind it');
  t.equal(sipHeader(wsinv, 'unknownheaderwithunusualvalue'), ';;,,;;,;');
  t.equal(sipHeader(wsinv, 'contact')?.slice(0, 19), '"Quoted string \\"\\"');
  const second = { ...wsinv, headers: wsinv.headers.filter(({ name }) => name === 'via').slice(1) };
  t.equal(viaParameter(second, 'branch'), 'z9hG4bK9ikj8', 'the first of two behind one name');

  const intmeth = first(vectors.intmeth);
  t.match(intmeth, { kind: 'request', method: "!interesting-Method0123456789_*+`.%indeed'~" });
  t.equal(viaParameter(intmeth, 'branch'), "z9hG4bK-.!%66*_+`'~");
  t.equal(sipHeader(intmeth, "extensionheader-!.%*+_`'~"), '\u5927\u505c\u96fb');
  t.match(sipHeader(intmeth, 'to'), /^"BEL:\u0007 NUL:\0 DEL:\u007f"/, 'kept as it came: the sink escapes');

  t.match(first(vectors.unreason), { status: 200, reason: /^= 2\*\*3 \* 5\*\*2 .* - \u043f\u0440\u043e/ });
  t.match(first(vectors.noreason), { kind: 'response', status: 100, reason: '' });
});

t.test('RFC 4475: what must not be taken', async (t) => {
  const cases: readonly [string, RegExp][] = [
    [vectors.ncl, /Content-Length that is none/],
    [vectors.badvers, /no start line of SIP\/2\.0/],
    [vectors.bigcode, /the status 4294967301 is none/],
  ];
  for (const [text, reason] of cases) {
    const [event, ...more] = read(text);
    t.match(event, { kind: 'bad', spoken: 'sip', reason });
    t.same(more, []);
  }
  const large = first(vectors.scalarlg);
  const callId = sipHeader(large, 'call-id') ?? '';
  const transaction = { branch: 'z9hG4bKzzxdiwo34sw', callId, cseq: '9292394834772304023312 OPTIONS' };
  t.notOk(belongsTo(large, transaction), "a number of that size is nobody's");
  const short = vectors.kamailioAnswer.replace('Content-Length: 0', 'Content-Length: 9999');
  t.equal(read(short + vectors.kamailioAnswer).length, 1, 'what a length covers is body (as in clerr, 3.1.2.2)');
});

t.test('however the bytes are cut, the messages are the same', async (t) => {
  const two = `\r\n\r\n${vectors.rfc3261Answer}\r\n\r\n${vectors.wsinv}\r\n${vectors.kamailioAnswer}`;
  const bytes = utf8(two);
  const whole = createSipReader().push(bytes);
  t.equal(whole.length, 3, 'keep-alives and bodies between them are skipped');
  const slow = createSipReader();
  t.same(
    [...bytes].flatMap((byte) => slow.push(Uint8Array.of(byte))),
    whole,
  );
  for (let at = 0; at <= bytes.length; at += 13) {
    const reader = createSipReader();
    t.same([...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at))], whole, `cut at ${at}`);
  }
  const bare = read(vectors.kamailioAnswer.replaceAll('\r\n', '\n'));
  t.same(bare, read(vectors.kamailioAnswer), 'a line feed alone ends a line too');
});

t.test('what speaks something else is called by its name', async (t) => {
  const cases: readonly [string | Uint8Array, string][] = [
    ['HTTP/1.1 400 Bad Request\r\n', 'http'],
    [fromHex('15 03 03 00 02 02 46'), 'tls'],
    [fromHex('16 03 01 00 05 01 00 00 01 00'), 'tls'],
    ["<?xml version='1.0'?>", 'xml'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'other'],
    ['220 mail.contoso.com ESMTP\r\n', 'other'],
    [fromHex('00 01 00 00 21 12 a4 42'), 'other'],
    ['SIP/1.0 200 OK\r\n', 'sip'],
    ['SIP/2.0\r\n', 'sip'],
    ['SIP/2.0 99 low\r\n', 'sip'],
    ['SIP/2.0 700 high\r\n', 'sip'],
    ['SIP/2.0 20x OK\r\n', 'sip'],
    ['OPTIONS  SIP/2.0\r\n', 'sip'],
    ['OPTI(ONS sip:a SIP/2.0\r\n', 'sip'],
  ];
  for (const [given, spoken] of cases) {
    const reader = createSipReader();
    const bytes = typeof given === 'string' ? ascii(given) : given;
    t.match(reader.push(bytes), [{ kind: 'bad', spoken }], JSON.stringify(given));
    t.same(reader.push(utf8(vectors.kamailioAnswer)), [], 'nothing comes after it');
  }
});

t.test('broken fields, and peers without end', async (t) => {
  const cases: readonly [string, RegExp][] = [
    ['SIP/2.0 200 OK\r\n folded\r\n\r\n', /folded line behind the start line/],
    ['SIP/2.0 200 OK\r\nno colon\r\n\r\n', /no field/],
    ['SIP/2.0 200 OK\r\n: nameless\r\n\r\n', /no field/],
    ['SIP/2.0 200 OK\r\nA(b: c\r\n\r\n', /no field/],
    ['SIP/2.0 200 OK\r\nl: 0\r\nContent-Length: 7\r\n\r\n', /two lengths/],
    ['SIP/2.0 200 OK\r\nl: 1e3\r\n\r\n', /is none/],
    ['SIP/2.0 200 OK\r\nl: 65537\r\n\r\n', /body of more than/],
    [`SIP/2.0 200 OK\r\nl: ${'9'.repeat(400)}\r\n\r\n`, /body of more than/],
    ['SIP/2.0 200 OK\r\nl:\r\n\r\n', /is none/],
    [`SIP/2.0 200 OK\r\n${'A: b\r\n'.repeat(129)}`, /more than 128 fields/],
    [`SIP/2.0 200 OK\r\nA: ${'b'.repeat(70_000)}`, /head of more than/],
    [`SIP/2.0 200 OK\r\nA: b\r\n${' c\r\n'.repeat(20_000)}`, /head of more than/],
    ['S'.repeat(70_000), /head of more than/],
    [`OPTIONS ${' '.repeat(60_000)}x\r\n`, /no start line/],
  ];
  for (const [text, reason] of cases) {
    t.match(read(text).at(-1), { kind: 'bad', reason }, text.slice(0, 40));
  }
  t.match(read(`SIP/2.0 200 OK\r\n${'A: b\r\n'.repeat(128)}\r\n`), [{ kind: 'response' }], '128 are fine');
  t.match(read('SIP/2.0 200 OK\r\nl: 65536\r\n\r\n'), [{ kind: 'response' }]);
  t.match(first('SIP/2.0 486\r\n\r\n'), { status: 486, reason: '' }, 'not even a space');
  t.same(read('\r\n'.repeat(100_000)), [], 'keep-alives cost nothing');
});

t.test('hostile bytes', async (t) => {
  const all = Object.values(vectors).filter((vector) => typeof vector === 'string');
  const decode = (bytes: Uint8Array): SipEvent[] => createSipReader().push(bytes);
  const accepted = (events: SipEvent[]): boolean => events.some(({ kind }) => kind !== 'bad');
  survivesHostileBytes(t, decode, accepted, all.map(utf8), 5_000);
});
