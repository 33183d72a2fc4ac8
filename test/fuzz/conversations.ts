import { createSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Observation, outcomes } from '../../probes/observation.ts';
import type { TlsMaterial } from '../../probes/probe.ts';
import { askingWith } from '../probes/tls-peers.ts';
import { allWays, askedName, listenFor, questionFor, type Way } from '../probes/ways.ts';
import { mutate, type Random } from './mutate.ts';

/** A conversation that broke a promise. */
export interface BrokenPromise {
  readonly way: string;
  readonly what: string;
  readonly seen: Observation | null;
}

/** Seconds of one question, and beyond them those that a busy machine may take. */
const deadline = 1.5;
const grace = 10;

const dictionary = [
  '\r\n',
  'SIP/2.0 ',
  'HTTP/1.1 ',
  '<',
  '/>',
  "xmlns='",
  '\x16\x03\x03',
  '\x15\x03\x03\x00\x02\x02\x28',
  '!\x12¤B',
].map((text) => Buffer.from(text, 'latin1'));

/** Damages what goes by: most pieces stay, or no conversation would get beyond its first words. */
const damaging = (random: Random): ((bytes: Buffer) => Uint8Array[]) => {
  const before: Uint8Array[] = [Uint8Array.of(0)];
  return (bytes) => {
    if (before.length < 16) before.push(Uint8Array.from(bytes));
    const dice = random();
    if (dice < 0.45) return [bytes];
    if (dice < 0.5) return [];
    if (dice < 0.6) return [bytes, bytes];
    if (dice < 0.7) return Array.from({ length: Math.min(bytes.length, 300) }, (_, at) => bytes.subarray(at, at + 1));
    return [mutate([Uint8Array.from(bytes), ...(random() < 0.2 ? before : [])], dictionary, random)];
  };
};

const streamBetween = async (port: number, random: Random): Promise<{ port: number; close: () => void }> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const damage = damaging(random);
    for (const socket of [near, far])
      sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)));
    near.on('data', (bytes) => far.write(bytes)).once('close', () => far.destroy());
    far.on('data', (bytes) => {
      for (const piece of damage(bytes)) if (!near.destroyed) near.write(piece);
      const end = random();
      if (end < 0.05) near.resetAndDestroy();
      else if (end < 0.1) near.end();
    });
    far.once('close', () => near.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: typeof bound === 'object' && bound ? bound.port : 0, close };
};

const datagramsBetween = async (port: number, random: Random): Promise<{ port: number; close: () => void }> => {
  const near = createSocket('udp4').on('error', () => undefined);
  const damage = damaging(random);
  let closed = false;
  near.on('message', (query, from) => {
    const far = createSocket('udp4').on('error', () => undefined);
    const timer = setTimeout(() => far.close(), 1000);
    far.once('message', (answer) => {
      clearTimeout(timer);
      far.close();
      for (const piece of damage(answer)) if (!closed) near.send(piece, from.port, from.address, () => undefined);
    });
    far.send(query, port, '127.0.0.1', () => undefined);
  });
  await new Promise<void>((resolve) => near.bind(0, '127.0.0.1', resolve));
  const close = (): void => {
    closed = true;
    near.close();
  };
  return { port: near.address().port, close };
};

const judge = (way: Way, seen: Observation): BrokenPromise | null => {
  const broken = (what: string): BrokenPromise => ({ way: way.name, what, seen });
  if (!outcomes.includes(seen.outcome)) return broken(`an outcome ${seen.outcome}`);
  if (seen.outcome === 'unasked' || seen.outcome === 'unresolved') return broken('it was asked');
  if (seen.durationSeconds > deadline + grace) return broken('beyond the deadline');
  if (JSON.stringify(seen).length > 256 * 1024) return broken('an observation without bounds');
  if (seen.outcome !== 'answered' && seen.failure === null && way.probe.name !== 'tcp') return broken('no reason');
  return null;
};

/**
 * Lets every probe talk to its own other half through somebody who damages what is answered. Ends after so many
 * milliseconds, or at the first broken promise of a way.
 */
export const fuzzConversations = async (
  way: Way,
  limits: {
    readonly milliseconds: number;
    readonly together: number;
    readonly random: Random;
    readonly tls: TlsMaterial;
  },
): Promise<{
  readonly conversations: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly broken: BrokenPromise | null;
}> => {
  const { security } = way;
  const options = { tls: limits.tls, security, requestCertificate: security === 'mtls', domain: askedName };
  const real = await listenFor(way, options, '127.0.0.1');
  if (!real.ok) throw new Error(real.message);
  const between = await (way.transport === 'tcp' ? streamBetween : datagramsBetween)(real.port, limits.random);
  const until = performance.now() + limits.milliseconds;
  const seenOutcomes: Record<string, number> = {};
  let conversations = 0;
  let broken: BrokenPromise | null = null;
  const lane = async (): Promise<void> => {
    while (performance.now() < until && broken === null) {
      const question = questionFor(way, '127.0.0.1', between.port, deadline);
      const seen = await way.probe.run(question, askingWith()).catch((error: unknown) => {
        broken ??= {
          way: way.name,
          what: `rejected: ${error instanceof Error ? error.stack : String(error)}`,
          seen: null,
        };
        return null;
      });
      conversations++;
      if (seen === null) return;
      seenOutcomes[seen.outcome] = (seenOutcomes[seen.outcome] ?? 0) + 1;
      broken ??= judge(way, seen);
    }
  };
  await Promise.all(Array.from({ length: limits.together }, lane));
  between.close();
  await real.close();
  return { conversations, outcomes: seenOutcomes, broken };
};

/** The ways that have another half to talk to. */
export const conversingWays = (): Way[] => allWays().filter(({ probe }) => probe.name !== 'tcp');
