import { readFileSync } from 'node:fs';

/** Put in by the bundler; absent when run from the compiled sources. */
declare const EDGEPROBE_VERSION: string | undefined;

/** The version of this edgeprobe. */
export const version = (): string => {
  if (typeof EDGEPROBE_VERSION !== 'undefined') return EDGEPROBE_VERSION;
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
};
