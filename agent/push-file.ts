import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

/** What writing a file needs of the system. */
export interface FileSystem {
  /** Opens a file that must not exist yet for writing. */
  readonly open: (file: string) => number;
  readonly write: (descriptor: number, text: string) => void;
  readonly close: (descriptor: number) => void;
  readonly rename: (from: string, to: string) => void;
  readonly remove: (file: string) => void;
}

const writeAll = (descriptor: number, text: string): void => {
  const bytes = Buffer.from(text);
  // The last bytes of a file that does not fit are written short, without an error.
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  fsyncSync(descriptor);
};

export const systemFiles: FileSystem = {
  open: (file) => {
    const descriptor = openSync(file, 'wx', 0o644);
    // Another user's collector is to read it, whatever a unit's UMask says.
    fchmodSync(descriptor, 0o644);
    return descriptor;
  },
  write: writeAll,
  close: closeSync,
  rename: renameSync,
  remove: (file) => rmSync(file, { force: true }),
};

/**
 * Writes a textfile for the node exporter, so that a reader finds the old one or the new one, never a part. The name of
 * the temporary file does not end in `.prom`: no collector reads it.
 * @throws the system's error if it cannot be written; nothing is left behind then, and the old file stays
 */
export const writeTextfile = (file: string, text: string, files: FileSystem = systemFiles): void => {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  files.remove(temporary);
  try {
    const descriptor = files.open(temporary);
    try {
      files.write(descriptor, text);
    } finally {
      files.close(descriptor);
    }
    files.rename(temporary, file);
  } catch (error) {
    files.remove(temporary);
    throw error;
  }
};
