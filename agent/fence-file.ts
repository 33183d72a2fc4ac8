import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { createFence, type Fence, type FenceRules, openFence } from '../probes/fence.ts';
import { networkProblem } from '../probes/networks.ts';
import type { Clock } from '../probes/world.ts';
import { parsePorts, portsProblem } from './ports.ts';
import { FileError, type Locate, parseYaml } from './yaml-file.ts';

/**
 * Where the fence of a host stands. A constant of the system: a flag or an environment variable for it would be a way
 * around it, and so would %ProgramData%.
 */
export const fencePath = (platform: string): string =>
  platform === 'win32' ? 'C:\\ProgramData\\edgeprobe\\fence.yaml' : '/etc/edgeprobe/fence.yaml';

const network = z.string().superRefine((text, context) => {
  const problem = networkProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: `"${text}": ${problem}` });
});

const ports = z.preprocess(
  (given) => (typeof given === 'number' ? String(given) : given),
  z.string().superRefine((text, context) => {
    const problem = portsProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  }),
);

const schema = z.strictObject({
  dial: z.array(z.strictObject({ network, ports: ports.optional(), sweeps: z.boolean().default(false) })).default([]),
  respond: z.array(z.strictObject({ bind: network, ports: ports.optional(), answer: z.array(network) })).default([]),
  rate: z.number().positive('expected dials per second, more than 0').max(100_000).optional(),
});

/** Reads the text of a fence file. Throws FileError with every problem in it. */
export const parseFence = (text: string, file: string): FenceRules => {
  const parsed = parseYaml(text, schema);
  if (!parsed.ok) throw new FileError(file, parsed.problems);
  const { dial, respond, rate } = parsed.value;
  const locate: Locate = parsed.locate;
  const line = (...at: (string | number)[]): number => locate(at).line;
  const portsOf = (given: string | undefined): FenceRules['dial'][number]['ports'] =>
    given === undefined ? [] : parsePorts(given);
  return {
    file,
    rate: rate ?? 0,
    lines: { dial: line('dial'), respond: line('respond'), rate: line('rate') },
    dial: dial.map((one, index) => ({
      ...{ network: one.network, ports: portsOf(one.ports), sweeps: one.sweeps },
      lines: {
        network: line('dial', index, 'network'),
        ports: line('dial', index, 'ports'),
        sweeps: line('dial', index, 'sweeps'),
      },
    })),
    respond: respond.map((one, index) => ({
      ...{ bind: one.bind, ports: portsOf(one.ports), answer: one.answer },
      lines: { bind: line('respond', index, 'bind'), ports: line('respond', index, 'ports') },
    })),
  };
};

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
export const readFence = (file: string, owner: FenceOwner, clock: Pick<Clock, 'monotonic'>): Fence => {
  const text = readOwned(file, owner);
  return text === null ? openFence : createFence(parseFence(text, file), clock);
};
