import { hex } from '../wire/printable.ts';
import { isProofOfNonce } from '../wire/proof.ts';
import { encodeStartTls, encodeStreamClose, encodeStreamHeader } from '../wire/xmpp-encode.ts';
import type { XmppEvent } from '../wire/xmpp-stream.ts';
import type { Channel } from './channel.ts';
import { firstBytesFact } from './first-bytes.ts';
import type { Facts, Failure, Outcome } from './observation.ts';
import { type Asking, type ProbeOptions, proofSecret } from './probe.ts';
import { proofResource } from './proof-places.ts';
import { startTls } from './tls-session.ts';
import { type Heard, type XmppTalk, xmppTalk } from './xmpp-talk.ts';

type Event<Kind extends XmppEvent['kind']> = Extract<XmppEvent, { readonly kind: Kind }>;

/** How a stream began: whatever of it came, and what came instead of the rest. */
interface Greeting {
  readonly header: Event<'stream-open'> | null;
  readonly features: Event<'features'> | null;
  readonly error: Event<'stream-error'> | null;
  readonly instead: Heard | null;
  readonly talk: XmppTalk;
  /** Whether the stream id was the proof for our nonce; null where none was asked for. */
  readonly proof: boolean | null;
}

/** What an XMPP conversation told. */
export interface Conversed {
  readonly outcome: Outcome;
  readonly facts: Facts;
  readonly failure: Failure | null;
}

/** Notes a timed step that began at `since`. */
export type NoteStep = (name: string, since: number) => void;

/** Opens a stream (RFC 6120 section 4.2) and reads the answer up to its features or its error. */
const greet = async (channel: Channel, options: ProbeOptions, until: number, asking: Asking): Promise<Greeting> => {
  const talk = xmppTalk(channel);
  const secret = proofSecret(options, asking);
  const nonce = hex(asking.random(16));
  // A resource in `from` is nothing that a server minds, but only our responder is sent one.
  const from = options.from !== undefined && secret ? `${options.from}/${proofResource}${nonce}` : options.from;
  channel.send(encodeStreamHeader({ from: from ?? null, to: options.to ?? null }));
  let header: Greeting['header'] = null;
  const greeting = (rest: Partial<Greeting>): Greeting => ({
    header,
    features: null,
    error: null,
    instead: null,
    talk,
    proof: secret && header ? isProofOfNonce(secret, 'xmpp', nonce, header.id) : null,
    ...rest,
  });
  // The header is the proof; what may follow it gets half of the time left, not all of it.
  let patience = until;
  for (;;) {
    const heard = await talk.next(patience);
    if (heard.kind === 'stream-open') {
      header = heard.namespaceOk ? heard : null;
      if (!header) return greeting({ instead: heard });
      // Before XMPP 1.0 there were no features to wait for.
      if (header.version === null) return greeting({});
      const now = asking.clock.monotonic();
      patience = now + (until - now) / 2;
    } else if (heard.kind === 'features') return greeting({ features: heard });
    else if (heard.kind === 'stream-error') return greeting({ error: heard });
    else if (heard.kind !== 'element') return greeting({ instead: heard });
  }
};

const failed = (step: string, code: string, message: string): Failure => ({ step, code, message });

/** Why there is no stream header. */
const noHeader = ({ instead, talk }: Greeting): Conversed => {
  const { bytes, first } = talk.heard();
  const open = (code: string, message: string): Conversed => ({
    outcome: 'open',
    facts: bytes > 0 ? { firstBytes: firstBytesFact(first) } : {},
    failure: failed('stream', code, message),
  });
  const heard = bytes === 0 ? 'without a byte' : `after ${bytes} bytes, no stream header among them`;
  if (instead?.kind === 'silence') {
    if (bytes > 0)
      return open('xmpp-stalled', `the stream header was answered by ${bytes} bytes only, no whole header`);
    return open('xmpp-silent', 'nothing was heard to our stream header');
  }
  if (instead?.kind === 'end')
    return open('xmpp-closed', `the connection was closed after our stream header, ${heard}`);
  if (instead?.kind === 'failed') {
    if (instead.outcome === 'unasked') return { outcome: 'unasked', facts: {}, failure: instead.failure };
    return open('xmpp-reset', `the connection was broken after our stream header, ${heard}`);
  }
  return open('not-xmpp', 'the peer answered our stream header with something else');
};

