import { isAbsolute } from 'node:path';
import { selfTest } from '../agent/self-test.ts';
import { askerFor } from '../agent/watch-ask.ts';
import type { LoadedConfiguration } from '../agent/watch-reload.ts';
import type { World } from '../probes/world.ts';
import { text, type Values } from './command.ts';
import { load } from './load.ts';
import { readTlsFiles } from './tls-files.ts';
import { readTurnFiles } from './turn-files.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads everything an agent is configured by: site file, packs, TLS files, credentials, and the addresses of this host.
 * Throws UsageError or FileError.
 */
export const loadConfiguration = async (
  values: Values,
  world: World,
  warn: (line: string) => void,
): Promise<LoadedConfiguration> => {
  if (text(values, 'config') === null) {
    throw new UsageError('--config is missing', "'edgeprobe config init > site.yaml' writes a site file to fill in.");
  }
  const { plan, host } = load(values, world.clock.now(), warn);
  const { site } = plan;
  const tls = readTlsFiles(site);
  const credentials = readTurnFiles(plan);
  const secured = plan.rules.some(({ rule, asks }) => rule.security !== 'none' && asks.length > 0);
  const turnFiles = plan.rules.flatMap(({ asks }) =>
    asks.flatMap(({ options }) => [options.credentials ?? [], options.proof ?? []].flat()),
  );
  const tlsFiles = Object.values(site.tls).filter((file) => file !== null);
  return {
    configuration: {
      ...{ plan, families: host.families },
      ask: askerFor(site.sweep.rate, { tls, credentials }, world),
      self: secured ? await selfTest(tls, world) : null,
    },
    files: [...new Set([site.file, ...site.packs.filter((pack) => isAbsolute(pack)), ...tlsFiles, ...turnFiles])],
  };
};
