import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ask, fact, freePort } from '../probes/stun-scenes.ts';
import { needing } from '../require.ts';

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** Starts coturn on a free port of loopback for the length of the test; gives the port once it listens. */
const coturn = async (t: Test, ...more: string[]): Promise<number> => {
  const port = await freePort('tcp');
  const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-coturn-'));
  const flags = [
    '--no-tls',
    '--no-dtls',
    '--no-cli',
    '--lt-cred-mech',
    '--user=u:p',
    '--realm=lab.test',
    '--log-file=stdout',
  ];
  const files = [`--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`];
  const where = ['-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`];
  const child = spawn('turnserver', [...where, ...flags, ...files, ...more], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`turnserver ended with ${child.exitCode}`);
    if (await accepts(port)) return port;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('turnserver does not listen');
};

t.test('coturn, a STUN and TURN server that we did not write', needing('turnserver'), async (t) => {
  const port = await coturn(t);

  t.test('over UDP: both kinds of Binding, and TURN that is no A/V Edge', async (t) => {
    const seen = await ask('udp', port);
    t.equal(seen.outcome, 'answered');
    t.equal(fact(seen, 'dialect'), 'rfc8489');
    t.strictSame(fact(seen, 'dialects'), ['rfc8489', 'rfc3489', 'turn']);
    t.match(seen.facts, { mappedAddress: '127.0.0.1', mappedPort: seen.source.port, software: /Coturn/ });
    t.match(seen.facts, { realm: 'lab.test', errorCode: 401 });
    t.notHas(seen.facts, 'serverVersion');
    t.notHas(seen.facts, 'xorMappedAddress');
  });

  t.test('over TCP: Binding only', async (t) => {
    const seen = await ask('tcp', port);
    t.equal(seen.outcome, 'answered');
    t.equal(fact(seen, 'dialect'), 'rfc8489');
    t.strictSame(fact(seen, 'dialects'), ['rfc8489']);
    t.match(seen.facts, { mappedAddress: '127.0.0.1', mappedPort: seen.source.port, software: /Coturn/ });
  });
});

t.test('coturn that serves no plain STUN', needing('turnserver'), async (t) => {
  const port = await coturn(t, '--no-stun');
  const seen = await ask('udp', port);
  t.equal(seen.outcome, 'answered');
  t.strictSame(fact(seen, 'dialects'), ['turn']);
  t.equal(fact(seen, 'dialect'), 'turn');
});
