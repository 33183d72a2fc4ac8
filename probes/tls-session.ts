import { constants } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { alertName } from '../wire/tls-alert.ts';
import { createTlsTap } from '../wire/tls-record.ts';
import { type Channel, streamChannel } from './channel.ts';
import { firstBytesFact, firstBytesKept } from './first-bytes.ts';
import type { Facts, Failure, Outcome } from './observation.ts';
import type { TlsMaterial, TurnCredential } from './probe.ts';
import { tlsChannel } from './tls-channel.ts';
import { tlsFacts } from './tls-facts.ts';
import { type Ending, localPolicy, readHandshake } from './tls-reading.ts';
import { type Tapped, tapped } from './tls-tapped.ts';
import type { World } from './world.ts';

/** How to say hello. */
export interface TlsAsked {
  /** Sent as SNI unless it is an address, and compared with the certificate. */
  readonly servername: string | undefined;
  /** Say hello as of another age: TLS 1.0 to 1.2, SHA-1, small keys, servers without secure renegotiation. */
  readonly legacy: boolean;
  readonly material: TlsMaterial;
  /** What our responder's certificate is to prove itself with; left out where none is expected. */
  readonly secret?: TurnCredential | null;
}

/** What became of a handshake. `channel` is the encrypted conversation, null unless the handshake completed. */
export interface TlsSession {
  readonly outcome: Outcome;
  readonly channel: Channel | null;
  readonly facts: Facts;
  readonly failure: Failure | null;
}

/** Seconds to wait for a server's word on our missing certificate, which TLS 1.3 sends after the handshake. */
const secondsForSecondThoughts = 0.3;

const contexts = {
  modern: new WeakMap<TlsMaterial, SecureContext>(),
  legacy: new WeakMap<TlsMaterial, SecureContext>(),
};

/**
 * What a hello is made with: once for all connections, a quarter of the computing of a handshake else. Sessions are not
 * in it, so no handshake is shortened by another.
 */
const contextOf = (material: TlsMaterial, legacy: boolean): SecureContext => {
  const made = legacy ? contexts.legacy : contexts.modern;
  const known =
    made.get(material) ??
    createSecureContext({
      ...(material.ca === undefined ? {} : { ca: material.ca }),
      ...(material.cert === undefined ? {} : { cert: material.cert }),
      ...(material.key === undefined ? {} : { key: material.key }),
      ...(legacy
        ? {
            minVersion: 'TLSv1',
            maxVersion: 'TLSv1.2',
            ciphers: 'DEFAULT@SECLEVEL=0', // at this level OpenSSL offers signatures with SHA-1, and takes small keys
            secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
          }
        : {}),
    });
  made.set(material, known);
  return known;
};

/** The options of a hello for Node. Nothing is refused for what a certificate says: that is reported. */
const helloOptions = ({ servername, legacy, material }: TlsAsked): ConnectionOptions => ({
  rejectUnauthorized: false,
  secureContext: contextOf(material, legacy),
  ...(servername && !isIP(servername) ? { servername } : {}),
  // The name is compared here only where trust is judged at all, and only if there is a name.
  ...(servername && material.ca !== undefined ? { host: servername } : { checkServerIdentity: () => undefined }),
});

/** What an error of the TLS stack means, knowing what happened beneath it. */
const readError = (error: unknown, beneath: Tapped): Ending => {
  const broken = beneath.broken();
  const alert = error instanceof Error ? /SSL alert number (\d+)/.exec(error.message)?.[1] : undefined;
  if (alert !== undefined) return { kind: 'alert', description: Number(alert) };
  if (broken === 'ended') return { kind: 'closed' };
  if (broken !== null) return { kind: 'reset' };
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return { kind: 'refused-here', code: code ?? 'UNKNOWN' };
};

/** Whether the server may still take it back after the handshake, having asked for a certificate we may not have. */
type MayReconsider = () => boolean;

