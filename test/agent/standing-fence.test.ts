import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type FenceNews, standingFence } from '../../agent/standing-fence.ts';
import { needing } from '../require.ts';

const me = process.getuid?.() ?? null;
const dial = (address: string) => ({ transport: 'tcp', address, port: 443, sweep: false }) as const;

t.test('a fence whose file changes holds as it is then', needing('linux'), async (t) => {
  const folder = path.join(t.testdir(), 'edgeprobe');
  mkdirSync(folder, { mode: 0o755 });
  const file = path.join(folder, 'fence.yaml');
  const write = (text: string): void => writeFileSync(file, text, { mode: 0o644 });
  let now = 0;
  const news: FenceNews[] = [];
  const fence = await standingFence(file, me, { monotonic: () => now }, (one) => void news.push(one));
  const listener = { address: '10.0.0.1', port: 443 };
  const lets = (address: string): boolean => fence.admit(dial(address)) === null;
  /** Who asks after some seconds has the file looked at; waits until it was read anew. */
  const seen = async (): Promise<FenceNews[]> => {
    now += 6;
    fence.rate(0);
    while (news.length === 0) await sleep(1);
    return news.splice(0);
  };

  t.ok(lets('11.1.1.1'), 'there is none');

  write('dial: [{ network: 10.0.0.0/8 }]\nrate: 7\n');
  t.strictSame(await seen(), [{ file, problem: null }], 'told once');
  t.notOk(lets('11.1.1.1'), 'it came, stricter');
  t.ok(lets('10.1.1.1'));
  t.equal(fence.rate(0), 7);
  t.notOk(fence.answers(listener, '10.1.1.1'));

  write('dial: [{ network: 192.0.2.0/24 }]\nrespond: [{ bind: 10.0.0.1, answer: [10.0.0.0/8] }]\n');
  t.ok(lets('10.1.1.1'), 'not looked at for each dial');
  await seen();
  t.notOk(lets('10.1.1.1'));
  t.ok(fence.answers(listener, '10.1.1.1'));
  t.equal(fence.bind('tcp', '10.0.0.1', 443), null);

  for (const [why, spoil] of [
    ['a mistake in it', () => write('dial: 7\n')],
    ['others may write it', () => chmodSync(file, 0o666)],
    ['others may write its folder', () => chmodSync(folder, 0o777)],
  ] as const) {
    write('dial: [{ network: 192.0.2.0/24 }]\nrespond: [{ bind: 10.0.0.1, answer: [10.0.0.0/8] }]\n');
    await seen();
    t.ok(lets('192.0.2.1'), why);
    spoil();
    const told = await seen();
    t.notOk(lets('192.0.2.1'), why);
    t.match(fence.refusal(dial('192.0.2.1'))?.failure, { code: 'fenced', message: /cannot be relied on/ }, why);
    t.match(fence.bind('tcp', '10.0.0.1', 443)?.failure, { code: 'fenced' }, why);
    t.notOk(fence.answers(listener, '10.1.1.1'), why);
    t.match(told, [{ problem: /fence\.yaml:1:/ }], why);
    chmodSync(folder, 0o755);
    chmodSync(file, 0o644);
  }
  rmSync(file);
  await seen();
  t.ok(lets('11.1.1.1'), 'taken away by who owns it');
});

t.test(
  'a fence that could not be read for once is read again, and told of once',
  needing('linux', 'root'),
  async (t) => {
    const folder = path.join(t.testdir(), 'edgeprobe');
    mkdirSync(folder, { mode: 0o755 });
    const file = path.join(folder, 'fence.yaml');
    writeFileSync(file, 'dial: [{ network: 10.0.0.0/8 }]\n', { mode: 0o644 });
    let now = 0;
    const news: FenceNews[] = [];
    const fence = await standingFence(file, me, { monotonic: () => now }, (one) => void news.push(one));
    const look = async (): Promise<void> => {
      now += 6;
      fence.rate(0);
      await sleep(50);
    };
    const before = /Max open files +(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '';
    const limit = (soft: string): Buffer => execFileSync('prlimit', [`--pid=${process.pid}`, `--nofile=${soft}:`]);
    writeFileSync(file, 'dial: [{ network: 192.0.2.0/24 }]\n');
    limit('256');
    const taken: number[] = [];
    const takeAll = (): void => {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    };
    t.throws(takeAll, { code: 'EMFILE' }, 'no descriptor is left for the file that changed');
    await look();
    await look();
    for (const one of taken) closeSync(one);
    limit(before);
    t.match(news, [{ problem: /EMFILE/ }], 'told once');
    t.match(fence.admit(dial('192.0.2.1'))?.failure.message, /cannot be relied on/, 'and meanwhile nothing passes');
    await look();
    t.equal(fence.admit(dial('192.0.2.1')), null, 'the file is as good as it was');
    t.notSame(fence.admit(dial('10.0.0.1')), null);
    t.match(news.slice(1), [{ problem: null }]);
  },
);
