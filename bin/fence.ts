import { fencePath, readFence } from '../agent/fence-file.ts';
import type { Fence } from '../probes/fence.ts';
import { systemClock } from '../probes/world.ts';
import { withHint } from './complaint.ts';

const hint = 'The administrator of this host set it up: it is to be owned by root and writable by nobody else.';

/** The fence of this host. No flag and no environment variable leads elsewhere. Throws UsageError if it cannot be relied on. */
export const hostFence = (): Fence => {
  const { platform } = process;
  // Windows keeps lists of permissions that Node does not tell: there the folder is the administrator's to protect.
  const owner = platform === 'win32' ? null : 0;
  return withHint(hint, () => readFence(fencePath(platform), owner, systemClock));
};
