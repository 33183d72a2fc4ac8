import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { fencePath, readFence } from '../../agent/fence-file.ts';
import { parseFence } from '../../agent/fence-text.ts';
import { openFence } from '../../probes/fence.ts';
import { needing, throwsMatching } from '../require.ts';

const clock = { monotonic: () => 0 };
const me = process.getuid?.() ?? null;
const good = 'dial: [{ network: 10.0.0.0/8 }]\n';

/** A folder that only its owner may write, and the path of the fence in it. */
const place = (t: Test, text: string | null = good): string => {
  const folder = path.join(t.testdir(), 'edgeprobe');
  mkdirSync(folder, { mode: 0o755 });
  const file = path.join(folder, 'fence.yaml');
  if (text !== null) writeFileSync(file, text, { mode: 0o644 });
  return file;
};

const refused = (t: Test, file: string, why: RegExp, owner = me): Promise<Error> =>
  throwsMatching(t, () => readFence(file, owner, clock), why);

t.test('a fence that is there holds; where there is none, everything is allowed', async (t) => {
  const file = place(t);
  const fence = await readFence(file, me, clock);
  t.equal(fence.refusal({ transport: 'tcp', address: '10.1.1.1', port: 1, sweep: false }), null);
  t.match(fence.refusal({ transport: 'tcp', address: '11.1.1.1', port: 1, sweep: false })?.failure, {
    message: `the fence of this host forbids it (${file}:1: no network of dial holds 11.1.1.1)`,
  });
  t.equal(await readFence(path.join(path.dirname(file), 'other.yaml'), me, clock), openFence);
  t.equal(await readFence(path.join(path.dirname(file), 'no', 'fence.yaml'), me, clock), openFence);
  t.equal(
    await readFence(path.join(path.dirname(file), 'no.yaml'), 4711, clock),
    openFence,
    'in whosever folder it is not',
  );
});

t.test('one place, that no variable moves', async (t) => {
  t.equal(fencePath('linux'), '/etc/edgeprobe/fence.yaml');
  t.equal(fencePath('darwin'), '/etc/edgeprobe/fence.yaml');
  t.equal(fencePath('win32'), 'C:\\ProgramData\\edgeprobe\\fence.yaml');
});

t.test('a fence that others may write is none to rely on, and nothing runs', needing('linux'), async (t) => {
  for (const mode of [0o666, 0o664, 0o646, 0o622]) {
    const file = place(t);
    chmodSync(file, mode);
    await refused(t, file, /it may be written by others than its owner \(mode 6/);
    chmodSync(file, 0o644);
    chmodSync(path.dirname(file), 0o777);
    await refused(t, file, /its folder may be written by others/);
  }
  await refused(t, place(t), /its folder belongs to user \d+, not to 4711/, 4711);
});

t.test('neither links nor pipes nor folders lead around it', needing('linux', 'mkfifo'), async (t) => {
  const real = place(t);
  const link = path.join(path.dirname(real), 'link.yaml');
  symlinkSync(real, link);
  await refused(t, link, /it is a link/);
  const dangling = path.join(path.dirname(real), 'dangling.yaml');
  symlinkSync('/nonexistent/fence.yaml', dangling);
  await refused(t, dangling, /it is a link/);
  const linked = path.join(path.dirname(path.dirname(real)), 'linked');
  symlinkSync(path.dirname(real), linked);
  await refused(t, path.join(linked, 'fence.yaml'), /its folder is a link/);
  const pipe = path.join(path.dirname(real), 'pipe.yaml');
  execFileSync('mkfifo', [pipe]);
  chmodSync(pipe, 0o644);
  await refused(t, pipe, /it is not a file/);
  const folder = path.join(path.dirname(real), 'folder.yaml');
  mkdirSync(folder);
  await refused(t, folder, /it is not a file/);
  await refused(t, path.join(real, 'fence.yaml'), /cannot read it \(ENOTDIR\)/);
});

t.test('every mistake in it is named with its line, and then nothing runs', async (t) => {
  for (const [text, why] of [
    ['dial: [{ network: 10.0.0.0/33 }]', /:1:19: dial\[0\]\.network: "10\.0\.0\.0\/33": its prefix/],
    ['dial:\n  - network: example.com', /:2:14: dial\[0\]\.network: "example\.com": it is neither/],
    ['dial:\n  - network: 10.0.0.0/8\n    ports: 0-9', /:3:12: dial\[0\]\.ports: 0 is not a port/],
    ['dial: []\nrate: 0', /:2:7: rate: expected dials per second, more than 0/],
    ['dial: []\nrates: 5', /:2:1: .*rates/],
    ['dials: []', /:1:1: .*dials.*did you mean "dial"/],
    ['dial: [{ network: 10.0.0.0/8, sweeps: yes please }]', /sweeps: expected true or false/],
    ['respond: [{ bind: 10.0.0.1 }]', /answer.*is missing/],
    ['[', /:1:/],
    ['', /is empty|expected a map/],
  ] as const) {
    await refused(t, place(t, text), why);
  }
  await refused(t, place(t, `# ${'x'.repeat(300_000)}`), /it is larger than/);
});

t.test('nothing is a fence that lets nothing out', async (t) => {
  t.match(parseFence('{}', 'f'), { dial: [], respond: [], rate: 0 });
});
