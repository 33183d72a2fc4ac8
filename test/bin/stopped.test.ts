import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { ownLoopback } from '../loopback.ts';
import { needing } from '../require.ts';
import { start } from './command.ts';

/** Runs a probe, and stops its process for longer than its deadline as soon as it was heard; then it goes on. */
const stoppedOnce = async (words: readonly string[], cwd: string, heard: Promise<() => void>): Promise<unknown> => {
  const { child, ended } = start(['probe', ...words, '--timeout', '2s', '--format', 'json'], { cwd });
  const answer = await heard;
  child.kill('SIGSTOP');
  answer();
  await sleep(3000);
  child.kill('SIGCONT');
  return JSON.parse((await ended).stdout);
};

t.test('an answer that came while our process was stopped is an answer', needing('linux'), async (t) => {
  const server = createSocket('udp4');
  server.bind(0, ownLoopback);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const heard = once(server, 'message').then(([bytes, from]) => (): void => {
    server.send(answerDatagram(bytes, from) ?? '', from.port, from.address);
  });
  const seen = await stoppedOnce(['udp', `${ownLoopback}:${server.address().port}`], t.testdir(), heard);
  t.match(seen, { outcome: 'answered', attempts: [{ outcome: 'answered' }] });
});

t.test('a conversation in which our process was stopped goes on', needing('linux'), async (t) => {
  const server = createServer();
  server.listen(0, ownLoopback);
  await once(server, 'listening');
  t.teardown(() => server.close());
  // Stopped before it knows that it is connected: it has all of its time for what it says then.
  const heard = once(server, 'connection').then(([socket]) => (): void => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
  });
  const { port } = server.address() as AddressInfo;
  const seen = await stoppedOnce(['http', `${ownLoopback}:${port}`], t.testdir(), heard);
  t.match(seen, { outcome: 'answered', facts: { status: 204 } });
});
