import { fencePath } from '../agent/fence-file.ts';
import { type FenceNews, standingFence } from '../agent/standing-fence.ts';
import type { Fence } from '../probes/fence.ts';
import { systemClock } from '../probes/world.ts';
import { hinted } from './complaint.ts';
import { warn } from './terminal.ts';

const hint = 'The administrator of this host set it up: it is to be owned by root and writable by nobody else.';

const warnOf = ({ file, problem }: FenceNews): void =>
  warn(problem === null ? `${file} changed, and holds as it is now` : `nothing is dialled any more: ${problem}`);

/**
 * The fence of this host, as it stands at every moment. No flag and no environment variable leads elsewhere.
 * Rejects with UsageError if it cannot be relied on.
 * @param told once its file changed
 */
export const hostFence = async (told: (news: FenceNews) => void = warnOf): Promise<Fence> => {
  const { platform } = process;
  // Windows keeps lists of permissions that Node does not tell: there the folder is the administrator's to protect.
  const owner = platform === 'win32' ? null : 0;
  try {
    return await standingFence(fencePath(platform), owner, systemClock, told);
  } catch (error) {
    throw hinted(hint, error);
  }
};
