import t from 'tap';
import { asciiOnly, displayWidth, headOf, padded, printable } from '../../agent/printable.ts';

t.test('what a terminal would act on comes out as an escape', async (t) => {
  for (const [text, shown] of [
    ['sip.contoso.com', 'sip.contoso.com'],
    ['Grüße, 北京, ✓', 'Grüße, 北京, ✓'],
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a\nb\rc\td', 'a\\x0ab\\x0dc\\x09d'],
    ['bell\x07 del\x7f csi\x9b2J nul\x00', 'bell\\x07 del\\x7f csi\\x9b2J nul\\x00'],
    ['moc.\u202eexe', 'moc.\\u{202e}exe'],
    ['\u2066a\u2069\u200e\u200f\u061c', '\\u{2066}a\\u{2069}\\u{200e}\\u{200f}\\u{061c}'],
    ['zero\u200bwidth\ufeff\u00ad\u2028', 'zero\\u{200b}width\\u{feff}\\xad\\u{2028}'],
    ['lone\ud800 \udc00', 'lone\\u{d800} \\u{dc00}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['\u{1f600}', '\u{1f600}'],
    ['e\u0301', 'e\u0301'],
    ['z\u0300\u0301\u0302\u0303', 'z\u0300\u0301\\u{0302}\\u{0303}'],
  ] as const) {
    t.equal(printable(text), shown);
    t.equal(printable(shown), shown, 'what has passed once passes again unchanged');
  }
});

t.test('no code point below U+3000 gets through that has no shape', async (t) => {
  for (let code = 0; code < 0x3000; code++) {
    const shapeless = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]$/u.test(String.fromCodePoint(code));
    // Arabic number signs are format characters that show: they span the digits that follow.
    const shows = (code >= 0x600 && code <= 0x605) || code === 0x6dd || code === 0x70f || code === 0x8e2;
    const arabic = shows || code === 0x890 || code === 0x891;
    if (shapeless && !arabic)
      t.notSame(printable(String.fromCodePoint(code)), String.fromCodePoint(code), `U+${code.toString(16)}`);
  }
});

t.test('long texts are cut', async (t) => {
  t.equal(printable('abcdef', 3), 'abc…');
  t.equal(printable('abc', 3), 'abc');
  t.equal(printable('a'.repeat(10_000)).length, 201);
  t.equal(printable('\u{1f600}'.repeat(5), 2), '\u{1f600}\u{1f600}…', 'characters are not cut in halves');
  t.ok(printable('\x1b'.repeat(10_000)).length < 1000);
});

t.test('ASCII only', async (t) => {
  t.equal(asciiOnly('a → b · c… 2×'), 'a -> b - c... 2x');
  t.equal(asciiOnly('Grüße 北'), 'Gr\\xfc\\xdfe \\u{5317}');
});

t.test('columns', async (t) => {
  t.equal(displayWidth('abc'), 3);
  t.equal(displayWidth('北京'), 4);
  t.equal(displayWidth('e\u0301'), 1);
  t.equal(displayWidth('\u{1f600}'), 2);
  t.equal(headOf('北京', 3), '北');
  t.equal(headOf('abc', 2), 'ab');
  t.equal(padded('北', 4), '北  ');
  t.equal(padded('abcd', 2), 'abcd');
});
