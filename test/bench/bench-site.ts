import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A folder with a site file and the credential of its responders. */
export interface SiteFolder {
  readonly path: string;
  readonly file: string;
  /** Puts a file beside it and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** Writes a site file of these keys beside the usual ones of the bench. */
export const siteFolder = (site: Readonly<Record<string, unknown>>): SiteFolder => {
  const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-bench-'));
  const secret = join(folder, 'secret.txt');
  writeFileSync(secret, 'bench:not a secret\n');
  chmodSync(secret, 0o600);
  const file = join(folder, 'site.yaml');
  const common = { site: 'bench', features: 'all', responder: { credentialsFile: 'secret.txt' }, sweep: { rate: 0 } };
  writeFileSync(file, stringify({ ...common, ...site }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return { path: folder, file, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
