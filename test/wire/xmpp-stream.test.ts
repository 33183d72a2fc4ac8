import t from 'tap';
import {
  encodeFeatures,
  encodeProceed,
  encodeStartTls,
  encodeStreamClose,
  encodeStreamError,
  encodeStreamHeader,
  encodeTlsFailure,
} from '../../wire/xmpp-encode.ts';
import { createXmppReader, type XmppEvent } from '../../wire/xmpp-stream.ts';
import { ascii, survivesHostileBytes } from './hostile.ts';

/** Servers as they are in the field: the first is prosody's order of attributes, the second ejabberd's, the third a jabberd of before 1.0. */
const prosody = ascii(
  `<?xml version='1.0'?><stream:stream xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' ` +
    `version='1.0' from='litware.com' id='5c1e…' to='contoso.com' xml:lang='en' xmlns='jabber:server'><stream:features>` +
    `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><dialback xmlns='urn:xmpp:features:dialback'>` +
    `<errors/></dialback></stream:features>\n`,
);
const ejabberd = ascii(
  `<?xml version="1.0" encoding="UTF-8"?>\n<stream:stream id="1234" version="1.0" xml:lang="en" ` +
    `xmlns:stream="http://etherx.jabber.org/streams" from="m\u00fcnchen.example" xmlns="jabber:server">` +
    `<stream:features><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>EXTERNAL</mechanism>` +
    `<mechanism>SCRAM-SHA-1</mechanism></mechanisms><c xmlns="http://jabber.org/protocol/caps" hash="sha-1"/></stream:features>`,
);
const hostUnknown = ascii(
  `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='x'><stream:error>` +
    `<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>` +
    `no &lt;such&gt; host &#x263a;</text></stream:error></stream:stream>`,
);

const read = (...parts: Uint8Array[]): XmppEvent[] => {
  const reader = createXmppReader();
  return parts.flatMap((part) => reader.push(part));
};
const readText = (text: string): XmppEvent[] => read(ascii(text));
const header = `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>`;

t.test('servers', async (t) => {
  t.same(read(prosody), [
    {
      kind: 'stream-open',
      id: '5c1e…',
      from: 'litware.com',
      to: 'contoso.com',
      version: '1.0',
      lang: 'en',
      contentNamespace: 'jabber:server',
      namespaceOk: true,
    },
    { kind: 'features', starttls: 'required', mechanisms: [], dialback: true },
  ]);
  t.match(read(ejabberd), [
    { kind: 'stream-open', id: '1234', from: 'm\u00fcnchen.example', to: null },
    { kind: 'features', starttls: 'absent', mechanisms: ['EXTERNAL', 'SCRAM-SHA-1'], dialback: false },
  ]);
  t.match(read(hostUnknown), [
    { kind: 'stream-open', id: 'x', version: null },
    { kind: 'stream-error', condition: 'host-unknown', text: 'no <such> host \u263a' },
    { kind: 'stream-close' },
  ]);
});

t.test('cut at every offset, the events are the same', async (t) => {
  for (const bytes of [prosody, ejabberd, hostUnknown]) {
    const whole = JSON.stringify(read(bytes));
    for (let cut = 0; cut <= bytes.length; cut++) {
      if (JSON.stringify(read(bytes.subarray(0, cut), bytes.subarray(cut))) !== whole) return t.fail(`cut at ${cut}`);
    }
    t.equal(JSON.stringify(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))), whole, 'byte by byte');
  }
  return undefined;
});

t.test('what we write, we read', async (t) => {
  const open = encodeStreamHeader({ id: `a&<>'"b`, from: 'contoso.com/nonce', to: null });
  t.match(read(open), [
    { kind: 'stream-open', id: `a&<>'"b`, from: 'contoso.com/nonce', to: null, version: '1.0', namespaceOk: true },
  ]);
  for (const starttls of ['required', 'optional', 'absent'] as const) {
    const features = {
      starttls,
      mechanisms: starttls === 'absent' ? ['EXTERNAL'] : [],
      dialback: starttls === 'optional',
    };
    t.same(read(open, encodeFeatures(features))[1], { kind: 'features', ...features });
  }
  t.same(read(open, encodeStartTls())[1], { kind: 'starttls' });
  t.same(read(open, encodeProceed())[1], { kind: 'proceed' });
  t.same(read(open, encodeTlsFailure()).slice(1), [{ kind: 'failure' }]);
  t.same(read(open, encodeStreamClose())[1], { kind: 'stream-close' });
  t.same(read(open, encodeStreamError('policy-violation', 'not <you>')).slice(1), [
    { kind: 'stream-error', condition: 'policy-violation', text: 'not <you>' },
    { kind: 'stream-close' },
  ]);
  t.throws(() => encodeStreamError('<x>'), /not a stream error condition/);
  const clean = Buffer.from(encodeStreamHeader({ from: 'a\u0000\u001b[31m\ud800b', to: 'c' })).toString();
  t.match(clean, /from='a\[31mb' to='c'/, 'characters that XML cannot hold are dropped');
});

