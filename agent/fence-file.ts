import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import path from 'node:path';
import { createFence, type Fence, openFence } from '../probes/fence.ts';
import type { Clock } from '../probes/world.ts';
import { FileError } from './file-error.ts';

/**
 * Where the fence of a host stands. A constant of the system: a flag or an environment variable for it would be a way
 * around it, and so would %ProgramData%.
 */
export const fencePath = (platform: string): string =>
  platform === 'win32' ? 'C:\\ProgramData\\edgeprobe\\fence.yaml' : '/etc/edgeprobe/fence.yaml';

/** A fence is a page of text. */
const largest = 256 * 1024;

const refuse = (file: string, why: string): FileError =>
  new FileError(file, [{ line: 1, column: 1, path: '', message: `is no fence to rely on: ${why}` }]);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';

/** Who may own a fence: the administrator of a POSIX host. Null where the system does not tell owners: Windows. */
export type FenceOwner = number | null;

const check = (what: string, stats: Stats, owner: FenceOwner, file: string): void => {
  if (owner === null) return;
  if (stats.uid !== owner) throw refuse(file, `${what} belongs to user ${stats.uid}, not to ${owner}`);
  if ((stats.mode & 0o022) !== 0) {
    throw refuse(file, `${what} may be written by others than its owner (mode ${(stats.mode & 0o777).toString(8)})`);
  }
};

/** The text of the file, read through one descriptor that was looked at; null where there is no file. */
const readOwned = (file: string, owner: FenceOwner): string | null => {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Record<string, number>;
  let descriptor: number;
  try {
    // Not through a link, and without waiting for somebody to write into a pipe.
    descriptor = openSync(file, (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    throw refuse(file, code === 'ELOOP' ? 'it is a link' : `it is there, but this user cannot read it (${code})`);
  }
  try {
    // Whoever may write the folder may put another file there.
    const folder = lstatSync(path.dirname(file));
    if (!folder.isDirectory()) throw refuse(file, 'its folder is a link');
    check('its folder', folder, owner, file);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw refuse(file, 'it is not a file');
    check('it', stats, owner, file);
    if (stats.size > largest) throw refuse(file, `it is larger than ${largest} bytes`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
};

/**
 * The fence of a host: what its file says, or none where there is no file.
 * @throws FileError for a file that is there and cannot be relied on: somebody else's, writable by others, a link, not
 * readable by us, or with a mistake in it. Then nothing may be dialled.
 */
export const readFence = async (file: string, owner: FenceOwner, clock: Pick<Clock, 'monotonic'>): Promise<Fence> => {
  const text = readOwned(file, owner);
  if (text === null) return openFence;
  // Only here: most hosts have no fence, and need not wait for what reads YAML.
  const { parseFence } = await import('./fence-text.ts');
  return createFence(parseFence(text, file), clock);
};