const greetingFacts = (plain: Greeting, secured: Greeting | null): Facts => {
  const last = secured?.features ?? plain.features;
  const error = secured?.error ?? plain.error;
  const offered = [
    ...(plain.features && plain.features.starttls !== 'absent' ? ['starttls'] : []),
    ...(last && last.mechanisms.length > 0 ? ['sasl'] : []),
    ...(last?.dialback ? ['dialback'] : []),
  ];
  return {
    streamId: plain.header?.id ?? null,
    streamFrom: plain.header?.from ?? null,
    features: last ? offered : null,
    starttls: plain.features?.starttls ?? null,
    saslMechanisms: last?.mechanisms ?? [],
    dialback: last?.dialback ?? null,
    streamError: error?.condition ?? null,
    streamErrorText: error?.text ?? null,
    ...(plain.proof === null ? {} : { proof: plain.proof }),
  };
};

/** What became of STARTTLS: an encrypted channel, TLS facts as far as it got there, and why not further. */
interface Upgraded {
  readonly channel: Channel | null;
  readonly tls: Facts | null;
  readonly failure: Failure | null;
}

/** Asks for TLS on the stream (RFC 6120 section 5.4) and runs the handshake on the same connection. */
const upgrade = async (
  channel: Channel,
  { talk }: Greeting,
  options: ProbeOptions,
  until: number,
  asking: Asking,
): Promise<Upgraded> => {
  channel.send(encodeStartTls());
  const refused = (message: string): Upgraded => ({
    channel: null,
    tls: null,
    failure: failed('starttls', 'starttls-refused', message),
  });
  let heard = await talk.next(until);
  while (heard.kind === 'element' || heard.kind === 'features') heard = await talk.next(until);
  if (heard.kind === 'failure') return refused('the server offers STARTTLS and refused it');
  if (heard.kind !== 'proceed')
    return refused(`the server offers STARTTLS; asked for it, it did not proceed (${heard.kind})`);
  // What stands behind <proceed/> in the clear was not sent under TLS, and must not be taken for it.
  if (talk.pending()) return refused('the server went on in the clear after <proceed/>');
  const servername = options.servername ?? options.to;
  const session = await startTls(
    channel,
    { servername, legacy: false, material: asking.tls, secret: proofSecret(options, asking) },
    until,
    asking,
  );
  return { channel: session.channel, tls: session.facts, failure: session.failure };
};

/** Ends the stream, then the connection. */
const leave = (channel: Channel): void => {
  channel.send(encodeStreamClose());
  channel.close('politely');
};

/**
 * Asks a server-to-server stream over an open channel (plain, or TLS already), STARTTLS included where it is offered,
 * and closes it. A stream header is the answer, also before a stream error. Never rejects.
 */
export const converse = async (
  channel: Channel,
  options: ProbeOptions,
  until: number,
  asking: Asking,
  note: NoteStep,
): Promise<Conversed> => {
  const began = asking.clock.monotonic();
  const plain = await greet(channel, options, until, asking);
  note('stream', began);
  if (!plain.header) {
    channel.close('reset');
    return noHeader(plain);
  }
  if (!plain.features || plain.features.starttls === 'absent') {
    leave(channel);
    return { outcome: 'answered', facts: greetingFacts(plain, null), failure: null };
  }
  const since = asking.clock.monotonic();
  const { channel: encrypted, tls, failure } = await upgrade(channel, plain, options, until, asking);
  note('starttls', since);
  if (!encrypted) {
    channel.close('reset');
    return { outcome: 'answered', facts: { ...greetingFacts(plain, null), tls }, failure };
  }
  const again = asking.clock.monotonic();
  const secured = await greet(encrypted, options, until, asking);
  note('stream-tls', again);
  leave(encrypted);
  return { outcome: 'answered', facts: { ...greetingFacts(plain, secured), tls }, failure };
};
