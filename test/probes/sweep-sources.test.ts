import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import t, { type Test } from 'tap';
import { streamChannel } from '../../probes/channel.ts';
import type { Asking, Question } from '../../probes/probe.ts';
import { answerStun } from '../../probes/stun-answer.ts';
import { sweepSources } from '../../probes/sweep-sources.ts';
import { tcp } from '../../probes/tcp.ts';
import { otherLoopback, ownLoopback } from '../loopback.ts';
import { asking } from './sweep-asking.ts';

const sourcesQuestion = (port: number, first: number, last: number, more: Partial<Question> = {}): Question => ({
  probe: 'tcp',
  transport: 'tcp',
  target: { address: ownLoopback, port, lastPort: port },
  source: { address: otherLoopback, port: first, lastPort: last },
  deadlineSeconds: 3,
  options: {},
  ...more,
});

interface Far {
  readonly port: number;
  /** The source ports of the connections, in their order. */
  readonly heard: number[];
}

const secret = { username: 'lab', password: 'correct horse battery staple' };

/** A far end that accepts, or answers STUN as our responder does. */
const farEnd = async (t: Test, answers: boolean): Promise<Far> => {
  const heard: number[] = [];
  const world = asking();
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    // A connection that was reset before we looked has no peer any more; it is asked again for who answers.
    if (socket.remotePort !== undefined) heard.push(socket.remotePort);
    if (!answers) return;
    const end = { address: ownLoopback, port: 0 };
    const remote = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    void answerStun(streamChannel(socket, { local: end, remote }, world), { proof: secret }, world);
  }).listen(0, ownLoopback);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, heard };
};

const unique = (ports: readonly number[]): number[] => [...new Set(ports)].sort((a, b) => a - b);
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

t.test('every source port is dialled from, and the far end sees exactly these', async (t) => {
  const far = await farEnd(t, false);
  const observation = await tcp.run(sourcesQuestion(far.port, 52_000, 52_031), asking());
  t.equal(observation.outcome, 'open');
  t.equal(observation.failure, null);
  t.match(observation.facts, { counts: { open: 32, unasked: 0 }, asked: 32, of: 32 });
  t.match(observation.facts['ranges'], [{ from: 52_000, to: 52_031, outcome: 'open' }]);
  t.notOk('held' in observation.facts);
  t.same(observation.source, { address: otherLoopback, port: null });
  t.same(unique(far.heard), from(52_000, 52_031));
});

t.test('a port that another socket holds is listed and stays unasked; nothing is taken from it', async (t) => {
  const far = await farEnd(t, false);
  const holder = createServer().listen(52_110, otherLoopback);
  await once(holder, 'listening');
  t.teardown(() => holder.close());
  const observation = await sweepSources(sourcesQuestion(far.port, 52_100, 52_119), asking());
  t.match(observation.facts, { counts: { open: 19, unasked: 1 }, held: [{ from: 52_110, to: 52_110 }] });
  t.notOk(far.heard.includes(52_110));
  t.ok(holder.listening);
});

t.test('where every port is held, nobody is asked, and the reason is told', async (t) => {
  const far = await farEnd(t, false);
  const holders = [52_120, 52_121].map((port) => createServer().listen(port, otherLoopback));
  await Promise.all(holders.map((one) => once(one, 'listening')));
  t.teardown(() => {
    for (const one of holders) one.close();
  });
  const observation = await sweepSources(sourcesQuestion(far.port, 52_120, 52_121), asking());
  t.equal(observation.outcome, 'unasked');
  t.equal(observation.failure?.code, 'source-port-held');
  t.same(far.heard, []);
});

t.test('while an A/V Edge is at work on the address, no port is taken from it', async (t) => {
  const far = await farEnd(t, false);
  const edge = createSocket('udp4');
  edge.bind({ address: otherLoopback, port: 3478, exclusive: true });
  await once(edge, 'listening');
  const observation = await sweepSources(sourcesQuestion(far.port, 52_130, 52_139), asking());
  edge.close();
  await once(edge, 'close');
  t.equal(observation.outcome, 'unasked');
  t.equal(observation.failure?.code, 'live-edge');
  t.match(observation.failure?.message, `udp/3478 of ${otherLoopback} is in use on this host`);
  t.same(observation.source, { address: otherLoopback, port: null });
  t.same(far.heard, []);
  const after = await sweepSources(sourcesQuestion(far.port, 52_130, 52_139), asking());
  t.equal(after.outcome, 'open', 'and once it has gone, they are');
});

t.test('our responder proves itself to every source port; another credential proves nothing', async (t) => {
  const far = await farEnd(t, true);
  const known: Asking = { ...asking(), credentials: () => secret };
  const question = sourcesQuestion(far.port, 52_140, 52_159, { options: { proof: 'secret.txt' } });
  const proved = await sweepSources(question, known);
  t.equal(proved.outcome, 'answered');
  t.match(proved.facts, { counts: { answered: 20 }, proof: true });
  const other: Asking = { ...asking(), credentials: () => ({ ...secret, password: 'another' }) };
  const unproved = await sweepSources(question, other);
  t.not(unproved.facts['proof'], true);
});

t.test('nobody listens, and a sample', async (t) => {
  const far = await farEnd(t, false);
  const closed = await sweepSources(sourcesQuestion(9, 52_160, 52_169), asking());
  t.equal(closed.outcome, 'closed');
  const sampled = await sweepSources(sourcesQuestion(far.port, 50_000, 59_999, { options: { sample: 8 } }), asking());
  t.match(sampled.facts, { asked: 8, of: 10_000 });
  t.ok(unique(far.heard).length <= 8);
});

t.test('an address that is not ours is nobody to ask from', async (t) => {
  const question = sourcesQuestion(443, 52_170, 52_179);
  const source = { ...question.source, address: '192.0.2.1' };
  const observation = await sweepSources({ ...question, source }, asking());
  t.equal(observation.outcome, 'unasked');
  t.equal(observation.failure?.code, 'source-not-available');
});

t.test('what it costs', async (t) => {
  const whole = tcp.cost(sourcesQuestion(443, 50_000, 59_999), 500);
  t.equal(whole.least, 20_000, 'each port once, and once more to hear who answers');
  const sampled = tcp.cost(sourcesQuestion(443, 50_000, 59_999, { options: { sample: 64 } }), 500);
  t.equal(sampled.least, 128);
});
