import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { attentiveClock } from '../../probes/attention.ts';
import type { Observation } from '../../probes/observation.ts';
import type { Asking, Question } from '../../probes/probe.ts';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { udp } from '../../probes/udp.ts';
import { systemClock } from '../../probes/world.ts';
import { decodeStun, encodeBindingResponse } from '../../wire/stun.ts';
import { ownLoopback } from '../loopback.ts';
import '../no-hooks.ts';
import { needing } from '../require.ts';
import { asking } from './sweep-asking.ts';
import { turnClock } from './turn-clock.ts';
import { countOf, type Says, sweepUdpThroughSockets, udpQuestion, udpRange } from './udp-asking.ts';

const answer: Says = (datagram, from) => [answerDatagram(datagram, from)].filter((one) => one !== null);

const mapped = { address: '127.0.0.1', port: 1 };
const wrongTransaction = (): Uint8Array =>
  encodeBindingResponse({ dialect: 'rfc8489', transactionId: randomBytes(12), mapped });

const child = fileURLToPath(new URL('../lab/sweep-child.js', import.meta.url));

/** Both ways of dialling, through the same tests. */
const ways = [
  ["Node's handles", 0, (question: Question, asked: Asking) => udp.run(question, asked)],
  ["Node's sockets", 1, sweepUdpThroughSockets],
] as const;