t.test('the stream header is the one of RFC 6120', async (t) => {
  const text = Buffer.from(encodeStreamHeader({ from: 'our.example.net', to: 'target.example.com' })).toString();
  t.equal(
    text,
    "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' " +
      "xmlns:stream='http://etherx.jabber.org/streams' from='our.example.net' to='target.example.com' version='1.0' xml:lang='en'>",
  );
});

t.test('TLS begins behind starttls and proceed: nothing else is read there', async (t) => {
  const proceed = `${header}<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`;
  t.same(readText(proceed).slice(1), [{ kind: 'proceed' }]);
  t.same(readText(`${proceed}\r\n `).slice(1), [{ kind: 'proceed' }], 'white space is harmless');
  const injected = [{ kind: 'proceed' }, { kind: 'bad', reason: 'bytes behind <proceed/>' }];
  t.same(readText(`${proceed}<stream:features/>`).slice(1), injected);
  const reader = createXmppReader();
  reader.push(ascii(proceed));
  t.same(reader.push(ascii('<x/>')), injected.slice(1), 'also when they come later');
  t.same(reader.push(ascii('<x/>')), [], 'once');
  t.same(readText(`${header}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\u0016`)[2], {
    kind: 'bad',
    reason: 'bytes behind <starttls/>',
  });
});

t.test('other elements and other namespaces', async (t) => {
  const dialback = `<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'><db:result>x</db:result>`;
  t.same(readText(dialback)[1], { kind: 'element', name: 'result', namespace: 'jabber:server:dialback' });
  t.match(readText(`<stream:stream xmlns:stream='urn:other'>`), [{ kind: 'stream-open', namespaceOk: false }]);
  t.match(readText(`<stream xmlns='http://etherx.jabber.org/streams'>`), [{ kind: 'stream-open', namespaceOk: true }]);
  t.same(readText(`${header}<proceed/>`)[1], { kind: 'element', name: 'proceed', namespace: 'jabber:server' });
  t.match(
    readText(
      `${header}<stream:features><x><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></x></stream:features>`,
    )[1],
    {
      starttls: 'absent',
    },
  );
  t.match(readText(`${header}<stream:error/>`)[1], { condition: 'undefined-condition', text: null });
});

t.test('what is not XMPP, or not allowed in it, is said', async (t) => {
  const deep = Array.from({ length: 40 }, (_, i) => `<a${i}>`).join('');
  const wide = Array.from({ length: 300 }, (_, i) => ` a${i}=''`).join('');
  const cases: [string, string, RegExp][] = [
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n<html>', /./],
    ['HTML', '<html><body>', /root element is <html>/],
    ['DOCTYPE', `<!DOCTYPE x [<!ENTITY a "b">]>${header}`, /DOCTYPE/],
    ['comment', `${header}<!-- hi -->`, /comment/],
    ['processing instruction', `${header}<?php echo 1 ?>`, /processing instruction/],
    ['entity', `${header}<a>&bomb;</a>`, /entity/],
    ['unbound prefix', '<stream:stream>', /unbound namespace prefix/],
    ['mismatched tags', `${header}<a></b>`, /tag/],
    ['duplicate attribute', `${header}<a b='1' b='2'/>`, /duplicate attribute/],
    ['depth', `${header}${deep}`, /32 levels/],
    ['attributes', `${header}<a${wide}>`, /256 attributes/],
    ['size', `${header}<a>${'x'.repeat(70_000)}`, /65536 bytes/],
    ['a character XML has not', `${header}\u0001`, /character/],
  ];
  for (const [what, text, reason] of cases) t.match(readText(text).at(-1), { kind: 'bad', reason }, what);
  t.match(read(Uint8Array.of(0x16, 3, 1, 0, 0xff)).at(-1), { kind: 'bad' }, 'TLS');
  const latin1 = [{ kind: 'stream-open' }, { kind: 'bad', reason: 'not UTF-8' }];
  t.match(read(ascii(header), Uint8Array.of(0xc3, 0x28)), latin1);
  t.match(read(Uint8Array.from([...ascii(header), 0xfc])), latin1, 'what came before still counts');
});

t.test('the limits hold over many small pieces, and nothing comes after bad', async (t) => {
  const reader = createXmppReader();
  const events = [...reader.push(ascii(header))];
  for (let i = 0; i < 700; i++) events.push(...reader.push(ascii(`<a>${'x'.repeat(100)}</a>`)));
  t.equal(events.filter(({ kind }) => kind === 'bad').length, 1);
  t.same(events.at(-1), { kind: 'bad', reason: 'more than 65536 bytes' });
});

t.test('survives hostile bytes', async (t) => {
  const accepted = (events: XmppEvent[]): boolean => events.length > 0 && events.every(({ kind }) => kind !== 'bad');
  survivesHostileBytes(t, (bytes) => read(bytes), accepted, [prosody, ejabberd, hostUnknown]);
});
