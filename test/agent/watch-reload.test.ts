import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { createLog } from '../../agent/log.ts';
import type { Configuration } from '../../agent/watch.ts';
import { createReloader, type LoadedConfiguration } from '../../agent/watch-reload.ts';
import { handClock } from '../probes/hand-clock.ts';
import { planOf } from './two-nodes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'edgeprobe-reload-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** A reloader whose configuration is good unless its file says "bad". */
const reloading = (name: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, 'one');
  const clock = handClock();
  const lines: { msg: string; level: string; problem?: string }[] = [];
  const log = createLog('info', 'json', clock.now, (line) => lines.push(JSON.parse(line)));
  const adopted: Configuration[] = [];
  const state = { problem: null as string | null, takes: 0 };
  const made = (): LoadedConfiguration => ({
    configuration: { plan: planOf(), families: new Set([4] as const), self: null, ask: () => Promise.reject() },
    files: [file],
  });
  const reloader = createReloader({
    ...{ clock, log, first: made() },
    load: async () => {
      await new Promise<void>((resolve) => clock.after(state.takes, resolve));
      if (state.problem !== null) throw new Error(state.problem);
      return made();
    },
    adopt: async (configuration) => {
      adopted.push(configuration);
    },
  });
  let size = 0;
  /** Writes the file anew, each time another size: the clock of a file system is coarse. */
  const touch = (): void => writeFileSync(file, 'x'.repeat(++size * 10));
  return { clock, lines, adopted, state, reloader, touch };
};

t.test('a bad configuration changes nothing, and is said in state, log and answer', async (t) => {
  const { clock, lines, adopted, state, reloader } = reloading('a');
  const loadedAt = reloader.state().loadedAt?.getTime();
  await clock.advance(60);
  state.problem = 'site.yaml:3:1: nonsense';
  const bad = reloader.reload('test');
  await clock.advance(1);
  t.match(await bad, { ok: false, text: /site\.yaml:3:1: nonsense/ });
  t.match(reloader.state(), { successful: false });
  t.equal(reloader.state().loadedAt?.getTime(), loadedAt, 'that of the one in force');
  t.match(lines.at(-1), { level: 'error', problem: state.problem });
  t.equal(adopted.length, 0);
  state.problem = null;
  const good = reloader.reload('test');
  await clock.advance(1);
  t.match(await good, { ok: true });
  t.match(reloader.state(), { successful: true });
  t.ok((reloader.state().loadedAt?.getTime() ?? 0) > (loadedAt ?? 0));
  t.equal(adopted.length, 1);
});

t.test('one after the other', async (t) => {
  const { clock, adopted, state, reloader } = reloading('b');
  state.takes = 5;
  const both = [reloader.reload('one'), reloader.reload('two')];
  await clock.advance(6);
  t.equal(adopted.length, 1);
  await clock.advance(5);
  t.equal(adopted.length, 2);
  await Promise.all(both);
});

t.test('a changed file, once it has settled', async (t) => {
  const { clock, adopted, state, reloader, touch, lines } = reloading('c');
  const stop = reloader.watchFiles();
  await clock.advance(20);
  t.equal(adopted.length, 0, 'nothing changed');
  touch();
  await clock.advance(2);
  touch();
  await clock.advance(2);
  t.equal(adopted.length, 0, 'it is still being written');
  await clock.advance(3);
  t.equal(adopted.length, 1);
  await clock.advance(20);
  t.equal(adopted.length, 1, 'and then no more');
  state.problem = 'bad';
  touch();
  await clock.advance(20);
  t.equal(lines.filter(({ level }) => level === 'error').length, 1, 'a bad one is told once');
  state.problem = null;
  touch();
  await clock.advance(20);
  t.equal(adopted.length, 2);
  stop();
  touch();
  await clock.advance(20);
  t.equal(adopted.length, 2, 'nobody looks any more');
});
