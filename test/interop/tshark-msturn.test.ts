import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { makeRequest } from '../../probes/stun-exchange.ts';
import { systemWorld } from '../../probes/world.ts';
import { letsIn, logOnTo, relayed } from '../probes/turn-scenes.ts';
import { needing } from '../require.ts';
import { type Datagram, pcap } from './pcap.ts';

const client = { address: '198.51.100.7', port: 51_234 };
const server = { address: '203.0.113.30', port: 3478 };

/** A whole logon as our two halves speak it, in the order of the wire. */
const conversation = async (): Promise<Datagram[]> => {
  const datagrams: Datagram[] = [];
  const { session } = await logOnTo('msturn', (payload) => {
    datagrams.push({ from: client, to: server, payload });
    const answer = answerDatagram(payload, client, letsIn);
    if (answer === null) return [];
    datagrams.push({ from: server, to: client, payload: answer });
    return [answer];
  });
  if (session.authenticated !== true) throw new Error('the conversation went wrong');
  return datagrams;
};

/** What tshark says of each packet: these fields, in this order; several values of a field stand together. */
const dissected = (t: Test, datagrams: readonly Datagram[], fields: readonly string[]): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-tshark-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'capture.pcap');
  writeFileSync(file, pcap(datagrams));
  const wanted = ['frame.protocols', '_ws.malformed', '_ws.expert.severity', ...fields].flatMap((one) => ['-e', one]);
  const args = ['-n', '-r', file, '-o', 'stun.stunversion:MS-TURN', '-T', 'fields', '-E', 'separator=|', ...wanted];
  const output = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return output.trimEnd().split('\n');
};

t.test('tshark decodes what our two halves say as MS-TURN', needing('tshark'), async (t) => {
  const datagrams = await conversation();
  t.equal(datagrams.length, 6);

  t.test('types, cookie, version, realm', async (t) => {
    const fields = [
      'stun.type',
      'stun.network_version',
      'stun.att.magic_cookie',
      'stun.att.ms.version',
      'stun.att.realm',
    ];
    const sound = 'raw:ip:udp:stun||';
    t.strictSame(dissected(t, datagrams, fields), [
      `${sound}|0x0003|1|0x72c64bc6|1|`,
      `${sound}|0x0113|1|0x72c64bc6|4|rtcmedia`,
      `${sound}|0x0003|1|0x72c64bc6|1|rtcmedia`,
      `${sound}|0x0103|1|0x72c64bc6|4|`,
      `${sound}|0x0003|1|0x72c64bc6|1|rtcmedia`,
      `${sound}|0x0103|1|0x72c64bc6|4|`,
    ]);
  });

  t.test('addresses, lifetime, sequence number', async (t) => {
    const fields = [
      'stun.att.ipv4',
      'stun.att.port',
      'stun.att.ipv4-xord',
      'stun.att.lifetime',
      'stun.att.ms.sequence_number',
    ];
    const lines = dissected(t, datagrams, fields).map((line) => line.replace(/^[^|]*\|\|\|/, ''));
    t.match(lines[3], new RegExp(`^${relayed.address},?${client.address}?\\|${relayed.port}`));
    t.match(lines[3], /\|600\|0$/);
    t.match(lines[4], /\|0\|1$/, 'the refresh to zero, with the next number');
  });
});

t.test('tshark decodes every first Allocate, whatever version it offers', needing('tshark'), async (t) => {
  const world = systemWorld(new AbortController().signal);
  const datagrams = [0, 1, 2].map((dial) => ({
    from: client,
    to: server,
    payload: makeRequest('msturn', dial, world).bytes,
  }));
  t.strictSame(
    dissected(t, datagrams, ['stun.type', 'stun.att.ms.version']),
    [6, 1, 4].map((version) => `raw:ip:udp:stun|||0x0003|${version}`),
  );
});

t.test('and it marks what is malformed', needing('tshark'), async (t) => {
  const [first] = await conversation();
  if (first === undefined) throw new Error('nothing was said');
  // The value of the last attribute, MS-Version, is two bytes short, and every length says so.
  const bad = Uint8Array.from(first.payload.subarray(0, 34));
  bad[3] = 14;
  bad[31] = 2;
  const [line = ''] = dissected(t, [{ ...first, payload: bad }], ['stun.type']);
  t.match(line, /malformed/i);
});
