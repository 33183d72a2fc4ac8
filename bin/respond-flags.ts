import { familyOf } from '../agent/address.ts';
import { parseDuration } from '../agent/duration.ts';
import type { Resolver } from '../agent/resolve.ts';
import { hostsOf, type Part, parts } from '../agent/respond-services.ts';
import { loadSite, type Site } from '../agent/site.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { networkProblem } from '../probes/networks.ts';
import { oneOf, text, texts, type Values } from './command.ts';
import { withHint } from './complaint.ts';
import { ownShare } from './respond-shares.ts';
import { warn } from './terminal.ts';
import { quoted, UsageError } from './usage-error.ts';

const usually = 2 * 3600;
const longest = 8 * 3600;

/** How long to answer, in seconds. Throws UsageError. */
export const secondsOf = (values: Values): number => {
  const given = text(values, 'for');
  if (given === null) return usually;
  let seconds: number;
  try {
    seconds = parseDuration(given);
  } catch (error) {
    throw new UsageError(`--for: ${(error as Error).message}`, 'For example --for 30m.');
  }
  if (seconds > 0 && seconds <= longest) return seconds;
  throw new UsageError(`--for ${quoted(given)} is not a time this may last`, 'More than nothing, and 8h at most.');
};

/** Whose part to play. Throws UsageError. */
export const partOf = (values: Values): Part => {
  const given = text(values, 'as');
  if (given !== null) return oneOf(given, parts, 'part');
  throw new UsageError('--as is missing', `Whose part is to be played? One of: ${parts.join(', ')}.`);
};

/** The site file of --config. Throws UsageError or FileError. */
export const siteOf = (values: Values, now: Date): Site => {
  const file = text(values, 'config');
  const hint = "'edgeprobe config init > site.yaml' writes a commented site file, 'edgeprobe config check' checks one.";
  if (file === null) throw new UsageError('--config is missing', hint);
  return withHint(hint, () => loadSite(file, readTextFile, now));
};

/** A network in which strangers live: no company's is so large. */
const isWide = (network: string): boolean => {
  const [address = '', prefix] = network.split('/');
  return prefix !== undefined && Number(prefix) < (address.includes(':') ? 19 : 8);
};

/** Who may ask: the flags, and every address behind the hosts of the site file. */
export const allowedBy = async (values: Values, site: Site, resolver: Resolver): Promise<string[]> => {
  const given = texts(values, 'allow');
  for (const network of given) {
    const problem = networkProblem(network);
    if (problem !== null)
      throw new UsageError(`--allow ${quoted(network)}: ${problem}`, 'For example --allow 203.0.113.0/24.');
  }
  for (const network of ownShare() === null ? given.filter(isWide) : []) {
    warn(`--allow ${network} serves nearly everybody who can reach this host; name the networks that ask instead`);
  }
  const hosts = hostsOf(site);
  const literal = hosts.filter((host) => familyOf(host) !== null);
  const named = await Promise.all(hosts.filter((host) => familyOf(host) === null).map(resolver));
  const addresses = named.flatMap((one) => (one.kind === 'addresses' ? one.addresses : []));
  return [...given, ...literal, ...addresses].map((one) => one.replace(/%.*$/, ''));
};
