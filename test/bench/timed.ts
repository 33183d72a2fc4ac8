import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** How a program ran. */
export interface Timed {
  /** From the spawn to the end of the process. */
  readonly seconds: number;
  /** Computing, its children included. */
  readonly cpuSeconds: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What bash's `time` prints last with this TIMEFORMAT: wall, user and system seconds. It may stand behind a line that the
 * program left open. Null: it was cut short.
 */
export const readTimes = (stderr: string): { readonly seconds: number; readonly cpuSeconds: number } | null => {
  const found = /BENCH ([\d.]+) ([\d.]+) ([\d.]+)\n?$/.exec(stderr);
  if (!found) return null;
  const [, wall, user, system] = found;
  return { seconds: Number(wall), cpuSeconds: Number(user) + Number(system) };
};

/** Starts a program that dies with this process. */
export const startProgram = (
  argv: readonly string[],
  stdio: readonly ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'],
) => spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: [...stdio] }) as ChildProcess;

/**
 * Runs a program to its end and times the whole process: bash spawns it and measures from there. It gets as many
 * descriptors as this host allows, because Node takes them by itself and others do not.
 * @param enter words in front of the command line, outside of what is timed (`ip netns exec NAME`)
 * @param limit seconds after which it is stopped; `code` is then 124
 */
export const timed = async (enter: readonly string[], argv: readonly string[], limit = 60): Promise<Timed> => {
  const script = 'ulimit -Sn "$(ulimit -Hn)"; TIMEFORMAT="BENCH %3R %3U %3S"; time "$@"';
  const limited = ['timeout', '-s', 'INT', '-k', '5', String(limit), ...argv];
  const child = startProgram([...enter, 'bash', '-c', script, 'bash', ...(limit > 0 ? limited : argv)]);
  if (!child.stdout || !child.stderr) throw new Error('bench: no pipes');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const times = readTimes(stderr);
  if (!times) throw new Error(`bench: ${argv.join(' ')}: ${stderr.trim()}`);
  return { ...times, code: child.exitCode, stdout, stderr: stderr.replace(/BENCH [^\n]*\n?$/, '') };
};
