import { hostname } from 'node:os';
import { openHalfOpenBook } from '../agent/half-open-book.ts';
import type { RespondLog } from '../agent/respond-log.ts';
import { recordOf } from '../agent/respond-record.ts';
import type { Part } from '../agent/respond-services.ts';
import type { Standing } from '../agent/respond-text.ts';
import type { Site } from '../agent/site.ts';
import { halfOpenNow } from '../probes/half-open.ts';
import { pause, type World } from '../probes/world.ts';
import { writeAtomically } from './outputs.ts';
import { warn } from './terminal.ts';
import { version } from './version.ts';

/** What a record is made of. */
export interface Recorded {
  readonly file: string;
  readonly site: Site;
  readonly part: Part;
  /** What stands at this moment. */
  readonly standing: () => Standing;
  readonly log: RespondLog;
  readonly world: World;
  /** For every other process, the instant (ISO 8601) up to which it has told what it heard. */
  readonly told: () => readonly string[];
}

/** A record that is kept while the responder runs. */
export interface Recording {
  /** Ends the looking, with one more look while the ports are still open. */
  readonly lastLook: () => Promise<void>;
  /** Writes the whole record. Throws UsageError if the file cannot be written. */
  readonly finish: () => void;
}

/** Seconds between two looks for half-open connections, and between two writings, at least. */
const secondsPerLook = 1;
const secondsPerWriting = 2;

/** Looking and writing take at most this share of the time each. */
const mostBusy = 0.05;

/**
 * Writes the record every few seconds: `check --far` can read it meanwhile, and a responder that is killed has not heard
 * in vain. With each writing it looks for half-open connections, where the system shows them.
 */
export const startRecording = (recorded: Recorded): Recording => {
  const { file, site, part, standing, log, world, told } = recorded;
  const book = openHalfOpenBook(standing().bound);
  const startedAt = new Date();
  const over = new AbortController();
  let complained = false;

  const write = (ended: boolean): void => {
    const now = new Date();
    const finishedAt = ended ? now : new Date(Math.min(now.getTime(), ...told().map((at) => new Date(at).getTime())));
    const frame = { site, as: part, host: hostname(), version: version(), startedAt, finishedAt, ended };
    const record = recordOf(standing(), log, { ...frame, halfOpen: book.record() });
    writeAtomically(file, `${JSON.stringify(record, null, 2)}\n`);
  };
  const look = async (): Promise<void> => {
    const sample = await halfOpenNow();
    if (sample !== null) book.note(sample, new Date());
  };
  const waiting: World = { ...world, signal: AbortSignal.any([world.signal, over.signal]) };
  /** Does it again and again, in at most its share of the time. */
  const again = async (seconds: number, work: () => Promise<void> | void): Promise<void> => {
    while (!waiting.signal.aborted) {
      const since = world.clock.monotonic();
      await work();
      await pause(waiting, Math.max(seconds, (world.clock.monotonic() - since) / mostBusy));
    }
  };
  const tryToWrite = (): void => {
    try {
      write(false);
    } catch (error) {
      if (!complained) warn(error instanceof Error ? error.message : 'the record cannot be written');
      complained = true;
    }
  };
  const looking = Promise.all([again(secondsPerLook, look), again(secondsPerWriting, tryToWrite)]);
  return {
    lastLook: async () => {
      over.abort();
      await looking;
      await look();
    },
    finish: () => write(true),
  };
};
