import type { Clock } from '../probes/world.ts';
import type { Log } from './log.ts';
import type { ReloadState } from './metric-agent.ts';
import type { Configuration } from './watch.ts';
import { fileStamp } from './web-config.ts';

/** A configuration, and the files it was read from. */
export interface LoadedConfiguration {
  readonly configuration: Configuration;
  readonly files: readonly string[];
}

export interface Reloader {
  /** Loads and adopts. A configuration that cannot be used changes nothing; the text says what is wrong with it. */
  readonly reload: (why: string) => Promise<{ readonly ok: boolean; readonly text: string }>;
  readonly state: () => ReloadState;
  /** Looks every few seconds whether a file changed, and then reloads. The returned function ends that. */
  readonly watchFiles: () => () => void;
}

interface ReloaderInput {
  /** Throws where the configuration cannot be used. */
  readonly load: () => Promise<LoadedConfiguration>;
  readonly adopt: (configuration: Configuration) => Promise<void>;
  /** What is in force at the start. */
  readonly first: LoadedConfiguration;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seconds between two looks at the files. A change counts once it has stood so long: writing takes a while. */
const lookEvery = 2;

export const createReloader = ({ load, adopt, first, clock, log }: ReloaderInput): Reloader => {
  let state: ReloadState = { successful: true, loadedAt: clock.now() };
  let files = first.files;
  let used = fileStamp(files);
  let queue: Promise<unknown> = Promise.resolve();

  const once = async (why: string): Promise<{ ok: boolean; text: string }> => {
    const stamp = fileStamp(files);
    try {
      const loaded = await load();
      files = loaded.files;
      used = fileStamp(files);
      await adopt(loaded.configuration);
      state = { successful: true, loadedAt: clock.now() };
      const { site } = loaded.configuration.plan;
      log.info('configuration loaded', { why, digest: site.digest });
      return { ok: true, text: `configuration ${site.digest} loaded` };
    } catch (error) {
      used = stamp;
      state = { ...state, successful: false };
      const problem = error instanceof Error ? error.message : String(error);
      log.error('configuration not loaded, the one before stays in force', { why, problem });
      return { ok: false, text: `not loaded, the configuration before stays in force:\n${problem}` };
    }
  };
  const reload: Reloader['reload'] = (why) => {
    const over = queue.then(() => once(why));
    queue = over;
    return over;
  };
  return {
    reload,
    state: () => state,
    watchFiles: () => {
      let seen = used;
      let cancel: () => void = () => undefined;
      const look = (): void => {
        cancel = clock.after(lookEvery, () => {
          const now = fileStamp(files);
          const settled = now === seen;
          seen = now;
          if (settled && now !== used) void reload('a file changed').finally(look);
          else look();
        });
      };
      look();
      return () => cancel();
    },
  };
};
