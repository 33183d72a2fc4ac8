import t from 'tap';
import { answerQuery, type DnsReading, encodeQuery, readDatagram, readResponse } from '../../wire/dns.ts';
import { dnsmasqResponses, queries, rfc1035Compression } from './dns-vectors.ts';
import { fromHex, survivesHostileBytes, toHex } from './hostile.ts';

const read = (response: string, query: string): DnsReading => readResponse(fromHex(response), fromHex(query));
const answer = { kind: 'answer', truncated: false, problem: null };

t.test('a query is encoded as others encode it', async (t) => {
  t.equal(toHex(encodeQuery(0x1234, { name: 'sip.contoso.com', type: 'A' })), toHex(fromHex(queries.a)));
  const name = '_sipfederationtls._tcp.contoso.com';
  t.equal(toHex(encodeQuery(0x1234, { name, type: 'SRV' })), toHex(fromHex(queries.srv)));
  t.equal(toHex(encodeQuery(0xffff, { name: '.', type: 'NS' })), 'ffff01000001000000000000' + '0000020001');
  for (const bad of ['', 'a..b', 'a'.repeat(64), `${'a.'.repeat(127)}a`, 'a b', 'bücher.example'])
    t.throws(() => encodeQuery(1, { name: bad, type: 'A' }), RangeError, JSON.stringify(bad.slice(0, 20)));
  t.equal(encodeQuery(1, { name: `${'a.'.repeat(126)}a`, type: 'A' }).length, 12 + 255 + 4, 'the longest name');
});

t.test('what dnsmasq answers', async (t) => {
  const cases: readonly [keyof typeof queries, string, readonly string[]][] = [
    ['a', 'NOERROR', ['A 131.107.155.10']],
    ['srv', 'NOERROR', ['SRV 0 0 5061 sip.contoso.com']],
    ['txt', 'NOERROR', ['TXT "v=spf1 -all"']],
    ['cname', 'NOERROR', ['CNAME sip.contoso.com', 'A 131.107.155.10']],
    ['nxdomain', 'NXDOMAIN', []],
    ['refused', 'REFUSED', []],
  ];
  for (const [name, rcode, answers] of cases) {
    const authoritative = name !== 'nxdomain' && name !== 'refused';
    const reading = read(dnsmasqResponses[name], queries[name]);
    t.match(reading, { ...answer, rcode, authoritative, recursionAvailable: true });
    t.strictSame('answers' in reading ? reading.answers : null, answers, name);
  }
});

t.test('compressed names, as in RFC 1035 section 4.1.4', async (t) => {
  const reading = read(rfc1035Compression, '1234 0100 0001 0000 0000 0000 0146 03495349 0441525041 00 0002 0001');
  t.match(reading, { ...answer, rcode: 'NOERROR' });
  t.strictSame('answers' in reading ? reading.answers : null, [
    'NS F.ISI.ARPA',
    'NS FOO.F.ISI.ARPA',
    'NS ARPA',
    'NS .',
  ]);
});

const header = (rest: string): string => `1234 8180 ${rest}`;
const question = '0373697007636f6e746f736f03636f6d00 0001 0001';

t.test('an answer is one whatever its records look like', async (t) => {
  const record = '0001 0001 00000000 0004 c0000201';
  const cases: readonly [string, string, string][] = [
    ['a name that points at itself', header(`0001 0001 0000 0000 ${question} c021 ${record}`), 'records'],
    ['a name that points forward', header(`0001 0001 0000 0000 ${question} c0ff ${record}`), 'records'],
    [
      'names that point at each other',
      header(`0001 0002 0000 0000 ${question} c023 ${record} c021 ${record}`),
      'records',
    ],
    ['a label of a kind that nobody has', header(`0001 0001 0000 0000 ${question} 80 ${record}`), 'name'],
    ['a name without end', header(`0001 0001 0000 0000 ${question} ${'0161'.repeat(200)}`), 'name'],
    [
      'a record that is cut off',
      header(`0001 0001 0000 0000 ${question} c00c 0001 0001 00000000 0004 c000`),
      'cut off',
    ],
    [
      'an address of five bytes',
      header(`0001 0001 0000 0000 ${question} c00c 0001 0001 00000000 0005 c000020101`),
      'size',
    ],
    ['more records than are there', header(`0001 ffff ffff ffff ${question}`), 'too many'],
    ['two questions', header(`0002 0000 0000 0000 ${question} ${question}`), 'question'],
    ['bytes behind the end', header(`0001 0000 0000 0000 ${question} 00`), 'behind'],
  ];
  for (const [name, response, problem] of cases) {
    const reading = read(response, queries.a);
    t.match(reading, { kind: 'answer', rcode: 'NOERROR', answers: null }, name);
    t.match('problem' in reading ? reading.problem : null, new RegExp(problem), name);
  }
  t.match(read(`1234 8380 0001 0000 0000 0000 ${question}`, queries.a), { kind: 'answer', truncated: true });
  t.match(read(`1234 818b 0001 0000 0000 0000 ${question}`, queries.a), { kind: 'answer', rcode: 'RCODE_11' });
  const loud = '0353495007434f4e544f534f03434f4d00 0001 0001';
  t.match(read(`1234 8180 0001 0000 0000 0000 ${loud}`, queries.a), answer, 'names know no case');
});

