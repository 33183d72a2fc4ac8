import t, { type Test } from 'tap';
import { type Channel, type Received, streamChannel } from '../../probes/channel.ts';
import type { Outcome } from '../../probes/observation.ts';
import type { Asking } from '../../probes/probe.ts';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { beginDial, converse } from '../../probes/stun-datagrams.ts';
import { type Dialect, makeRequest } from '../../probes/stun-exchange.ts';
import { tallyOf } from '../../probes/stun-tally.ts';
import { systemWorld } from '../../probes/world.ts';
import { type HandClock, handClock, settled } from './hand-clock.ts';
import { channelPair, pairEnds } from './pair.ts';

const overUdp: readonly Dialect[] = ['msturn', 'rfc8489', 'rfc3489'];

/** One dial over a path in memory, on a clock moved by hand. */
const scene = (wanted: readonly Dialect[] = overUdp, ...failures: Received[]) => {
  const until = 8;
  const clock: HandClock = handClock();
  const outer: Asking = { ...systemWorld(new AbortController().signal), clock, pace: () => 0, tls: {} };
  const tally = tallyOf(outer, wanted);
  const [client, server]: [Channel, Channel] = channelPair('udp', tally.asking);
  const requests = wanted.map((dialect) => makeRequest(dialect, 0, outer));
  const dial = beginDial(0);
  const told: string[] = [];
  const note = (what: string) => () => void told.push(what);
  const tell = { answered: note('answered'), refused: note('refused'), stuck: note('stuck') };
  const sent: { at: number; bytes: Uint8Array }[] = [];
  const spying: Channel = {
    transport: 'udp',
    local: client.local,
    remote: client.remote,
    send: (bytes) => {
      sent.push({ at: clock.monotonic(), bytes });
      client.send(bytes);
    },
    receive: async (instant) => failures.shift() ?? client.receive(instant),
    takeStream: () => client.takeStream(),
    close: () => client.close(),
  };
  const done = converse(spying, requests, dial, until, tally, tell);
  return { clock, tally, server, requests, dial, told, sent, done };
};

/** The answer of our own answering half. */
const answerTo = (t: Test, bytes: Uint8Array): Uint8Array => {
  const answer = answerDatagram(bytes, pairEnds.client);
  if (!answer) throw new Error('the answering half is silent to its own asking half');
  t.pass('the answering half understands the request');
  return answer;
};

t.test('asking and answering halves meet in every dialect', async (t) => {
  for (const dialect of overUdp) {
    const { clock, server, requests, done, tally, dial } = scene([dialect]);
    await clock.advance(0);
    for (const { bytes } of requests) server.send(answerTo(t, bytes));
    await clock.advance(0);
    await done;
    t.equal(dial.outcome, 'answered');
    t.match(tally.heard, [{ answer: { dialect }, dial: 0, retransmissions: 0 }]);
    if (dialect === 'rfc8489') t.strictSame(tally.heard[0]?.answer.xorMapped, pairEnds.client);
    if (dialect === 'rfc3489') t.strictSame(tally.heard[0]?.answer.mapped, pairEnds.client);
  }
});

t.test('requests leave side by side at 0, 0.5, 1.5, 3.5 and 7.5 s, byte by byte the same', async (t) => {
  const { clock, sent, done, dial, requests } = scene();
  await clock.advance(8);
  await done;
  t.strictSame(
    sent.map(({ at }) => at),
    [0, 0.5, 1.5, 3.5, 7.5].flatMap((at) => [at, at, at]),
  );
  for (const [index, { bytes }] of sent.entries()) t.strictSame(bytes, requests[index % 3]?.bytes);
  t.match(dial, { outcome: 'filtered', failure: { code: 'timeout' }, requests: 15, rounds: 5 });
});

