import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import t from 'tap';
import { freePort, ownLoopback } from '../loopback.ts';
import { edgeprobe } from './command.ts';
import { standing } from './standing.ts';

/** The keys of a check object in a report, without evidence and verdict. */
const keys = [
  ...['attempts', 'durationSeconds', 'facts', 'failure', 'outcome', 'probe', 'source', 'startedAt', 'steps', 'target'],
];

interface Told {
  readonly [key: string]: unknown;
}

const objects = (stdout: string): Told[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);

t.test('tls, xmpp, stun over both transports: answered, as text and as one object', async (t) => {
  const { cwd, standIn } = await standing(t);
  const port = (role: string, documented: string): number => Number(standIn.ports.get(`edge1/${role}`)?.[documented]);
  const asked: readonly (readonly [words: readonly string[], facts: object])[] = [
    [['tls', `127.0.0.1:${port('access-edge', '443')}`, '--servername', 'sip.contoso.example'], { protocol: String }],
    [['xmpp', `127.0.0.1:${port('access-edge', '5269')}`, '--servername', 'contoso.example'], { streamId: String }],
    [['stun', `127.0.0.1:${port('av-edge', '3478')}`], { dialect: String, mappedAddress: '127.0.0.1' }],
    [['stun', `127.0.0.1:${port('av-edge', '443')}`, '--transport', 'tcp'], { dialect: String }],
  ];
  for (const [words, facts] of asked) {
    const name = words.slice(0, 1).join(' ');
    const table = await edgeprobe(['probe', ...words, '--expect', 'answered'], { cwd });
    t.match(table, { code: 0, stderr: '' }, name);
    t.match(table.stdout, new RegExp(`^${name} (tcp|udp) 127\\.0\\.0\\.1:\\d+ {2}answered, `));
    const json = await edgeprobe(['probe', ...words, '--format', 'json'], { cwd });
    const [told = {}, ...more] = objects(json.stdout);
    t.equal(more.length, 0);
    t.strictSame(Object.keys(told).sort(), keys, `${name}: neither evidence nor verdict`);
    t.match(told, { probe: name, outcome: 'answered', facts, target: { host: null, address: '127.0.0.1' } });
  }
});

t.test('tcp: a port, and a range folded into runs', async (t) => {
  const cwd = t.testdir();
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  t.teardown(() => server.close());
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const open = await edgeprobe(['probe', 'tcp', `${ownLoopback}:${port}`, '--expect', 'open'], { cwd });
  t.match(open, { code: 0, stderr: '' });
  const [first, last] = [Math.max(1, port - 20), Math.min(65_535, port + 20)];
  const words = ['probe', 'tcp', `${ownLoopback}:${first}-${last}`, '--rate', '0', '--format', 'json'];
  const swept = await edgeprobe(words, { cwd });
  t.match(swept, { code: 0, stderr: '' });
  const [told = {}] = objects(swept.stdout);
  t.match(told, { target: { port: null, ports: `${first}-${last}` }, facts: { counts: { open: Number } } });
  const { ranges } = told['facts'] as { ranges: { from: number; to: number; outcome: string }[] };
  t.match(
    ranges.find(({ from, to }) => from <= port && port <= to),
    { outcome: 'open' },
  );
  t.equal(ranges[0]?.from, first);
  t.equal(ranges.at(-1)?.to, last);
});

t.test('exit codes: 0 observed, 1 not as expected, 3 could not be asked', async (t) => {
  const cwd = t.testdir();
  const port = await freePort();
  const code = async (...words: string[]): Promise<number | null> =>
    (await edgeprobe(['probe', ...words, '--timeout', '2s'], { cwd })).code;
  const there = `${ownLoopback}:${port}`;
  t.equal(await code('tls', there), 0);
  t.equal(await code('tls', there, '--expect', 'closed'), 0);
  t.equal(await code('tls', there, '--expect', 'answered'), 1);
  t.equal(await code('tls', there, '--source', '192.0.2.77'), 3, 'not an address of this machine');
  t.equal(await code('tls', there, '--source', '192.0.2.77', '--expect', 'unasked'), 0);
  t.equal(await code('tls', 'no-such-name.invalid'), 3);
  t.equal(await code('tls', 'no-such-name.invalid', '--expect', 'unresolved'), 0);
  t.equal(await code('tls', 'no-such-name.invalid', '--expect', 'answered'), 1);
});

t.test('a name: every address of it, one object a line; the source as told', async (t) => {
  const cwd = t.testdir();
  const port = await freePort();
  const named = await edgeprobe(['probe', 'tcp', `localhost:${port}`, '--format', 'json'], { cwd });
  t.equal(named.stderr, '');
  const told = objects(named.stdout);
  for (const one of told) t.match(one, { target: { host: 'localhost', address: /^(127\.0\.0\.1|::1)$/, port } });
  t.ok(told.some((one) => (one['target'] as { address: string }).address === '127.0.0.1'));
  const unresolved = await edgeprobe(['probe', 'tls', 'no-such-name.invalid', '--format', 'json'], { cwd });
  t.match(objects(unresolved.stdout), [
    { outcome: 'unresolved', target: { host: 'no-such-name.invalid', address: null, port: 443 } },
  ]);

  const server = createSocket('udp4');
  const sources: string[] = [];
  server.on('message', (_, from) => sources.push(`${from.address}:${from.port}`));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const source = `${ownLoopback}:${await freeUdpPort()}`;
  const there = `localhost:${server.address().port}`;
  const words = ['probe', 'stun', there, '--source', source, '--timeout', '500ms', '--format', 'json'];
  const { code, stdout } = await edgeprobe(words, { cwd });
  t.equal(code, 0);
  t.match(objects(stdout), [{ outcome: 'filtered', target: { address: '127.0.0.1' } }], 'its own family only');
  t.strictSame([...new Set(sources)], [source]);
});

const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, ownLoopback, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
};
