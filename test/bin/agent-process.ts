import { once } from 'node:events';
import type { Test } from 'tap';
import { fetchFrom, type Response } from '../agent/serving.ts';
import { until } from '../until.ts';
import { type Ended, start } from './command.ts';

/** One line of the agent's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** An agent that runs, on a free port of loopback. */
export interface AgentProcess {
  readonly port: number;
  readonly pid: number;
  readonly log: () => readonly LogLine[];
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  /** The value of a series that has these labels; undefined if there is none. */
  readonly metric: (name: string, ...labels: string[]) => Promise<number | undefined>;
  readonly kill: (signal: NodeJS.Signals) => Promise<Ended & { readonly seconds: number }>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** The value of the series of a metric whose line holds these labels. */
export const seriesOf = (text: string, name: string, ...labels: string[]): number | undefined => {
  const found = text
    .split('\n')
    .find(
      (line) =>
        (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && labels.every((one) => line.includes(one)),
    );
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ') + 1));
};

/** Starts an agent; it is ended with the test. */
export const startAgent = async (
  t: Test,
  cwd: string,
  words: readonly string[] = [],
  within: readonly string[] = [],
): Promise<AgentProcess> => {
  const all = [
    'agent',
    '--config',
    'site.yaml',
    '--vantage',
    'outside',
    '--web.listen-address',
    '127.0.0.1:0',
    ...words,
  ];
  const { child, ended } = start(all, { cwd, within });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stderr?.on('data', (chunk: string) => {
    text += chunk;
  });
  const log = (): LogLine[] => {
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).trimEnd();
    return lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line) as LogLine);
  };
  let port = 0;
  await until(t, 'the agent listens', () => {
    if (child.exitCode !== null) throw new Error(`the agent ended at once: ${text}`);
    const address = text.includes('\n') ? log().find(({ msg }) => msg === 'listening')?.['address'] : undefined;
    port = Number(/:(\d+)$/.exec(String(address))?.[1] ?? 0);
    return port > 0;
  });
  const get: AgentProcess['get'] = (path, headers = {}) => fetchFrom(port, path, { headers });
  return {
    ...{ port, log, get },
    pid: child.pid ?? 0,
    metric: async (name, ...labels) => seriesOf((await get('/metrics')).body, name, ...labels),
    signal: (signal) => child.kill(signal),
    kill: async (signal) => {
      const began = performance.now();
      if (child.exitCode === null) {
        child.kill(signal);
        await once(child, 'exit');
      }
      return { ...(await ended), seconds: (performance.now() - began) / 1000 };
    },
  };
};
