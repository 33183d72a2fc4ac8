import type { Socket } from 'node:net';
import t from 'tap';
import { stun } from '../../probes/stun.ts';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { encodeAllocateError } from '../../wire/msturn.ts';
import { createMsturnFrameReader, encodeMsturnFrame } from '../../wire/msturn-frame.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { asking, question, tcpServer } from './stun-scenes.ts';
import { client, credential, letsIn } from './turn-scenes.ts';

const right = (bytes: Uint8Array): Uint8Array =>
  encodeMsturnFrame(answerDatagram(bytes, client, letsIn) ?? Buffer.alloc(0));

/**
 * A server of framed MSTURN: it answers the first Allocate of every connection as it should, and leaves what comes with
 * credentials to the test. Other dialects are turned away.
 */
const check = async (
  t: Parameters<typeof tcpServer>[0],
  treat: (socket: Socket, request: Uint8Array) => void,
  seconds = 20,
) => {
  const port = await tcpServer(t, (socket) => {
    const reader = createMsturnFrameReader();
    socket.on('data', (bytes) => {
      if (bytes[0] !== 2) return socket.destroy();
      for (const { payload } of reader.push(bytes).frames) {
        if (decodeMsturnLogOn(payload) === null) socket.write(right(payload));
        else treat(socket, payload);
      }
      return socket;
    });
  });
  const options = { credentials: 'lab' };
  const seen = await stun.run(
    { ...question('tcp', port, seconds), options },
    { ...asking(), credentials: () => credential },
  );
  t.match(seen, { outcome: 'answered', facts: { dialect: 'msturn' } }, 'what was answered stays answered');
  return seen.facts;
};

t.test('framed, without the hello: on and off', async (t) => {
  const facts = await check(t, (socket, request) => socket.write(right(request)));
  t.match(facts, { authenticated: true, allocationReleased: true, mappedAddress: client.address });
});

t.test('the answer in single bytes, behind relayed data', async (t) => {
  const facts = await check(t, (socket, request) => {
    const data = Buffer.from('0300000401020304', 'hex');
    const bytes = Buffer.concat([data, right(request)]);
    for (let at = 0; at < bytes.length; at++) socket.write(bytes.subarray(at, at + 1));
  });
  t.match(facts, { authenticated: true, allocationReleased: true });
});

t.test('whatever comes instead of an answer', async (t) => {
  const nonce = 'n'.repeat(10_240);
  const cases: readonly (readonly [string, (socket: Socket, request: Uint8Array) => void, string])[] = [
    ['an end', (socket) => socket.end(), 'closed-by-peer'],
    ['a reset', (socket) => socket.resetAndDestroy(), 'reset-by-peer'],
    ['another protocol', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'wrong-protocol'],
    [
      'a flood of data',
      (socket) => socket.write(Buffer.concat(Array(600).fill(Buffer.from(`030000fc${'00'.repeat(252)}`, 'hex')))),
      'flood',
    ],
    [
      'a nonce of 10 kB, and an end',
      (socket, request) => {
        const transactionId = request.slice(4, 20);
        socket.end(encodeMsturnFrame(encodeAllocateError({ transactionId, code: 438, nonce, realm: 'rtcmedia' })));
      },
      'malformed-answer',
    ],
  ];
  for (const [name, treat, code] of cases) {
    const facts = await check(t, treat);
    t.match(facts, { logonFailure: code, allocationReleased: false }, name);
    t.notHas(facts, 'authenticated', name);
  }
});

t.test('a byte now and then, for ever', async (t) => {
  const facts = await check(
    t,
    (socket, request) => {
      const bytes = right(request);
      let at = 0;
      const timer = setInterval(() => {
        if (at < bytes.length - 1) socket.write(bytes.subarray(at, ++at));
      }, 50);
      socket.on('close', () => clearInterval(timer));
    },
    2,
  );
  t.match(facts, { logonFailure: 'timeout' });
});

t.test('a plain STUN server over TCP is asked for TURN once, and shown nothing', async (t) => {
  const heard: string[] = [];
  const port = await tcpServer(t, (socket) => {
    socket.on('data', (bytes) => {
      heard.push(bytes.toString('hex', 0, 2));
      const answer = bytes[0] === 0 && bytes[1] === 1 ? answerDatagram(bytes, client) : null;
      if (answer === null) socket.destroy();
      else socket.write(answer);
    });
  });
  const options = { credentials: 'lab' };
  const seen = await stun.run({ ...question('tcp', port), options }, { ...asking(), credentials: () => credential });
  t.match(seen, { outcome: 'answered', facts: { dialect: 'rfc8489' } });
  t.match(seen.facts, { logonFailure: /closed-by-peer|reset-by-peer/ });
  t.equal(heard.filter((type) => type === '0003').length, 1, 'one Allocate in the words of RFC 8656');
});
