import t from 'tap';
import { displayWidth } from '../../../agent/printable.ts';
import { render } from '../../../agent/sinks/index.ts';
import { certificate, judged, row, seen, tlsFacts } from '../fixtures.ts';

const evil = '\x1b]0;owned\x07\x1b[2J\r\n✓ pass everything\x9b31m\u202etxt.exe\u2066\u200b\ud800';

/** A report in which everything that may come from the network is hostile. */
const hostileReport = (text: string) => {
  const hostile = certificate({
    subject: `CN=${text}`,
    issuer: `CN=${text}`,
    sans: [text, `*.${text}`],
    notAfter: '2026-11-01T00:00:00.000Z',
    signature: `${text}sha1`,
  });
  const tls = tlsFacts({ certificate: hostile, authorized: false, authorizationError: text, protocol: text });
  const { report } = judged([
    {
      rule: row('external-sip-tcp-5061-in'),
      at: { edge1: seen('answered', { facts: tls, code: 'mtls-unfinished', message: text }) },
    },
    { rule: row('external-sip-tcp-443-in'), at: { edge1: seen('open', { code: 'not-tls', message: text }) } },
    {
      rule: row('external-xmpp-tcp-5269-in'),
      expect: 'blocked',
      at: { edge1: seen('answered', { facts: { streamId: text, streamError: text, saslMechanisms: [text], tls } }) },
    },
    {
      rule: row('external-stun-udp-3478-in'),
      expect: 'blocked',
      at: {
        edge1: seen('answered', { facts: { dialect: 'rfc8489', software: text, realm: text, mappedAddress: text } }),
      },
    },
  ]);
  const run = { ...report.run, host: text, note: text };
  return { ...report, run };
};

t.test('nothing hostile reaches a terminal raw, whatever its width', async (t) => {
  for (const text of [evil, evil.repeat(200), 'x'.repeat(10_000), '\u202e'.repeat(10_000), '北'.repeat(3000)]) {
    const report = hostileReport(text);
    for (const columns of [60, 80, 100, 200]) {
      for (const colour of [false, true]) {
        const look = { columns, colour, ascii: false, exitCode: 1 };
        const shown = render('table', report, look).replace(/\x1b\[(?:1|2|22|31|32|33|39)m/g, colour ? '' : '$&');
        t.notMatch(shown, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/);
        t.notMatch(shown, /\p{Cs}/u, 'no lone surrogates');
        t.same(
          shown.split('\n').filter((line) => displayWidth(line) > columns),
          [],
        );
        t.ok(shown.length < 40_000, `capped: ${shown.length} characters`);
      }
    }
    t.match(render('table', report, { columns: 80, colour: false, ascii: true, exitCode: 1 }), /^[\n\x20-\x7e]*$/);
  }
  const table = render('table', hostileReport(evil), { columns: 200, colour: false, ascii: false, exitCode: 1 });
  t.match(table, '\\x1b]0;owned\\x07', 'it is shown, as an escape');
  t.notMatch(table, /^✓ pass everything/m, 'no line of the table can be forged');
});

t.test('JSON says all of it, and a terminal may show it', async (t) => {
  const report = hostileReport(evil);
  const text = render('json', report, { columns: 80, colour: false, ascii: false, exitCode: 1 });
  t.notMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/);
  t.same(JSON.parse(text), JSON.parse(JSON.stringify(report)), 'unchanged by the escapes');
  t.ok(text.endsWith('}\n'));
});
