import { type ChildProcess, fork } from 'node:child_process';
import type { NotBound, Place, Share } from '../agent/respond.ts';
import type { Told } from '../agent/respond-log.ts';

/** What a process of a responder tells the one that people started. */
export type ShareSaid =
  | { readonly kind: 'ready'; readonly bound: readonly Place[]; readonly notBound: readonly NotBound[] }
  /** What it heard since it last told; `until` is the instant (ISO 8601) up to which it has told everything. */
  | { readonly kind: 'heard'; readonly told: Told; readonly until: string }
  | { readonly kind: 'ended'; readonly told: Told };

const variable = 'EDGEPROBE_RESPOND_SHARE';

/** The share that this process was started for; null in the one that people start. */
export const ownShare = (): Share | null => {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(process.env[variable] ?? '') ?? [];
  return process.send === undefined || from === undefined ? null : { from: Number(from), to: Number(to) };
};

/** Tells the process that started us; resolves when it was sent. */
export const tellStarter = (said: ShareSaid): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(said, () => resolve());
  });

/** Calls back once when the starter wants us to end, or is gone. */
export const onStarterEnds = (end: () => void): void => {
  process.once('message', end);
  process.once('disconnect', end);
};

/** A process that listens on a share of the ports. */
export interface ShareProcess {
  readonly ready: Promise<Extract<ShareSaid, { kind: 'ready' }>>;
  /** The instant up to which it has told what it heard; null once it ended: it will tell no more. */
  readonly until: () => string | null;
  /** Ends it and gives what it heard since it last told. */
  readonly end: () => Promise<Extract<ShareSaid, { kind: 'ended' }>>;
}

const nextOf = <K extends ShareSaid['kind']>(
  child: ChildProcess,
  kind: K,
  instead: Extract<ShareSaid, { kind: K }>,
): Promise<Extract<ShareSaid, { kind: K }>> =>
  new Promise((resolve) => {
    child.on('message', (said: ShareSaid) => {
      if (said.kind === kind) resolve(said as Extract<ShareSaid, { kind: K }>);
    });
    // One that died has nothing bound and nothing to tell: its ports show as not bound, because they are not listed.
    child.once('exit', () => resolve(instead));
  });

/**
 * Starts this very command line again for a share of the ports.
 * @param lost told of what it listened on, where it ends before it was to
 */
export const startShare = (
  { from, to }: Share,
  hear: (told: Told) => void,
  lost: (places: readonly Place[]) => void,
): ShareProcess => {
  const [, file = ''] = process.argv;
  const child = fork(file, process.argv.slice(2), {
    env: { ...process.env, [variable]: `${from}-${to}` },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = nextOf(child, 'ready', { kind: 'ready', bound: [], notBound: [] });
  // What one that died had heard is not known: then nothing may be concluded from what is not in the record.
  const ended = nextOf(child, 'ended', { kind: 'ended', told: { heard: [], ranges: [], left: 1 } });
  let until = new Date(0).toISOString();
  let ending = false;
  child.once('exit', () => {
    if (!ending) void ready.then(({ bound }) => lost(bound));
  });
  child.on('message', (said: ShareSaid) => {
    if (said.kind !== 'heard') return;
    hear(said.told);
    until = said.until;
  });
  return {
    ready,
    until: () => (child.exitCode === null && child.signalCode === null ? until : null),
    end: () => {
      ending = true;
      if (child.connected) child.send('end');
      return ended;
    },
  };
};
