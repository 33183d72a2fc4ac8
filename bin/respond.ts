import { counted } from '../agent/explain-words.ts';
import { readPack } from '../agent/packs.ts';
import { countPorts } from '../agent/ports.ts';
import { systemResolver } from '../agent/resolve.ts';
import { type Place, shareSize, startResponder } from '../agent/respond.ts';
import { createRespondLog } from '../agent/respond-log.ts';
import { namesAt, servicesFor } from '../agent/respond-services.ts';
import { createRefusals, readyText, type Standing, summaryText } from '../agent/respond-text.ts';
import { networksOf } from '../probes/networks.ts';
import { openFilesLimit } from '../probes/open-files.ts';
import { pause, systemWorld, type World } from '../probes/world.ts';
import { text, texts, type Values } from './command.ts';
import { hostFence } from './fence.ts';
import { refuseUnwritable } from './outputs.ts';
import { allowedBy, partOf, secondsOf, siteOf } from './respond-flags.ts';
import { identityFor } from './respond-identity.ts';
import { type Recording, startRecording } from './respond-recording.ts';
import { onStarterEnds, ownShare, type ShareProcess, startShare, tellStarter } from './respond-shares.ts';
import { interruptible, resolverUntil } from './signals.ts';
import { warn } from './terminal.ts';
import { readCredential } from './turn-files.ts';
import { UsageError } from './usage-error.ts';

/** Descriptors kept for conversations, files and the rest of the process. */
const spareFor = (limit: number): number => Math.max(128, Math.min(1200, Math.floor(limit / 4)));

const mostConnections = 1000;

/** A process with a share of the ports is ended by its starter; by itself only where that failed to. */
const secondsForStarter = 60;

/** Seconds between two tellings of what was heard. */
const secondsPerTelling = 1;

/** What is not listened on any more is not bound: nothing may follow from what it did not hear. */
const withoutGone = ({ bound, notBound, processes }: Standing, gone: ReadonlySet<Place>): Standing => ({
  bound: bound.filter((place) => !gone.has(place)),
  notBound: [
    ...notBound,
    ...[...gone].map((place) => ({ ...place, code: 'ENDED', message: 'the process that listened there ended' })),
  ],
  processes,
});

/** Waits so many seconds, and meanwhile tells. */
const untilEnd = async (world: World, seconds: number, tell: () => Promise<void>): Promise<void> => {
  const end = world.clock.monotonic() + seconds;
  while (!world.signal.aborted && world.clock.monotonic() < end) {
    await pause(world, Math.min(secondsPerTelling, end - world.clock.monotonic()));
    if (!world.signal.aborted) await tell();
  }
};

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

  const fence = await hostFence();
  const interrupt = interruptible();
  const world = systemWorld(interrupt.signal, fence);
  try {
    const resolver = resolverUntil(interrupt.signal, systemResolver);
    const log = createRespondLog();
    const { tls, crl } = await identityFor(values, namesAt(services), secret, startedAt);
    const limit = openFilesLimit();
    const spare = spareFor(limit);
    const most = Math.max(8, limit - spare);
    const allowed = networksOf(await allowedBy(values, site, resolver));
    const connections = Math.min(mostConnections, spare - 40);
    const serving = { allowed, secret, tls, log, world, connections, body: crl };
    const own = ownShare();
    const shareOf = (total: number) => own ?? { from: 0, to: shareSize(total, most) - 1 };
    const responder = await startResponder(services, serving, resolver, shareOf);
    if (own !== null) {
      onStarterEnds(interrupt.abort);
      await tellStarter({ kind: 'ready', bound: responder.bound, notBound: responder.notBound });
      await untilEnd(world, seconds + secondsForStarter, () => {
        const until = new Date().toISOString();
        return tellStarter({ kind: 'heard', told: log.drain(), until });
      });
      await responder.close();
      await tellStarter({ kind: 'ended', told: log.drain() });
      process.disconnect?.();
      return 0;
    }
    const shares: ShareProcess[] = [];
    const gone = new Set<Place>();
    const lost = (places: readonly Place[]): void => {
      // Ctrl-C ends every process of a terminal.
      if (world.signal.aborted || places.length === 0) return;
      for (const place of places) gone.add(place);
      const ports = countPorts(places.map((place) => place.ports));
      warn(`${counted(ports, 'port')} not listened on any more: the process that did so ended`);
    };
    const each = shareSize(responder.total, most);
    for (let from = each; from < responder.total; from += each) {
      shares.push(startShare({ from, to: from + each - 1 }, log.absorb, lost));
    }
    let begun: Standing = { bound: [], notBound: [], processes: 0 };
    const standing = (): Standing => withoutGone(begun, gone);
    let recording: Recording | null = null;
    try {
      const all = [responder, ...(await Promise.all(shares.map(({ ready }) => ready)))];
      begun = {
        bound: all.flatMap(({ bound }) => bound),
        notBound: all.flatMap(({ notBound }) => notBound),
        processes: all.length,
      };
      const known = countPorts([...begun.bound, ...begun.notBound].map(({ ports }) => ports));
      if (known < responder.total) {
        warn(`${responder.total - known} ports are not listened on: a process that was to do so ended at once`);
      }
      process.stderr.write(readyText(standing(), seconds));
      if (begun.bound.length === 0) {
        throw new UsageError('nothing could be listened on', `Is this the machine that plays ${part}?`);
      }
      if (recordFile !== null) {
        const told = (): string[] => shares.flatMap((share) => share.until() ?? []);
        recording = startRecording({ file: recordFile, site, part, standing, log, world, told });
      }
      const refusals = createRefusals();
      await untilEnd(world, seconds, async () => {
        process.stderr.write(refusals(log));
      });
    } finally {
      await recording?.lastLook();
      const [told] = await Promise.all([Promise.all(shares.map((share) => share.end())), responder.close()]);
      for (const one of told) log.absorb(one.told);
    }
    process.stdout.write(summaryText(standing(), log));
    recording?.finish();
    return standing().notBound.length === 0 ? 0 : 3;
  } finally {
    interrupt.release();
  }
};