for (const [kind, sockets, run] of ways) {
  t.test(`${kind}: answering and closed ports of this host, every one right`, async (t) => {
    const range = await udpRange(90, (offset) => (offset % 3 === 0 ? answer : null));
    t.teardown(range.close);
    const told: number[] = [];
    const observation = await run(udpQuestion(range.first, range.last, { seed: 5 }), {
      ...asking(undefined, (done, total) => told.push(done / total)),
      clock: turnClock(),
    });
    t.equal(observation.outcome, 'answered');
    t.equal(observation.failure, null);
    t.match(observation.facts, {
      counts: { open: 0, closed: 60, filtered: 0, unreachable: 0, answered: 30, unasked: 0 },
      ranges: [
        { from: range.first, to: range.first, outcome: 'answered' },
        { from: range.first + 1, to: range.first + 2, outcome: 'closed' },
      ],
      ...{ asked: 90, of: 90, seed: 5, dials: 90, rounds: 1 },
    });
    t.notOk('strayDatagrams' in observation.facts || 'refusalsLimited' in observation.facts);
    t.same(observation.source, { address: '127.0.0.1', port: null });
    t.equal(told.at(-1), 1);
  });

  t.test(`${kind}: the request: RFC 8489, who we are, a fingerprint; no port and no transaction twice`, async (t) => {
    const ports = new Set<number>();
    const transactions = new Set<string>();
    const range = await udpRange(20, () => (datagram, from) => {
      const decoded = decodeStun(datagram);
      if (!decoded.ok) throw new Error(decoded.reason);
      t.match(decoded.message, { dialect: 'rfc8489', method: 1, messageClass: 'request', hasFingerprint: true });
      t.match(decoded.message.software, /^edgeprobe/);
      ports.add(from.port);
      transactions.add(Buffer.from(decoded.message.transactionId).toString('hex'));
      return answer(datagram, from);
    });
    t.teardown(range.close);
    await run(udpQuestion(range.first, range.last), asking());
    t.equal(ports.size, 20);
    t.equal(transactions.size, 20);
  });

  t.test(`${kind}: a sample: both ends of the range are in it`, async (t) => {
    const range = await udpRange(91, (offset) => (offset % 6 === 0 ? answer : null));
    t.teardown(range.close);
    const observation = await run(udpQuestion(range.first, range.last, { sample: 16 }), {
      ...asking(),
      clock: turnClock(),
    });
    t.match(observation.facts, {
      ...{ asked: 16, of: 91, dials: 16 },
      ranges: [{ from: range.first, to: range.last, outcome: 'answered' }],
    });
  });

  t.test(`${kind}: only a message with our transaction id is an answer; others are counted`, async (t) => {
    const noise: Says = () => [wrongTransaction(), Uint8Array.of(0x80, 0, 0, 1)];
    const truncated: Says = (datagram, from) => answer(datagram, from).map((bytes) => bytes.subarray(0, 26));
    const range = await udpRange(4, (offset) =>
      offset === 3
        ? (datagram, from) => [...noise(datagram, from), ...answer(datagram, from)]
        : offset === 2
          ? truncated
          : noise,
    );
    t.teardown(range.close);
    const observation = await run(udpQuestion(range.first, range.last), asking());
    t.match(observation.facts, {
      ranges: [
        { from: range.first, to: range.first + 2, outcome: 'filtered' },
        { from: range.last, to: range.last, outcome: 'answered' },
      ],
    });
    // Two to every dial of the first two ports, one to every dial of the third, two before the answer.
    const dials = (Number(observation.facts['dials']) - 1) / 3;
    t.equal(observation.facts['strayDatagrams'], dials * 5 + 2);
  });

  t.test(`${kind}: an echo of our own request is no answer`, async (t) => {
    const range = await udpRange(2, () => (datagram) => [datagram]);
    t.teardown(range.close);
    const observation = await run(udpQuestion(range.first, range.last), asking());
    t.equal(observation.outcome, 'filtered');
    t.equal(observation.failure?.code, 'timeout');
  });

  t.test(`${kind}: a flood of wrong answers: as fast and as right as without`, async (t) => {
    const flood = Array.from({ length: 500 }, wrongTransaction);
    const range = await udpRange(8, () => () => flood);
    t.teardown(range.close);
    const asked = { ...asking(), clock: turnClock() };
    const observation = await run(udpQuestion(range.first, range.last), asked);
    t.equal(countOf(observation, 'filtered'), 8);
    t.ok(Number(observation.facts['strayDatagrams']) > 500);
  });

  t.test(`${kind}: our own socket on the port we ask is nobody`, async (t) => {
    const question = { ...udpQuestion(45_200, 45_239), source: { address: ownLoopback, port: 45_220 } };
    const observation = await run(question, asking());
    t.equal(countOf(observation, 'answered'), 0);
    t.match(observation.facts['ranges'], [
      { from: 45_200, to: 45_219, outcome: 'closed' },
      { from: 45_220, to: 45_220, outcome: 'unasked' },
      { from: 45_221, to: 45_239, outcome: 'closed' },
    ]);
  });

  t.test(`${kind}: an abort ends it, and what was learned stays`, async (t) => {
    const aborter = new AbortController();
    const learned = (done: number): void => (done >= 20 ? aborter.abort() : undefined);
    const paced = { ...asking(aborter.signal, learned), pace: () => 0.001 };
    const observation = await run(udpQuestion(20_000, 29_999), paced);
    t.equal(observation.failure?.code, 'aborted');
    t.ok(Number(countOf(observation, 'unasked')) > 5_000);
    t.ok(Number(countOf(observation, 'closed')) > 0);
    const before = await run(udpQuestion(20_000, 29_999), asking(AbortSignal.abort()));
    t.equal(countOf(before, 'unasked'), 10_000);
  });

  t.test(`${kind}: a source that this host does not own: unasked, and it says why`, async (t) => {
    const question = { ...udpQuestion(20_000, 20_099), source: { address: '192.0.2.1', port: null } };
    const observation = await run(question, asking());
    t.equal(observation.outcome, 'unasked');
    t.equal(observation.failure?.code, 'source-not-available');
    t.equal(countOf(observation, 'unasked'), 100);
  });

  const sweepWithFewDescriptors = async (hold: number): Promise<Observation> => {
    const wishes = { probe: 'udp', address: ownLoopback, first: 20_000, last: 20_999, hold, sockets, turns: 1 };
    const given = JSON.stringify(wishes);
    const argv = ['-c', 'ulimit -n 256 && exec "$0" "$1" "$2"', process.execPath, child, given];
    const running = spawn('sh', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const printed: { observation: Observation } = JSON.parse(await text(running.stdout));
    return printed.observation;
  };

  t.test(
    `${kind}: few descriptors left: every port right all the same; none left: unasked`,
    needing('sh'),
    async (t) => {
      const few = await sweepWithFewDescriptors(205);
      t.equal(countOf(few, 'closed'), 1_000);
      t.ok(Number(few.facts['dials']) > 1_000, 'descriptors did run out');
      t.equal(few.facts['rounds'], 1, 'a dial that could not be made is made up for at once');
      const none = await sweepWithFewDescriptors(1_000);
      t.equal(countOf(none, 'unasked'), 1_000);
      t.equal(none.failure?.code, 'local-exhaustion');
    },
  );
}

t.test('one port: the exchange of STUN, in one dialect', async (t) => {
  const range = await udpRange(3, (offset) => (offset === 0 ? answer : offset === 1 ? () => [] : null));
  t.teardown(range.close);
  const attentive = { ...asking(), clock: attentiveClock(systemClock) };
  const heard = await udp.run(udpQuestion(range.first), attentive);
  t.match(heard, { outcome: 'answered', facts: { dialect: 'rfc8489', mappedAddress: '127.0.0.1', requests: 1 } });
  const silent = await udp.run({ ...udpQuestion(range.first + 1), deadlineSeconds: 0.9 }, attentive);
  t.equal(silent.outcome, 'filtered');
  t.equal(silent.attempts.length, 3, 'three dials within the deadline');
  t.equal(new Set(silent.attempts.map(({ sourcePort }) => sourcePort)).size, 3, 'each from a port of its own');
  const closed = await udp.run(udpQuestion(range.last), attentive);
  t.equal(closed.outcome, 'closed');
  t.equal(closed.failure?.code, 'port-unreachable');
});

t.test('what it costs', async (t) => {
  t.match(udp.cost(udpQuestion(50_000, 59_999), 500), { least: 10_000, most: 20_000, secondsLeast: 20 });
  t.match(udp.cost(udpQuestion(50_000, 59_999, { sample: 16 }), 0), { least: 16, most: 32, states: 32 });
  // Dials of 8, 5.3 and 2.7 seconds, each sending at 0, 0.5, 1.5, 3.5 and 7.5.
  t.match(udp.cost({ ...udpQuestion(3478), deadlineSeconds: 8 }, 0), { least: 1, most: 5 + 4 + 3, states: 3 });
});