/** Waits for the end of the handshake and of the server's second thoughts. */
const handshakeEnd = (
  socket: TLSSocket,
  beneath: Tapped,
  mayReconsider: MayReconsider,
  until: number,
  world: World,
): Promise<Ending> =>
  new Promise((resolve) => {
    const began = world.clock.monotonic();
    let secured = false;
    const settle = (ending: Ending): void => {
      cancel();
      world.signal.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecured).off('error', onError).off('close', onClosed).off('end', onClosed);
      socket.off('readable', onReadable).off('session', onSession);
      resolve(ending);
    };
    const onSecured = (): void => {
      secured = true;
      cancel();
      if (!mayReconsider()) {
        settle({ kind: 'secured' });
        return;
      }
      const now = world.clock.monotonic();
      const patience = Math.min(Math.max(secondsForSecondThoughts, 2 * (now - began)), until - now);
      cancel = world.clock.after(patience, () => settle({ kind: 'secured' }));
    };
    const onError = (error: unknown): void => settle(readError(error, beneath));
    const onClosed = (): void => {
      const broken = beneath.broken();
      settle({ kind: broken === null || broken === 'ended' ? 'closed' : 'reset' });
    };
    const onReadable = (): void => {
      if (secured && socket.readableLength > 0) settle({ kind: 'secured' });
    };
    // A ticket after the handshake: in TLS 1.3 a server gives it to a client it has accepted.
    const onSession = (): void => {
      if (secured && socket.getProtocol() === 'TLSv1.3') settle({ kind: 'secured' });
    };
    const onAbort = (): void => settle({ kind: 'aborted' });
    let cancel = world.clock.after(until - world.clock.monotonic(), () => settle({ kind: 'silence' }));
    socket.on('secureConnect', onSecured).on('error', onError).on('close', onClosed).on('end', onClosed);
    socket.on('readable', onReadable).on('session', onSession);
    if (world.signal.aborted) return onAbort();
    world.signal.addEventListener('abort', onAbort);
  });

/**
 * Runs a TLS handshake as the client over a channel, which must not be used afterwards. Never rejects, and refuses
 * nothing: whatever the server is, it is reported. Unless it gives a channel, the connection has been reset.
 * @param until instant of the monotonic clock at which silence is accepted.
 */
export const startTls = async (channel: Channel, asked: TlsAsked, until: number, world: World): Promise<TlsSession> => {
  const tap = createTlsTap();
  let first = new Uint8Array(0);
  const beneath = tapped(channel, (bytes) => {
    tap.push(bytes);
    const missing = firstBytesKept - first.length;
    if (missing > 0) first = Uint8Array.from([...first, ...bytes.subarray(0, missing)]);
  });
  let socket: TLSSocket;
  try {
    socket = connect({ ...helloOptions(asked), socket: beneath.stream });
  } catch (error) {
    channel.close('reset');
    const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'UNKNOWN';
    if (asked.legacy) return { outcome: 'unasked', channel: null, facts: {}, failure: localPolicy(code) };
    const message = `this host cannot use the TLS certificate, key or name it was given: ${code}`;
    return { outcome: 'unasked', channel: null, facts: {}, failure: { step: 'tls', code: 'tls-material', message } };
  }
  // Made before the handshake, so that nothing that comes with its end is missed.
  const encrypted = tlsChannel(socket, streamChannel(socket, channel, world), beneath, world);
  // The facts of a completed handshake are read at once: a socket that fails later has forgotten them.
  let completed: Facts | null = null;
  socket.once('secureConnect', () => {
    const known = { socket, trustJudged: asked.material.ca !== undefined, secret: asked.secret ?? null };
    completed = tlsFacts(tap.summary(), known, asked.servername);
  });

  const requested = (): boolean => completed?.['clientCertificateRequested'] === true;
  const ending = await handshakeEnd(socket, beneath, requested, until, world);

  const summary = tap.summary();
  const facts: Facts = completed ?? tlsFacts(summary, null, asked.servername);
  const { outcome, failure } = readHandshake({
    tap: summary,
    ending,
    clientCertificateRequested: facts['clientCertificateRequested'] === true,
  });
  const alert = ending.kind === 'alert' ? ending.description : summary.alerts.at(-1)?.description;
  const usable = outcome === 'answered' && ending.kind === 'secured';
  if (!usable) encrypted.close('reset');
  // Where the bytes end tells lost large packets from a server that never began.
  const stalled = ending.kind === 'silence' && summary.bytes > 0 ? { stalledAfterBytes: summary.bytes } : {};
  if (outcome !== 'answered') {
    const heard = summary.bytes > 0 ? { firstBytes: firstBytesFact(first), ...stalled } : {};
    return { outcome, channel: null, facts: heard, failure };
  }
  return {
    outcome,
    channel: usable ? encrypted : null,
    facts: {
      ...facts,
      ...stalled,
      ...(alert === undefined ? {} : { alert: alertName(alert) }),
      ...(ending.kind === 'refused-here' ? { localRefusal: ending.code } : {}),
    },
    failure,
  };
};
