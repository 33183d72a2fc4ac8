import t from 'tap';
import {
  familyOf,
  formatHostPort,
  isHostName,
  isPrivateAddress,
  normaliseAddress,
  parseControl,
  parseHost,
  parseHostName,
  splitHostPort,
} from '../../agent/address.ts';
import { throwsMatching } from '../require.ts';

t.test('literals and their family', async (t) => {
  const families: [string, 4 | 6 | null][] = [
    ['10.0.0.1', 4],
    ['255.255.255.255', 4],
    ['2001:db8::1', 6],
    ['::ffff:10.0.0.1', 6],
    ['fe80::1%eth0', 6],
    ['10.0.0', null],
    ['010.0.0.1', null],
    ['10.0.0.256', null],
    ['[::1]', null],
    ['edge1', null],
    ['', null],
  ];
  for (const [text, family] of families) t.equal(familyOf(text), family, text);
});

t.test('IPv6 has one spelling', async (t) => {
  const spelled: [string, string][] = [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::FFFF:10.0.0.1', '::ffff:10.0.0.1'],
    ['FE80::1%eth0', 'fe80::1%eth0'],
    ['10.0.0.1', '10.0.0.1'],
    ['Edge1', 'Edge1'],
  ];
  for (const [text, normal] of spelled) t.equal(normaliseAddress(text), normal);
});

t.test('host names', async (t) => {
  const label = 'a'.repeat(63);
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}`;
  const good = [
    'a',
    'edge1',
    'sip.contoso.com',
    'sip.contoso.com.',
    '3com.com',
    'xn--zrich-kva.example',
    '1a',
    label,
    longest,
  ];
  for (const name of good) t.ok(isHostName(name), name);
  const bad = [
    '',
    '.',
    '-a',
    'a-',
    'a..b',
    'a_b',
    '_sip._tls.contoso.com',
    '10.0.0.300',
    '10',
    'a b',
    'zürich',
    'a/b',
    'a:1',
  ];
  for (const name of [...bad, `${label}a`, `${longest}a`, 'a\n', '*.a']) t.notOk(isHostName(name), name);
  t.equal(parseHost('SIP.Contoso.com.'), 'sip.contoso.com');
  t.equal(parseHost('2001:DB8::0'), '2001:db8::');
  t.equal(parseHostName('SIP.Contoso.com'), 'sip.contoso.com');
  await throwsMatching(t, () => parseHostName('10.0.0.1'), /^"10\.0\.0\.1" is not a DNS name: it is an address$/);
  await throwsMatching(t, () => parseHost('a b'), /it contains a space$/);
  await throwsMatching(t, () => parseHost('x'.repeat(5000)), /^"x{57}\.\.\." is neither .* at most 253 characters$/);
});

t.test('host and port are split', async (t) => {
  const good: [string, string, string | null][] = [
    ['edge1', 'edge1', null],
    ['Edge1:443', 'edge1', '443'],
    ['edge1:50000-59999', 'edge1', '50000-59999'],
    ['10.0.0.1:443', '10.0.0.1', '443'],
    ['2001:db8::1', '2001:db8::1', null],
    ['[2001:DB8::1]', '2001:db8::1', null],
    ['[2001:db8::1]:443', '2001:db8::1', '443'],
  ];
  for (const [text, host, ports] of good) t.strictSame(splitHostPort(text), { host, ports }, text);
  const bad: [string, RegExp][] = [
    ['', /it is empty$/],
    [':443', /it is empty$/],
    ['edge1:', /has a colon but no port after it/],
    ['[2001:db8::1]:', /has a colon but no port after it/],
    ['[edge1]:443', /only an IPv6 address stands in brackets/],
    ['[10.0.0.1]:443', /only an IPv6 address stands in brackets/],
    ['2001:db8::1:443x', /is not an IPv6 address; with a port it is written \[2001:db8::1\]:443/],
    ['[2001:db8::1]443', /not an IPv6 address/],
    ['http://a:80', /give the host alone, without a scheme$/],
    ['a_b:443', /no underscore/],
  ];
  for (const [text, message] of bad) await throwsMatching(t, () => splitHostPort(text), message);
  t.equal(formatHostPort('2001:db8::1', 443), '[2001:db8::1]:443');
  t.equal(formatHostPort('edge1', '1-2'), 'edge1:1-2');
});

t.test('controls', async (t) => {
  t.strictSame(parseControl('TCP://[2001:DB8::1]:53'), {
    text: 'tcp://[2001:db8::1]:53',
    host: '2001:db8::1',
    port: 53,
  });
  t.strictSame(parseControl('tcp://DC1.contoso.com:65535').text, 'tcp://dc1.contoso.com:65535');
  for (const port of ['0', '65536', '053', '+5', '5e1', '1-2', ' 53', '']) {
    await throwsMatching(
      t,
      () => parseControl(`tcp://a:${port}`),
      /is not a port, a number from 1 to 65535|no port after it/,
    );
  }
});

t.test('what the Internet does not route', async (t) => {
  const inside = [
    [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '100.127.255.255',
      '127.0.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
    ],
    [
      '192.0.0.1',
      '192.168.0.1',
      '224.0.0.1',
      '239.1.1.1',
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      'fc00::1',
      'fdff::1',
    ],
    [
      'fe80::1',
      'fe80::1%eth0',
      'fec0::1',
      'ff02::1',
      '::ffff:10.0.0.1',
      '::ffff:a00:1',
      '64:ff9b::10.0.0.1',
      '64:ff9b::7f00:1',
    ],
    ['64:ff9b:1::1', '::FFFF:192.168.1.1', '64:ff9b::'],
  ].flat();
  for (const address of inside) t.ok(isPrivateAddress(address), address);
  const outside = [
    [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.0.1.0',
    ],
    ['192.167.255.255', '192.169.0.0', '223.255.255.255', '131.107.155.10', '203.0.113.50', '192.0.2.1', '2001:db8::1'],
    ['2606:4700::1', '::ffff:1.1.1.1', '64:ff9b::1.1.1.1', 'edge1.contoso.com', ''],
  ].flat();
  for (const address of outside) t.notOk(isPrivateAddress(address), address);
});
