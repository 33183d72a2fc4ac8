import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { parseFence } from '../../agent/fence-text.ts';
import { createFence, type Fence } from '../../probes/fence.ts';
import { probes } from '../../probes/index.ts';
import { listen } from '../../probes/listen.ts';
import type { Question } from '../../probes/probe.ts';
import { systemClock } from '../../probes/world.ts';
import { askingWith } from './tls-peers.ts';

/** What every probe of the registry does behind a fence: the suite goes through the registry, so that none can forget. */
const fenceOf = (text: string): Fence => createFence(parseFence(text, 'fence.yaml'), systemClock);

/** A port of loopback where somebody counts what arrives, over TCP and UDP. */
const counted = async (t: Test): Promise<{ port: number; arrived: () => number }> => {
  let arrived = 0;
  const server = createServer((socket) => {
    arrived++;
    socket.on('error', () => undefined).destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const datagrams = createSocket('udp4').on('message', () => {
    arrived++;
  });
  const isFree = await new Promise<boolean>((resolve) => {
    datagrams.once('error', () => resolve(false)).bind(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) {
    // Somebody's socket for datagrams has that number: another port, then.
    server.close();
    return counted(t);
  }
  t.teardown(() => {
    server.close();
    datagrams.close();
  });
  return { port, arrived: () => arrived };
};

const transports = (probe: (typeof probes)[number]): readonly ('tcp' | 'udp')[] => {
  if (probe.datagrams === undefined) return ['tcp'];
  return probe.name === 'udp' ? ['udp'] : ['udp', 'tcp'];
};

const questionsFor = (address: string, port: number, lastPort = port): Question[] =>
  probes.flatMap((probe) =>
    transports(probe).flatMap((transport) =>
      (['none', 'tls'] as const).map((security) => ({
        probe: probe.name,
        transport,
        target: { address, port, lastPort },
        source: { address: null, port: null },
        deadlineSeconds: 1,
        options: { security, servername: 'a.example', from: 'a.example', to: 'b.example', url: 'http://a.example/' },
      })),
    ),
  );

const run = (question: Question, fence: Fence) => {
  const probe = probes.find(({ name }) => name === question.probe);
  if (probe === undefined) throw new Error(question.probe);
  return probe.run(question, askingWith({ fence }));
};

t.test('no probe gets a packet through a fence, whatever it is called', async (t) => {
  const { port, arrived } = await counted(t);
  const fences = {
    'another network': 'dial: [{ network: 10.0.0.0/8 }, { network: "::/0" }]',
    'another port': `dial: [{ network: 127.0.0.0/8, ports: "${port === 1 ? 2 : port - 1}" }]`,
    nothing: 'dial: []',
  };
  for (const [name, text] of Object.entries(fences)) {
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '0.0.0.0']) {
      for (const question of questionsFor(address, port)) {
        const seen = await run(question, fenceOf(text));
        const what = `${name}: ${question.probe} ${question.transport} to ${address}`;
        t.match(seen, { outcome: 'unasked', failure: { code: 'fenced', message: /fence\.yaml:1: / } }, what);
      }
    }
  }
  t.equal(arrived(), 0, 'nothing arrived');
});

t.test('what the fence allows is asked as ever', async (t) => {
  const { port, arrived } = await counted(t);
  const before = questionsFor('127.0.0.1', port).filter(({ transport }) => transport === 'tcp');
  for (const question of before) {
    const seen = await run(question, fenceOf(`dial: [{ network: 127.0.0.1, ports: ${port} }]`));
    t.not(seen.failure?.code, 'fenced', question.probe);
    t.not(seen.outcome, 'unasked', question.probe);
  }
  t.ok(arrived() >= before.length, 'and arrived');
});

t.test('sweeps only where the fence has them, and only of its ports', async (t) => {
  const { port, arrived } = await counted(t);
  const ranges = questionsFor('127.0.0.1', port - 2, port + 2).filter(
    ({ probe }) => probe === 'tcp' || probe === 'udp',
  );
  t.ok(ranges.length >= 2);
  for (const question of ranges) {
    const seen = await run(question, fenceOf('dial: [{ network: 127.0.0.0/8 }]'));
    t.match(seen, { outcome: 'unasked', failure: { code: 'fenced', message: /no sweeps of 127\.0\.0\.0\/8/ } });
    t.match(seen.facts, { fenced: 5, dials: 0, counts: { unasked: 5 } });
  }
  t.equal(arrived(), 0);
  const some = fenceOf(`dial: [{ network: 127.0.0.0/8, ports: "${port - 1}-${port}", sweeps: true }]`);
  for (const question of ranges) {
    const seen = await run(question, some);
    t.match(seen.facts, { fenced: 3, counts: { unasked: 3 } }, `${question.probe}: two of five`);
    t.not(seen.outcome, 'unasked');
  }
  t.ok(arrived() > 0);
});

t.test('a range of source ports needs the port that it asks in the fence, and no other', async (t) => {
  const { port, arrived } = await counted(t);
  const question: Question = {
    probe: 'tcp',
    transport: 'tcp',
    target: { address: '127.0.0.1', port, lastPort: port },
    source: { address: '127.0.0.3', port: 52_200, lastPort: 52_203 },
    deadlineSeconds: 1,
    options: {},
  };
  const seen = await run(question, fenceOf(`dial: [{ network: 127.0.0.1, ports: ${port}, sweeps: true }]`));
  t.match(seen, { outcome: 'open', facts: { counts: { open: 4 } } });
  t.ok(arrived() >= 4);
  const before = arrived();
  for (const text of [
    `dial: [{ network: 127.0.0.1, ports: ${port} }]`,
    'dial: [{ network: 127.0.0.1, ports: 3478, sweeps: true }]',
    'dial: [{ network: 192.0.2.0/24, sweeps: true }]',
  ]) {
    t.match(await run(question, fenceOf(text)), { outcome: 'unasked', failure: { code: 'fenced' } }, text);
  }
  t.equal(arrived(), before);
});

t.test('a probe that forgets the rate is stopped by the socket', async (t) => {
  const { port, arrived } = await counted(t);
  const fence = fenceOf('dial: [{ network: 127.0.0.0/8 }]\nrate: 1');
  const question = questionsFor('127.0.0.1', port).find(({ probe }) => probe === 'tcp');
  if (question === undefined) throw new Error('no tcp probe');
  const codes: (string | undefined)[] = [];
  for (let dial = 0; dial < 60; dial++) codes.push((await run(question, fence)).failure?.code);
  t.equal(codes[0], undefined);
  t.ok(codes.includes('fenced'), 'no pacer was asked, and yet');
  t.ok(arrived() < 60);
});

t.test('the other half listens and answers behind the fence', async (t) => {
  const world = askingWith({ fence: fenceOf('respond: [{ bind: 127.0.0.1, answer: [127.0.0.2] }]') });
  const at = { port: 0, allow: () => true, world } as const;
  const serve = (): Promise<void> => Promise.reject(new Error('served'));
  for (const address of ['0.0.0.0', '::', '::1', '127.0.0.2']) {
    const tcp = await listen({ ...at, address, transport: 'tcp', serve });
    t.match(tcp, { ok: false, code: 'fenced', message: /nothing under respond/ }, `tcp on ${address}`);
    const udp = await listen({ ...at, address, transport: 'udp', serve: (datagram) => datagram });
    t.match(udp, { ok: false, code: 'fenced' }, `udp on ${address}`);
  }
  let served = 0;
  const echo = await listen({
    ...{ ...at, address: '127.0.0.1', transport: 'udp' },
    serve: (datagram: Uint8Array) => {
      served++;
      return datagram;
    },
  });
  if (!echo.ok) throw new Error(echo.message);
  t.teardown(() => echo.close());
  const client = createSocket('udp4');
  t.teardown(() => client.close());
  await new Promise<void>((resolve) => client.bind(0, '127.0.0.1', resolve));
  let heard = 0;
  client.on('message', () => {
    heard++;
  });
  for (let sent = 0; sent < 3; sent++) client.send('hello', echo.port, '127.0.0.1');
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.equal(served + heard, 0, '127.0.0.1 is nobody that it may answer');
});
