import { createSocket } from 'node:dgram';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { askerFor } from '../../agent/watch-ask.ts';
import type { Question } from '../../probes/probe.ts';
import { systemWorld } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';

t.test('whatever is asked, nothing stays behind on the signal of the process', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined).end('no\r\n'));
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const ended = new AbortController();
  const world = systemWorld(ended.signal);
  const ask = askerFor(0, { tls: {} }, world);
  const question = (probe: string, transport: 'tcp' | 'udp', lastPort = port): Question => ({
    ...{ probe, transport, source: { address: null, port: null }, deadlineSeconds: 0.3, options: {} },
    target: { address: ownLoopback, port, lastPort },
  });
  for (const [probe, transport] of [
    ...(['tls', 'sip', 'xmpp', 'dns', 'http', 'stun', 'tcp'] as const).map((name) => [name, 'tcp'] as const),
    ['stun', 'udp'],
    ['dns', 'udp'],
  ] as const) {
    const { outcome } = await ask(question(probe, transport));
    t.not(outcome, 'unasked', `${probe} over ${transport}: ${outcome}`);
    t.equal(getEventListeners(ended.signal, 'abort').length, 0, `${probe} over ${transport}`);
  }
  await ask(question('tcp', 'tcp', port + 20));
  t.equal(getEventListeners(ended.signal, 'abort').length, 0, 'a sweep');
  const silent = createSocket('udp4');
  silent.bind(0, ownLoopback);
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const nobody = { address: ownLoopback, port: silent.address().port, lastPort: silent.address().port };
  const slow = ask({ ...question('stun', 'udp'), target: nobody, deadlineSeconds: 60 });
  await once(silent, 'message');
  ended.abort();
  t.equal((await slow).outcome, 'unasked', 'and the signal ends it');
  t.equal((await ask(question('tls', 'tcp'))).outcome, 'unasked', 'or keeps it from beginning');
});

t.test('a sweep takes half of the rate, and leaves single ports the other half', async (t) => {
  const ask = askerFor(40, { tls: {} }, systemWorld(new AbortController().signal));
  const target = { address: ownLoopback, port: 1, lastPort: 1 };
  const source = { address: null, port: null };
  const base = { probe: 'tcp', transport: 'tcp', source, deadlineSeconds: 5, options: {} } as const;
  const order: string[] = [];
  await Promise.all([
    ask({ ...base, target: { ...target, lastPort: 20 } }).then(() => order.push('sweep')),
    ask({ ...base, target }).then(() => order.push('single')),
  ]);
  t.strictSame(order, ['single', 'sweep'], 'twenty dials at twenty a second before one');
});
