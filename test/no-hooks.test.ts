import { spawnSync } from 'node:child_process';
import t from 'tap';
import './no-hooks.ts';

t.test('what a test starts has nothing of the test runner in it', async (t) => {
  const { stdout } = spawnSync(process.execPath, ['-p', 'process.env.NODE_OPTIONS'], { encoding: 'utf8' });
  t.equal(stdout, 'undefined\n');
});
