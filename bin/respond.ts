import { hostname } from 'node:os';
import { familyOf } from '../agent/address.ts';
import { parseDuration } from '../agent/duration.ts';
import { readPack } from '../agent/packs.ts';
import { countPorts } from '../agent/ports.ts';
import { systemResolver } from '../agent/resolve.ts';
import { startResponder } from '../agent/respond.ts';
import { createRespondLog } from '../agent/respond-log.ts';
import { recordOf } from '../agent/respond-record.ts';
import { hostsOf, namesFor, type Part, parts, servicesFor } from '../agent/respond-services.ts';
import { readyText, type Standing, summaryText } from '../agent/respond-text.ts';
import { loadSite, type Site } from '../agent/site.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { generateCertificate } from '../probes/certificate.ts';
import { networkProblem, networksOf } from '../probes/networks.ts';
import { openFilesLimit } from '../probes/open-files.ts';
import { pause, systemWorld } from '../probes/world.ts';
import { oneOf, text, texts, type Values } from './command.ts';
import { withHint } from './complaint.ts';
import { hostFence } from './fence.ts';
import { refuseUnwritable, writeAtomically } from './outputs.ts';
import { onStarterEnds, ownShare, type ShareProcess, startShare, tellStarter } from './respond-shares.ts';
import { interruptible, resolverUntil } from './signals.ts';
import { warn } from './terminal.ts';
import { readCredential } from './turn-files.ts';
import { quoted, UsageError } from './usage-error.ts';
import { version } from './version.ts';

const usually = 2 * 3600;
const longest = 8 * 3600;

const secondsOf = (values: Values): number => {
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

const partOf = (values: Values): Part => {
  const given = text(values, 'as');
  if (given !== null) return oneOf(given, parts, 'part');
  throw new UsageError('--as is missing', `Whose part is to be played? One of: ${parts.join(', ')}.`);
};

const siteOf = (values: Values, now: Date): Site => {
  const file = text(values, 'config');
  const hint = "'edgeprobe config init > site.yaml' writes a commented site file, 'edgeprobe config check' checks one.";
  if (file === null) throw new UsageError('--config is missing', hint);
  return withHint(hint, () => loadSite(file, readTextFile, now));
};

/** Who may ask: the flags, and every address behind the hosts of the site file. */
const allowedBy = async (values: Values, site: Site, resolver: typeof systemResolver): Promise<string[]> => {
  const given = texts(values, 'allow');
  for (const network of given) {
    const problem = networkProblem(network);
    if (problem !== null)
      throw new UsageError(`--allow ${quoted(network)}: ${problem}`, 'For example --allow 203.0.113.0/24.');
  }
  const hosts = hostsOf(site);
  const literal = hosts.filter((host) => familyOf(host) !== null);
  const named = await Promise.all(hosts.filter((host) => familyOf(host) === null).map(resolver));
  const addresses = named.flatMap((one) => (one.kind === 'addresses' ? one.addresses : []));
  return [...given, ...literal, ...addresses].map((one) => one.replace(/%.*$/, ''));
};

/** Descriptors kept for conversations, files and the rest of the process. */
const spareFor = (limit: number): number => Math.max(128, Math.min(1200, Math.floor(limit / 4)));

const mostConnections = 1000;

/** A process with a share of the ports is ended by its starter; by itself only where that failed to. */
const secondsForStarter = 60;

/** `edgeprobe respond`: answers until its time is over, then says what it heard. */
export const respond = async (values: Values): Promise<number> => {
  const startedAt = new Date();
  const part = partOf(values);
  const seconds = secondsOf(values);
  const site = siteOf(values, startedAt);
  const recordFile = text(values, 'record');
  const names = texts(values, 'pack');
  const packs = names.length > 0 ? names : site.packs;
  if (packs.length === 0) throw new UsageError(`${site.file} names no packs`, 'Give --pack.');
  const rules = packs.flatMap((pack) => readPack(pack, process.cwd()).rules);
  const { credentialsFile } = site.responder;
  const secret = credentialsFile === null ? null : readCredential(credentialsFile, 'responder.credentialsFile');
  if (secret === null && ownShare() === null)
    warn('no responder.credentialsFile in the site file: nothing will be proved');
  const services = servicesFor(site, rules, part);
  if (services.length === 0) throw new UsageError(`no rule is asked of the part ${part}`, 'See edgeprobe rules list.');
  if (recordFile !== null) refuseUnwritable([recordFile]);

  const fence = hostFence();
  const interrupt = interruptible();
  const world = systemWorld(interrupt.signal, fence);
  try {
    const resolver = resolverUntil(interrupt.signal, systemResolver);
    const log = createRespondLog();
    const tls = await generateCertificate({
      names: [...namesFor(services), 'edgeprobe.invalid'],
      days: 90,
      now: startedAt,
      ...(secret === null ? {} : { proof: secret }),
    });
    const limit = openFilesLimit();
    const spare = spareFor(limit);
    const most = Math.max(8, limit - spare);
    const allowed = networksOf(await allowedBy(values, site, resolver));
    const connections = Math.min(mostConnections, spare - 40);
    const serving = { allowed, secret, tls, log, world, connections };
    const own = ownShare();
    const responder = await startResponder(services, serving, resolver, own ?? { from: 0, to: most - 1 });
    if (own !== null) {
      onStarterEnds(interrupt.abort);
      await tellStarter({ kind: 'ready', bound: responder.bound, notBound: responder.notBound });
      await pause(world, seconds + secondsForStarter);
      await responder.close();
      await tellStarter({ kind: 'ended', heard: log.heard, left: log.left() });
      process.disconnect?.();
      return 0;
    }
    const shares: ShareProcess[] = [];
    for (let from = most; from < responder.total; from += most) shares.push(startShare({ from, to: from + most - 1 }));
    let standing: Standing = { bound: [], notBound: [], processes: 0 };
    try {
      const all = [responder, ...(await Promise.all(shares.map(({ ready }) => ready)))];
      standing = {
        bound: all.flatMap(({ bound }) => bound),
        notBound: all.flatMap(({ notBound }) => notBound),
        processes: all.length,
      };
      const known = countPorts([...standing.bound, ...standing.notBound].map(({ ports }) => ports));
      if (known < responder.total) {
        warn(`${responder.total - known} ports are not listened on: a process that was to do so ended at once`);
      }
      process.stderr.write(readyText(standing, seconds));
      if (standing.bound.length === 0) {
        throw new UsageError('nothing could be listened on', `Is this the machine that plays ${part}?`);
      }
      await pause(world, seconds);
    } finally {
      const [told] = await Promise.all([Promise.all(shares.map((share) => share.end())), responder.close()]);
      for (const { heard, left } of told) {
        for (const one of heard) log.note(one);
        log.leave(left);
      }
    }
    process.stdout.write(summaryText(standing, log));
    if (recordFile !== null) {
      const frame = { site, as: part, host: hostname(), version: version(), startedAt, finishedAt: new Date() };
      writeAtomically(recordFile, `${JSON.stringify(recordOf(standing, log, frame), null, 2)}\n`);
    }
    return standing.notBound.length === 0 ? 0 : 3;
  } finally {
    interrupt.release();
  }
};
