import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listen } from '../../probes/listen.ts';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { systemWorld } from '../../probes/world.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { letsIn } from '../probes/turn-scenes.ts';
import { edgeprobe } from './command.ts';

const world = systemWorld(new AbortController().signal);
const { credential } = letsIn.turn;

t.test('check logs on at an A/V Edge whose credential the site file names, and shows it to nobody', async (t) => {
  // By transaction: what is answered late is sent again, and is no other request.
  const lifetimes = new Map<string, number | null>();
  const listening = await listen({
    transport: 'udp',
    address: '127.0.0.1',
    port: 0,
    allow: () => true,
    world,
    serve: (bytes, from) => {
      const logOn = decodeMsturnLogOn(bytes);
      if (logOn !== null) lifetimes.set(Buffer.from(bytes.subarray(4, 20)).toString('hex'), logOn.lifetime);
      return bytes[1] === 3 ? answerDatagram(bytes, from, letsIn) : null;
    },
  });
  if (!listening.ok) throw new Error(listening.message);
  t.teardown(() => listening.close());

  const cwd = t.testdir({
    'av.txt': `${credential.username}:${credential.password}\n`,
    'site.yaml': `site: loopback
packs: [lync2013-edge-public]
servers:
  edge1:
    av-edge:
      address: 127.0.0.1
      turn: { credentialsFile: av.txt }
      ports: { "3478": ${listening.port}, "50000-59999": "50100-50163" }
`,
  });
  const secret = join(cwd, 'av.txt');
  chmodSync(secret, 0o600);
  const words = ['--config', 'site.yaml', '--vantage', 'outside', '--rule', 'external-stun-udp-3478-in'];
  const ended = await edgeprobe(['check', ...words, '--format', 'json', '--output', 'table=run.txt'], { cwd });
  t.match(ended, { code: 0, stderr: '' });
  const report = JSON.parse(ended.stdout) as { rules: { verdict: string; checks: { facts: object }[] }[] };
  t.match(report.rules[0], { verdict: 'pass' });
  t.match(report.rules[0]?.checks[0]?.facts, {
    authenticated: true,
    relayedPortInRange: true,
    allocationReleased: true,
  });
  t.strictSame([...lifetimes.values()], [null, 0], 'nothing stays allocated');

  const plan = await edgeprobe(['plan', ...words], { cwd });
  t.equal(plan.code, 0);
  const shown = ended.stdout + plan.stdout + readFileSync(join(cwd, 'run.txt'), 'utf8');
  t.notOk(shown.includes(credential.password), 'the password stands nowhere');
  t.notOk(shown.includes('av.txt'), 'nor the file it is in');

  writeFileSync(secret, 'a secret without its user\n');
  const bad = await edgeprobe(['check', ...words], { cwd });
  t.match(bad, { code: 2, stdout: '', stderr: /not one line user:password/ });
  t.notMatch(bad.stderr, /a secret/);
  chmodSync(secret, 0o644);
  t.match(await edgeprobe(['check', ...words], { cwd }), { code: 2, stderr: /chmod 600/ });
});
