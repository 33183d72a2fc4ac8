import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FarRecord } from '../../agent/respond-record.ts';
import { command } from './check-run.ts';
import type { Lab, Vantage } from './lab.ts';

/** Whose part is played, and where. */
const placeOf = { edge: 'dmz', far: 'outside', inside: 'inside' } as const satisfies Record<string, Vantage>;
export type Part = keyof typeof placeOf;

/** A responder that listens. */
export interface RunningResponder {
  /** The file of its record, once it has ended. */
  readonly recordFile: string;
  /** Ends it as a person would, with Ctrl-C; gives what it heard and what it told its user. */
  end(): Promise<{ record: FarRecord; summary: string }>;
}

const readyWithin = 120_000;

const untilReady = (child: ChildProcess, told: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`respond is not ready\n${told()}`)), readyWithin);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.stderr?.on('data', () => {
      if (/^ready: /m.test(told())) end();
    });
    child.once('exit', (code) => end(new Error(`respond ended at once (${code})\n${told()}`)));
  });

/** Starts `edgeprobe respond` in the place of the Edge, of the far hosts, or of Front End and Director. */
export const startResponder = async (
  lab: Lab,
  part: Part,
  site: string,
  flags: readonly string[] = [],
): Promise<RunningResponder> => {
  const recordFile = join(lab.folder, `record-${part}.json`);
  const argv = [...command, 'respond', '--config', site, '--as', part, '--for', '2h', '--record', recordFile, ...flags];
  const child = lab.spawn(placeOf[part], argv);
  let told = '';
  let summary = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    summary += text;
  });
  await untilReady(child, () => told);
  return {
    recordFile,
    end: async () => {
      const gone = once(child, 'close');
      child.kill('SIGINT');
      await gone;
      return { record: JSON.parse(readFileSync(recordFile, 'utf8')) as FarRecord, summary };
    },
  };
};
