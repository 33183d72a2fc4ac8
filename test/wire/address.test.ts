import { isIP } from 'node:net';
import t from 'tap';
import { formatIp, parseIp, readAddress, writeAddress } from '../../wire/address.ts';
import { fromHex, seeded, toHex } from './hostile.ts';

t.test('writes RFC 5952', async (t) => {
  const cases: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ];
  for (const [text, expected] of cases) {
    const bytes = parseIp(text);
    t.equal(bytes === null ? null : formatIp(bytes), expected, text);
  }
});

t.test('refuses what is no literal', async (t) => {
  const wrong = ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.a', ':', ':::', '1::2::3', '1:2:3:4:5:6:7'];
  wrong.push(
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3',
    'fe80::1%eth0',
    ':1:2:3:4:5:6:7:8',
  );
  for (const text of wrong) t.equal(parseIp(text), null, text);
  t.throws(() => formatIp(new Uint8Array(5)), /4 or 16 bytes/);
});

t.test('agrees with Node on what an address is', async (t) => {
  const random = seeded(7);
  const alphabet = '0001f:::..';
  let literals = 0;
  for (let i = 0; i < 50_000; i++) {
    const length = 1 + Math.floor(random() * 16);
    const text = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
    const bytes = parseIp(text);
    if ((bytes === null ? 0 : bytes.length === 4 ? 4 : 6) !== isIP(text)) return t.fail(text);
    if (bytes !== null) {
      literals++;
      const again = parseIp(formatIp(bytes));
      if (again === null || toHex(again) !== toHex(bytes)) return t.fail(`${text} does not round trip`);
    }
  }
  t.ok(literals > 50, `${literals} literals among them`);
  return undefined;
});

t.test('an attribute value', async (t) => {
  t.equal(toHex(writeAddress({ address: '127.0.0.1', port: 3478 })), '00010d967f000001');
  t.same(readAddress(fromHex('00010d967f000001')), { address: '127.0.0.1', port: 3478 });
  const ipv6 = { address: '2001:db8::7', port: 65535 };
  t.same(readAddress(writeAddress(ipv6)), ipv6);
  t.same(readAddress(fromHex('0001f1325a499e92'), fromHex('25499e93')), { address: '127.0.0.1', port: 54395 });
  for (const hex of ['', '0001', '00010d967f0000', '00010d967f00000100', '00020d967f000001', '00030d967f000001']) {
    t.equal(readAddress(fromHex(hex)), null, hex);
  }
  t.throws(() => writeAddress({ address: '127.0.0.1', port: 65536 }), /not a port/);
  t.throws(() => writeAddress({ address: 'localhost', port: 1 }), /not an IP address/);
});
