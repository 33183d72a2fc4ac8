import type { Line, Section } from './goals.ts';
import { median } from './statistics.ts';
import { timed } from './timed.ts';

/** How long a command takes that does next to nothing, beside bare node. */
export const start = async (runs: number, bundle: string): Promise<Section> => {
  const node = process.execPath;
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['node -e 0', [node, '-e', '0']],
    ['edgeprobe --version', [node, bundle, '--version']],
    ['edgeprobe probe tcp 127.0.0.1:1', [node, bundle, 'probe', 'tcp', '127.0.0.1:1']],
    ['edgeprobe rules list', [node, bundle, 'rules', 'list']],
  ];
  const seen = commands.map(() => ({ seconds: [] as number[], cpu: [] as number[] }));
  for (let turn = 0; turn < runs * 2; turn++) {
    for (const [index, [, argv]] of commands.entries()) {
      const run = await timed([], argv);
      seen[index]?.seconds.push(run.seconds);
      seen[index]?.cpu.push(run.cpuSeconds);
    }
  }
  const bare = median(seen[0]?.seconds ?? []);
  const lines = commands.map(([who], index): Line => {
    const seconds = median(seen[index]?.seconds ?? []);
    const measured = `${(seconds * 1000).toFixed(0)} ms, cpu ${(median(seen[index]?.cpu ?? []) * 1000).toFixed(0)} ms`;
    return { what: 'start', who, measured, ratio: index === 0 ? null : seconds / bare, goal: null, exact: '' };
  });
  return { title: 'Start of the command', lines, notes: ['Here the share is that of bare node.'] };
};
