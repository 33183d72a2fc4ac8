import { spawnSync } from 'node:child_process';
import t from 'tap';
import type { Report } from '../../agent/report.ts';
import { needing } from '../require.ts';

t.setTimeout(600_000);

const check = [
  ...['dist/edgeprobe.mjs', 'check', '--pack', 'lync2013-edge-public', '--vantage', 'outside', '--rate', '0'],
  ...['--to', 'access-edge=127.0.0.1', '--to', 'webconf-edge=127.0.0.1', '--format', 'json'],
];

/**
 * What a process sees that may open so many files. How many Node itself holds differs from version to version; the
 * environment is empty because the test runner's hooks would need descriptors of their own.
 */
const withFiles = (most: number): Report | null => {
  const { stdout } = spawnSync(
    'sh',
    ['-c', `ulimit -n ${most} && exec env -i "$@"`, 'sh', process.execPath, ...check],
    {
      encoding: 'utf8',
    },
  );
  return stdout.startsWith('{') ? (JSON.parse(stdout) as Report) : null;
};

t.test('our own shortage is named, and is never the fault of a rule', needing('sh'), async (t) => {
  let short = 0;
  for (let most = 18; most <= 40; most++) {
    const rules = withFiles(most)?.rules ?? [];
    for (const { rule, because, verdict, findings } of rules) {
      if (because !== 'unasked') continue;
      short++;
      t.equal(verdict, 'unknown', `${rule} with ${most} files`);
      t.match(findings, [{ code: 'local-exhaustion', severity: 'warning' }]);
    }
    if (short > 0) break;
  }
  t.ok(short > 0, 'descriptors did run out');
});
