import t from 'tap';
import { readCrl } from '../../wire/crl.ts';
import { crls, emptyPem } from './crl-vectors.ts';
import { ascii, fromHex, survivesHostileBytes } from './hostile.ts';

const issuer = 'DC=com, DC=contoso, CN=Contoso CA';
const der = fromHex(crls.empty);

/** One DER element of these contents, its length in as many bytes as it takes. */
const element = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(contents);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x10000 ? [0x82, size >> 8, size & 255] : null;
  return Buffer.concat([
    Uint8Array.from([tag, ...(length ?? [0x83, size >> 16, (size >> 8) & 255, size & 255])]),
    content,
  ]);
};
const time = (text: string): Uint8Array => element(text.length === 13 ? 0x17 : 0x18, ascii(text));
const name = element(0x30);
const list = (...fields: readonly Uint8Array[]): Uint8Array =>
  element(0x30, element(0x30, element(0x30), name, ...fields), element(0x30), element(0x03));

t.test('lists that openssl made', async (t) => {
  const empty = {
    issuer,
    thisUpdate: '2026-11-01T00:00:00.000Z',
    nextUpdate: '2026-12-01T00:00:00.000Z',
    entries: 0,
    serials: [],
  };
  t.strictSame(readCrl(der), { ok: true, crl: empty });
  t.strictSame(readCrl(ascii(emptyPem)), { ok: true, crl: empty }, 'PEM');
  t.strictSame(readCrl(ascii(`# a list\r\n${emptyPem.replaceAll('\n', '\r\n')}`)), { ok: true, crl: empty });
  // As `openssl crl -text` shows them.
  const serials = [
    '5EEB834DA862E00A73090FE6DD2242A2B7E973F3',
    '64871386B186053AD009EB999E44E263A968C0D3',
    '79B209EA33A9CA6745A16FECB8A7785871A91E20',
  ];
  const three = {
    issuer,
    thisUpdate: '2049-12-31T23:59:59.000Z',
    nextUpdate: '2050-01-01T00:00:00.000Z',
    entries: 3,
    serials,
  };
  t.strictSame(readCrl(fromHex(crls.three)), { ok: true, crl: three });
});

t.test('a list without next update, of many entries, from the last century', async (t) => {
  const entry = element(0x30, element(0x02, Uint8Array.of(1)), time('260101000000Z'));
  const long = list(time('500101000000Z'), element(0x30, ...Array(20_000).fill(entry)));
  const reading = readCrl(long);
  t.equal(reading.ok ? reading.crl.serials.length : 0, 256, 'no more serial numbers than anybody needs are kept');
  t.match(reading, {
    ok: true,
    crl: { issuer: null, thisUpdate: '1950-01-01T00:00:00.000Z', nextUpdate: null, entries: 20_000 },
  });
  t.strictSame(reading.ok && reading.crl.serials, Array(256).fill('1'), 'few of their serial numbers are kept');
});

t.test('what is no list', async (t) => {
  const cases: readonly [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /neither DER nor PEM/],
    ['a certificate', fromHex(crls.certificate), /without the time/],
    ['a page', ascii('<html>not found</html>'), /neither DER nor PEM/],
    ['PEM without end', ascii(emptyPem.slice(0, 200)), /neither DER nor PEM/],
    ['PEM of a certificate', ascii(emptyPem.replaceAll('X509 CRL', 'CERTIFICATE')), /neither DER nor PEM/],
    ['PEM of nothing', ascii('-----BEGIN X509 CRL----------END X509 CRL-----'), /no DER sequence/],
    ['a list that is cut off', der.subarray(0, -1), /no DER sequence/],
    ['a length without end', Uint8Array.of(0x30, 0x80, 0, 0), /no DER sequence/],
    ['a length of four bytes', Uint8Array.of(0x30, 0x84, 0, 0, 0, 1, 0), /no DER sequence/],
    ['no time', list(), /without the time/],
    ['the 30th of February', list(time('260230000000Z')), /without the time/],
    ['a time of another zone', list(element(0x17, ascii('260101000000+0100'))), /without the time/],
    ['a next update that is none', list(time('260101000000Z'), time('20269901000000Z')), /next update/],
    ['entries that are none', list(time('260101000000Z'), element(0x30, element(0x02))), /list of certificates/],
    ['unsigned', element(0x30, element(0x30)), /no signed list/],
    ['too long', new Uint8Array(2 * 1024 * 1024 + 1).fill(0x30), /2 MiB/],
  ];
  for (const [what, bytes, reason] of cases) {
    const reading = readCrl(bytes);
    t.match(reading.ok ? null : reading.reason, reason, what);
  }
});

t.test('hostile bytes', async (t) => {
  const vectors = [der, fromHex(crls.three), fromHex(crls.certificate), ascii(emptyPem)];
  survivesHostileBytes(t, readCrl, ({ ok }) => ok, vectors);
});
