import t, { type Test } from 'tap';
import { listen } from '../../probes/listen.ts';
import type { Observation } from '../../probes/observation.ts';
import type { TurnCredential } from '../../probes/probe.ts';
import { stun } from '../../probes/stun.ts';
import { answerDatagram, answerStun, type StunAnswerOptions } from '../../probes/stun-answer.ts';
import { systemWorld } from '../../probes/world.ts';
import { encodeAllocateError } from '../../wire/msturn.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { ownLoopback } from '../loopback.ts';
import { until } from '../until.ts';
import { asking, fact, question, udpServer } from './stun-scenes.ts';
import { credential, letsIn, relayed } from './turn-scenes.ts';

const world = systemWorld(new AbortController().signal);

/** An A/V Edge on loopback: it answers MSTURN alone, as the specification has it. */
const edge = async (t: Test, transport: 'tcp' | 'udp', options: StunAnswerOptions): Promise<number> => {
  const at = { address: ownLoopback, port: 0, allow: () => true, world };
  const isAllocate = (bytes: Uint8Array): boolean => bytes[1] === 3;
  const listening = await listen(
    transport === 'tcp'
      ? { ...at, transport, serve: (channel) => answerStun(channel, options, world) }
      : { ...at, transport, serve: (bytes, from) => (isAllocate(bytes) ? answerDatagram(bytes, from, options) : null) },
  );
  if (!listening.ok) throw new Error(listening.message);
  t.teardown(() => listening.close());
  return listening.port;
};

interface How {
  readonly credential?: TurnCredential | null;
  readonly relayPorts?: readonly [number, number];
  readonly seconds?: number;
  readonly signal?: AbortSignal;
  readonly sourcePort?: number;
}

const check = (transport: 'tcp' | 'udp', port: number, how: How = {}): Promise<Observation> => {
  const { credential: given = credential, relayPorts, seconds, signal, sourcePort = null } = how;
  const options = { credentials: '/etc/edgeprobe/turn.txt', ...(relayPorts ? { relayPorts } : {}) };
  return stun.run(
    { ...question(transport, port, seconds, sourcePort), options },
    { ...asking(signal), credentials: (name) => (name === options.credentials ? given : null) },
  );
};

for (const [transport, dialect] of [
  ['udp', 'msturn'],
  ['tcp', 'msturn-pseudo-tls'],
] as const) {
  t.test(`${transport}: after the challenge the check logs on, and off`, async (t) => {
    const seen = await check(transport, await edge(t, transport, letsIn));
    t.match(seen, { outcome: 'answered', failure: null });
    t.match(seen.facts, {
      dialect,
      authenticated: true,
      errorCode: 401,
      realm: 'rtcmedia',
      serverVersion: 4,
      relayedAddress: relayed.address,
      relayedPort: relayed.port,
      relayedPortInRange: true,
      mappedAddress: ownLoopback,
      lifetime: 600,
      allocationReleased: true,
    });
    t.notHas(seen.facts, 'logonFailure');
    if (transport === 'udp') t.equal(fact(seen, 'mappedPort'), seen.source.port, 'the source shown is the one mapped');
    t.ok(
      seen.steps.some(({ step }) => step === 'turn'),
      'its time is a step of its own',
    );
    t.notMatch(JSON.stringify(seen), new RegExp(credential.password), 'the credential is nowhere in what was seen');
    t.notMatch(JSON.stringify(seen), /turn\.txt/);
  });

  t.test(`${transport}: refused, out of range, or without a credential`, async (t) => {
    const port = await edge(t, transport, letsIn);
    const refused = await check(transport, port, { credential: { ...credential, password: 'guess' } });
    t.match(refused, { outcome: 'answered', facts: { authenticated: false, logonFailure: 'refused', errorCode: 431 } });
    t.notHas(refused.facts, 'relayedAddress');
    const outside = await check(transport, port, { relayPorts: [20_000, 20_063] });
    t.match(outside.facts, { authenticated: true, relayedPortInRange: false });
    const none = await check(transport, port, { credential: null });
    t.match(none, { outcome: 'answered', facts: { errorCode: 401 } });
    t.notHas(none.facts, 'authenticated');
    t.notOk(none.steps.some(({ step }) => step === 'turn'));
  });
}

t.test('whoever asks for no credentials is shown none', async (t) => {
  const server = await udpServer(t, (bytes, from) => {
    const answer = bytes[1] === 1 ? answerDatagram(bytes, from) : null;
    return answer ? [answer] : [];
  });
  const seen = await check('udp', server.port);
  t.match(seen.facts, { dialect: 'rfc8489' });
  t.notHas(seen.facts, 'authenticated');
  t.notOk(server.received.some(({ bytes }) => decodeMsturnLogOn(bytes) !== null));
});

t.test('a server that falls silent at the logon: the check has passed, and ends within its deadline', async (t) => {
  const server = await udpServer(t, (bytes, from) => {
    const answer = decodeMsturnLogOn(bytes) ? null : answerDatagram(bytes, from, letsIn);
    return answer ? [answer] : [];
  });
  const seen = await check('udp', server.port, { seconds: 2 });
  t.match(seen, { outcome: 'answered', facts: { logonFailure: 'timeout', allocationReleased: false } });
  t.notHas(seen.facts, 'authenticated', 'nobody judged the credential');
  t.ok(seen.durationSeconds < 10, 'it did not go on repeating itself for ever');
  const released = server.received.filter(({ bytes }) => decodeMsturnLogOn(bytes)?.lifetime === 0);
  t.ok(released.length > 0, 'the allocation that may have been made was given back all the same');
});

t.test('a server that always has another nonce', async (t) => {
  let told = 0;
  const server = await udpServer(t, (bytes, from) => {
    if (decodeMsturnLogOn(bytes) === null) return [answerDatagram(bytes, from, letsIn) ?? Buffer.alloc(0)];
    told++;
    return [
      encodeAllocateError({ transactionId: bytes.slice(4, 20), code: 438, nonce: `n${told}`, realm: 'rtcmedia' }),
    ];
  });
  const seen = await check('udp', server.port);
  t.match(seen.facts, { logonFailure: 'refused', errorCode: 438 });
  t.equal(told, 3, 'three times the credential, no more');
});

t.test('a run that is ended during the logon gives back what it may have', async (t) => {
  const control = new AbortController();
  const server = await udpServer(t, (bytes, from) => {
    if (decodeMsturnLogOn(bytes)?.lifetime === null) control.abort();
    const answer = answerDatagram(bytes, from, letsIn);
    return answer ? [answer] : [];
  });
  const seen = await check('udp', server.port, { signal: control.signal });
  t.equal(seen.outcome, 'answered', 'what was heard before stays heard');
  const released = () => server.received.filter(({ bytes }) => decodeMsturnLogOn(bytes)?.lifetime === 0);
  await until(t, 'it is given back', () => released().length > 0);
  t.equal(released().length, 1);
});

t.test('what it costs', async (t) => {
  for (const transport of ['udp', 'tcp'] as const) {
    const plain = stun.cost(question(transport, 3478), 0);
    const more = stun.cost({ ...question(transport, 3478), options: { credentials: 'x' } }, 0);
    t.ok(more.least > plain.least && more.most > plain.most && more.states === plain.states + 1);
    t.equal(more.secondsMost, plain.secondsMost, 'the deadline is the same');
  }
});
