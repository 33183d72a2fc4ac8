import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../sources.ts';
import { fromHex } from '../wire/hostile.ts';

/** Where inputs that once broke a promise are kept, as `<target>-<what>.hex`. */
const folder = path.join(repository, 'test', 'fuzz', 'found');

/** The inputs that were found for a target, by file name. */
export const foundFor = (target: string): ReadonlyMap<string, Uint8Array> => {
  const names = readdirSync(folder).filter(
    (name) => name.endsWith('.hex') && name.replace(/\.[^.]*$/, '').split('.')[0] === target,
  );
  return new Map(names.sort().map((name) => [name, fromHex(readFileSync(path.join(folder, name), 'utf8'))]));
};
