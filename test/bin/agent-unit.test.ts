import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { needing } from '../require.ts';
import { repository } from '../sources.ts';

const service = 'edgeprobe-agent.service';

/** The unit of docs/deploy.md, and what that page adds to it for some uses. */
const documented = (): readonly string[] => {
  const text = readFileSync(path.join(repository, 'docs/deploy.md'), 'utf8');
  return [...text.matchAll(/```ini\n(.*?)```/gs)].map(([, block]) => block ?? '');
};

/** What systemd says of a unit with these additions: it ignores keys that it does not know, and only tells. */
const verified = (folder: string, unit: string, additions: readonly string[]): string => {
  const beside = path.join(folder, `${service}.d`);
  mkdirSync(beside, { recursive: true });
  writeFileSync(path.join(folder, service), unit);
  for (const [index, text] of additions.entries()) writeFileSync(path.join(beside, `${index}.conf`), text);
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', service], {
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const ours = (stdout + stderr).split('\n').filter((line) => line.includes(folder) || line.includes(service));
  return [...(status === 0 ? [] : [`ended with ${status}`]), ...ours].join('\n');
};

t.test('the unit of docs/deploy.md is one that systemd understands', needing('systemd-analyze'), async (t) => {
  const [unit = '', ...additions] = documented();
  t.match(unit, /^\[Unit\][\s\S]*\nExecStart=\/usr\/bin\/node [\s\S]*\nNoNewPrivileges=yes\n/);
  t.equal(additions.length, 3, 'secrets, scraped from elsewhere, a textfile');
  // Node may stand elsewhere on the machine of the test, and nobody installed anything.
  const runs = (text: string): string => text.replaceAll(/^(Exec\w+=)\/usr\/bin\/node/gm, `$1${process.execPath}`);
  t.equal(verified(t.testdir({ plain: {} }), runs(unit), additions.map(runs)), '');
  t.match(
    verified(t.testdir({ slip: {} }), runs(unit).replace('ProtectSystem=', 'ProtectSytem='), []),
    /Unknown key.*ProtectSytem/,
    'it would say so',
  );
});
