import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { listen } from '../../probes/listen.ts';
import { answerDatagram, answerStun } from '../../probes/stun-answer.ts';
import { systemWorld } from '../../probes/world.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { letsIn } from '../probes/turn-scenes.ts';
import { needing } from '../require.ts';
import { repository } from '../sources.ts';

const world = systemWorld(new AbortController().signal);
const { credential, relayed } = letsIn.turn;

/** Compiles the client for the length of the test; gives the program. */
const compiled = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-libnice-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'client');
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'nice'], { encoding: 'utf8' }).trim().split(/\s+/);
  execFileSync('gcc', ['-Wall', '-Wextra', '-o', program, join(repository, 'test/interop/libnice-client.c'), ...flags]);
  return program;
};

/** Lets libnice gather through one relay; gives the lines it printed. */
const gather = async (program: string, age: string, relay: string, port: number): Promise<string[]> => {
  const coded = [credential.username, credential.password].map((text) => Buffer.from(text).toString('base64'));
  const child = spawn(program, [age, relay, '127.0.0.1', String(port), ...coded], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  return output.trim().split('\n');
};

/** Serves UDP on loopback with what `serve` makes of a datagram. */
const servingUdp = async (
  t: Test,
  serve: (datagram: Uint8Array, port: number) => Uint8Array | null,
): Promise<number> => {
  const listening = await listen({
    transport: 'udp',
    address: '127.0.0.1',
    port: 0,
    allow: () => true,
    world,
    serve: (datagram, from) => serve(datagram, from.port),
  });
  if (!listening.ok) throw new Error(listening.message);
  t.teardown(() => listening.close());
  return listening.port;
};

const answer = (bytes: Uint8Array, port: number): Uint8Array | null =>
  answerDatagram(bytes, { address: '127.0.0.1', port }, letsIn);

t.test('libnice as an MSTURN client', needing('gcc', 'pkg-config', 'lib:nice'), async (t) => {
  const program = compiled(t);
  const reached = `relayed ${relayed.address} ${relayed.port}`;

  for (const age of ['OC2007', 'OC2007R2']) {
    t.test(`${age} over UDP reaches our relay, and gives it back`, async (t) => {
      // By transaction: what is answered late is sent again, and is no other request.
      const lifetimes = new Map<string, number | null>();
      const port = await servingUdp(t, (datagram, from) => {
        const logOn = decodeMsturnLogOn(datagram);
        if (logOn !== null) lifetimes.set(Buffer.from(datagram.subarray(4, 20)).toString('hex'), logOn.lifetime);
        return answer(datagram, from);
      });
      t.strictSame(await gather(program, age, 'udp', port), [reached, 'gathered', 'closed']);
      t.strictSame(
        [...lifetimes.values()],
        [null, 0],
        'one Allocate, and one refresh to zero that it took the answer of',
      );
    });

    for (const relay of ['tcp', 'tls']) {
      const how = relay === 'tls' ? 'behind pseudo-TLS' : 'framed';
      t.test(`${age} over TCP, ${how}, reaches our relay`, async (t) => {
        const listening = await listen({
          transport: 'tcp',
          address: '127.0.0.1',
          port: 0,
          allow: () => true,
          world,
          serve: (channel) => answerStun(channel, letsIn, world),
        });
        if (!listening.ok) throw new Error(listening.message);
        t.teardown(() => listening.close());
        const lines = await gather(program, age, relay, listening.port);
        t.ok(lines.includes(reached), lines.join(', '));
        t.strictSame(lines.slice(-2), ['gathered', 'closed']);
      });
    }
  }

  t.test('it is a judge: it takes no answer whose integrity is wrong', async (t) => {
    const port = await servingUdp(t, (datagram, from) => {
      const right = answer(datagram, from);
      if (right === null || decodeMsturnLogOn(datagram) === null) return right;
      return right.map((byte, at) => (at === right.length - 1 ? byte ^ 1 : byte));
    });
    t.strictSame(await gather(program, 'OC2007R2', 'udp', port), ['gathered', 'closed'], 'without a relay');
  });
});