t.test('an answer ends the sending; the other dialects get twice the round trip, at least 50 ms', async (t) => {
  for (const [roundTrip, grace] of [
    [0.004, 0.05],
    [0.1, 0.2],
    [0.45, 0.5],
  ] as const) {
    const { clock, server, requests, done, tally, sent, told } = scene();
    await clock.advance(roundTrip);
    const [msturn, binding] = requests;
    if (!msturn || !binding) throw new Error('no requests');
    server.send(answerTo(t, msturn.bytes));
    await clock.advance(grace * 0.9);
    t.equal(tally.asking.signal.aborted, false, 'still listening');
    server.send(answerTo(t, binding.bytes));
    await clock.advance(grace * 0.2);
    await done;
    t.strictSame(
      tally.heard.map(({ answer }) => answer.dialect),
      ['msturn', 'rfc8489'],
    );
    t.equal(sent.length, 3, 'nothing is repeated to a peer that has answered');
    t.strictSame(told, ['answered']);
    t.equal(tally.heard[0]?.roundTripSeconds, roundTrip);
  }
});

t.test('retransmissions count what was lost, round trips from the first sending', async (t) => {
  const { clock, server, requests, done, tally } = scene(['rfc8489']);
  await clock.advance(1.75);
  for (const { bytes } of requests) server.send(answerTo(t, bytes));
  await clock.advance(0);
  await done;
  t.match(tally.heard, [{ retransmissions: 2, roundTripSeconds: 1.75 }]);
});

t.test('the same answer twice is one answer', async (t) => {
  const { clock, server, requests, done, tally, dial } = scene();
  await clock.advance(0);
  const [msturn] = requests;
  if (!msturn) throw new Error('no requests');
  const answer = answerTo(t, msturn.bytes);
  server.send(answer);
  server.send(answer);
  await clock.advance(1);
  await done;
  t.equal(tally.heard.length, 1);
  t.equal(dial.strays, 0);
});

const failed = (outcome: Outcome, code: string): Received => ({
  kind: 'failed',
  outcome,
  failure: { step: 'send', code, message: code },
});

t.test('a refusal ends the sending, not the listening', async (t) => {
  const refused = failed('closed', 'connection-refused');
  const { clock, server, requests, done, dial, told, sent } = scene(['rfc8489', 'rfc3489'], refused, refused);
  await clock.advance(2);
  t.match(dial, { outcome: 'closed', failure: { code: 'port-unreachable' } });
  t.strictSame(told, ['refused'], 'told once, however many datagrams were refused');
  t.equal(sent.length, 2);
  for (const { bytes } of requests) server.send(answerTo(t, bytes));
  await clock.advance(0);
  await done;
  t.equal(dial.outcome, 'answered', 'who answers after all was there');
});

t.test('this host is to blame only if nothing has left it', async (t) => {
  const forbidden = failed('unasked', 'local-permission');
  const all = scene(overUdp, forbidden, forbidden, forbidden);
  await all.clock.advance(0);
  await all.done;
  t.match(all.dial, { outcome: 'unasked', unsent: 3, failure: { code: 'local-permission' } });
  t.strictSame(all.told, ['stuck']);

  const some = scene(overUdp, failed('unasked', 'no-route'), failed('unreachable', 'host-unreachable'));
  await some.clock.advance(8);
  await some.done;
  t.match(some.dial, { outcome: 'unreachable', failure: { code: 'host-unreachable' } });
  t.strictSame(some.told, ['refused']);
});

t.test('a channel that ends, ends the dial', async (t) => {
  const world = systemWorld(new AbortController().signal);
  const [client, server] = channelPair('tcp', world);
  const ended = streamChannel(client.takeStream(), pairEndsOf(), world);
  server.close();
  const tally = tallyOf({ ...world, pace: () => 0, tls: {} }, ['rfc8489']);
  const requests = [makeRequest('rfc8489', 0, world)];
  const dial = beginDial(0);
  const silent = (): void => undefined;
  await converse(ended, requests, dial, world.clock.monotonic() + 30, tally, {
    answered: silent,
    refused: silent,
    stuck: silent,
  });
  t.equal(dial.outcome, 'filtered');
  await settled();
});

const pairEndsOf = () => ({ local: pairEnds.client, remote: pairEnds.server });
