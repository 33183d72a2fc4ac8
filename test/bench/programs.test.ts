import { readFileSync } from 'node:fs';
import t from 'tap';
import { needing } from '../require.ts';
import { readChecks } from './agent-cost.ts';
import { cpuSeconds, readCpu, readResident, residentMegabytes, startUntil } from './programs.ts';
import { timed } from './timed.ts';

t.test('memory and computing as /proc tells them', async (t) => {
  t.equal(readResident('Name:\tx\nVmRSS:\t  20480 kB\nThreads:\t1\n'), 20);
  t.equal(readResident(''), 0, 'a process that is gone');
  t.equal(readCpu('7 (a) b (c) S 1 7 7 0 -1 4194560 9 0 0 0 150 25 0 0 20 0 1 0 5 0 0'), 1.75);
  t.equal(readCpu(''), 0);
});

t.test('the checks of an agent, summed over outcomes', async (t) => {
  const metrics = `# TYPE edgeprobe_checks_total counter
edgeprobe_checks_total{rule="a",outcome="answered"} 12
edgeprobe_checks_total{rule="b",outcome="closed"} 3
edgeprobe_rule_reachable{rule="a"} 1
`;
  t.equal(readChecks(metrics), 15);
});

t.test('a program that stays, with its children', needing('linux', 'setpriv', 'sh'), async (t) => {
  const words = ['sh', '-c', 'sleep 60 & echo standing >&2; wait'];
  const standing = await startUntil(words, /standing/);
  const pid = standing.child.pid ?? 0;
  const alone = readResident(readFileSync(`/proc/${pid}/status`, 'utf8'));
  t.ok(residentMegabytes(pid) > alone, 'the child counts');
  t.ok(cpuSeconds(pid) >= 0);
  standing.end();
  await t.rejects(startUntil(['sh', '-c', 'echo no >&2; exit 1'], /standing/), /never said .*: no/);
});

t.test('the whole process is timed, and what it said is kept', needing('bash', 'setpriv', 'timeout'), async (t) => {
  const run = await timed([], ['sh', '-c', 'sleep 0.2; echo out; echo err >&2; exit 3']);
  t.match(run, { stdout: 'out\n', stderr: 'err\n', code: 3 });
  t.ok(run.seconds >= 0.2);
  t.equal((await timed([], ['sleep', '30'], 1)).code, 124, 'stopped');
});
