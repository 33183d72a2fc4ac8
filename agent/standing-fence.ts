import { lstatSync, type Stats } from 'node:fs';
import path from 'node:path';
import { type Fence, shutFence } from '../probes/fence.ts';
import type { Clock } from '../probes/world.ts';
import { type FenceOwner, readFence } from './fence-file.ts';

/** What became of a fence whose file changed: `problem` where it cannot be relied on any more, so nothing may be dialled. */
export interface FenceNews {
  readonly file: string;
  readonly problem: string | null;
}

/** Seconds between two looks at the file, while somebody asks the fence. */
const lookEvery = 5;

const spelled = (of: string): string => {
  let stats: Stats;
  try {
    stats = lstatSync(of);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  }
  const { ino, size, mtimeMs, ctimeMs, mode, uid } = stats;
  return stats.isDirectory() ? `${ino} ${mode} ${uid}` : `${ino} ${size} ${mtimeMs} ${ctimeMs} ${mode} ${uid}`;
};

/** The file, and who may put another in its place. */
const stampOf = (file: string): string => `${spelled(file)} in ${spelled(path.dirname(file))}`;

/**
 * The fence of a host for as long as a process lives, which may be months: once its file changed it holds as it stands
 * then, whoever is told to reload or not, for it is the administrator's and not the user's. While a changed file cannot
 * be relied on, nothing may be dialled, as at the start. What is dialled in the moment of reading goes by the old one.
 * @param told of a change, or of what keeps it from being relied on, once
 * @throws FileError if it cannot be relied on at the start
 */
export const standingFence = async (
  file: string,
  owner: FenceOwner,
  clock: Pick<Clock, 'monotonic'>,
  told: (news: FenceNews) => void,
): Promise<Fence> => {
  let stamp: string | null = stampOf(file);
  let fence = await readFence(file, owner, clock);
  let looked = clock.monotonic();
  let reading = false;
  let lastProblem: string | null = null;
  const read = async (): Promise<void> => {
    reading = true;
    let problem: string | null = null;
    try {
      fence = await readFence(file, owner, clock);
    } catch (error) {
      [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      fence = shutFence(problem);
      // It may have been for want of a descriptor: the file need not change to be good again.
      stamp = null;
    }
    reading = false;
    if (problem === null || problem !== lastProblem) told({ file, problem });
    lastProblem = problem;
  };
  const inForce = (): Fence => {
    const now = clock.monotonic();
    if (reading || now - looked < lookEvery) return fence;
    looked = now;
    const found = stampOf(file);
    if (found !== stamp) {
      stamp = found;
      void read();
    }
    return fence;
  };
  return {
    refusal: (dial) => inForce().refusal(dial),
    admit: (dial) => inForce().admit(dial),
    bind: (transport, address, port) => inForce().bind(transport, address, port),
    answers: (listener, to) => inForce().answers(listener, to),
    rate: (wanted) => inForce().rate(wanted),
  };
};