t.test('what is no answer to us', async (t) => {
  const cases: readonly [string, string, string][] = [
    ['another id', dnsmasqResponses.a.replace('1234', '1235'), 'wrong-id'],
    ['another name', dnsmasqResponses.nxdomain, 'wrong-question'],
    ['another type', dnsmasqResponses.a.replace('00 0001 0001 c0', '00 001c 0001 c0'), 'wrong-question'],
    ['another class', dnsmasqResponses.a.replace('00 0001 0001 c0', '00 0001 0003 c0'), 'wrong-question'],
    [
      'a type that differs by a case bit',
      `1234 8180 0001 0000 0000 0000 ${question.replace('0001 0001', '0041 0001')}`,
      'wrong-question',
    ],
    ['no question', header('0000 0000 0000 0000'), 'wrong-question'],
    ['a question that is cut off', header('0001 0000 0000 0000 03736970'), 'wrong-question'],
    ['another opcode', `1234 a980 0001 0000 0000 0000 ${question}`, 'wrong-question'],
    ['our query', queries.a, 'echo'],
    ['eleven bytes', '1234 8180 0001 0000 0000 00', 'not-dns'],
    ['nothing', '', 'not-dns'],
    ['HTTP', toHex(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')), 'not-dns'],
  ];
  for (const [name, response, code] of cases) t.match(read(response, queries.a), { kind: 'stray', code }, name);
  const long = fromHex(dnsmasqResponses.a + '00'.repeat(4096));
  t.match(readDatagram(long, fromHex(queries.a)), { kind: 'stray', code: 'not-dns' }, 'a datagram nobody may send us');
});

t.test('answers are capped', async (t) => {
  const address = 'c00c 0001 0001 00000000 0004 c0000201';
  const many = read(`1234 8180 0001 0064 0000 0000 ${question} ${address.repeat(100)}`, queries.a);
  t.equal('answers' in many ? many.answers?.length : 0, 32);
  const texts = `c00c 0010 0001 00000000 0400 ${`ff${'61'.repeat(255)}`.repeat(4)}`;
  const long = read(`1234 8180 0001 0001 0000 0000 ${question} ${texts}`, queries.a);
  t.equal('answers' in long ? long.answers?.[0]?.length : 0, 256);
});

t.test('the answering half', async (t) => {
  const ask = (query: string, ...more: Parameters<typeof answerQuery>[1] & object): DnsReading | null => {
    const response = answerQuery(fromHex(query), more);
    return response && readResponse(response, fromHex(query));
  };
  t.match(ask(queries.a), { ...answer, rcode: 'NOERROR', authoritative: true, answers: [] });
  const sip = { name: 'SIP.contoso.com', type: 'A', data: '192.0.2.7' } as const;
  t.match(ask(queries.a, sip), { ...answer, answers: ['A 192.0.2.7'] });
  t.strictSame(ask(queries.srv, sip), ask(queries.srv), 'records of other names and types are not given');
  const srv = { name: '_sipfederationtls._tcp.contoso.com', type: 'SRV', data: { port: 5061, target: 'a.b' } } as const;
  t.match(ask(queries.srv, sip, srv), { ...answer, answers: ['SRV 0 0 5061 a.b'] });
  t.equal(answerQuery(fromHex(dnsmasqResponses.a)), null, 'a response is not answered');
  t.equal(answerQuery(fromHex('1234 0100 0001')), null);
  t.match(ask(queries.a.replace('0100', '2800')), { kind: 'stray' }, 'an update is refused');
  t.equal(toHex(answerQuery(fromHex('1234 0100 0000 0000 0000 0000')) ?? new Uint8Array(0)).slice(0, 8), '12348501');
  const empty = answerQuery(fromHex(queries.a)) ?? new Uint8Array(999);
  t.ok(empty.length <= fromHex(queries.a).length, 'an answer of ours is no longer than what it answers');
});

t.test('hostile bytes', async (t) => {
  const vectors = [...Object.values(dnsmasqResponses), rfc1035Compression].map(fromHex);
  for (const query of [queries.a, queries.srv])
    survivesHostileBytes(
      t,
      (bytes) => readResponse(bytes, fromHex(query)),
      ({ kind }) => kind === 'answer',
      vectors,
    );
  const asked = Object.values(queries).map(fromHex);
  survivesHostileBytes(
    t,
    (bytes) => answerQuery(bytes),
    (response) => response !== null,
    [...asked, ...vectors],
  );
});

t.test('a message that makes names work hard is refused, not worked off', async (t) => {
  // Pointers that each point at the one before, and then as many records as fit, each beginning at the last of them.
  const chain = Array.from({ length: 8000 }, (_, i) => (0xc000 + (i === 0 ? 12 : 33 + 2 * (i - 1))).toString(16)).join(
    '',
  );
  const record = '0001 0001 00000000 0004 c0000201';
  const opt = `00 0029 0200 00000000 ${(16_000).toString(16).padStart(4, '0')} ${chain}`;
  const last = (0xc000 + 33 + 11 + 2 * 7000).toString(16);
  const many = `1234 8180 0001 0bb8 0000 0001 ${question} ${opt} ${`${last} ${record}`.repeat(2999)}`;
  t.match(read(many, queries.a), { kind: 'answer', answers: null, problem: 'too many records' });
});
