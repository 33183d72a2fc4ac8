import { proofOfNonce } from '../wire/proof.ts';
import {
  encodeFeatures,
  encodeProceed,
  encodeStreamClose,
  encodeStreamError,
  encodeStreamHeader,
} from '../wire/xmpp-encode.ts';
import type { Channel } from './channel.ts';
import type { AnswerOptions } from './probe.ts';
import { proofResource } from './proof-places.ts';
import { acceptTls } from './tls-answer.ts';
import type { World } from './world.ts';
import { xmppTalk } from './xmpp-talk.ts';

/** Seconds that the answering half waits for the next word of a client. */
const patience = 30;

/** The nonce that a prober of ours put behind its domain; null in every other stream. */
const nonceOf = (from: string | null): string | null => {
  const [, resource = ''] = /^[^/]*\/(.*)$/.exec(from ?? '') ?? [];
  const nonce = resource.startsWith(proofResource) ? resource.slice(proofResource.length) : '';
  return /^[0-9a-f]{32}$/.test(nonce) ? nonce : null;
};

/** Where a stream ended: the client wants TLS on the same connection, or it is over. */
type Next = 'starttls' | 'over';

/** Answers one stream: header, features, and STARTTLS where the stream is not TLS yet. */
const answerStream = async (
  channel: Channel,
  options: AnswerOptions,
  secured: boolean,
  world: World,
): Promise<Next> => {
  const talk = xmppTalk(channel);
  const starttls = secured || !options.tls ? 'absent' : 'required';
  const refuse = (condition: string): Next => {
    channel.send(encodeStreamError(condition));
    channel.send(encodeStreamClose());
    return 'over';
  };
  const mechanisms = secured ? ['EXTERNAL'] : [];
  for (;;) {
    const heard = await talk.next(world.clock.monotonic() + patience);
    if (heard.kind === 'stream-open') {
      const nonce = options.proof === undefined ? null : nonceOf(heard.from);
      const id =
        options.proof === undefined || nonce === null
          ? Buffer.from(world.random(8)).toString('hex')
          : proofOfNonce(options.proof, 'xmpp', nonce);
      channel.send(encodeStreamHeader({ from: options.domain ?? heard.to, to: heard.from, id }));
      if (!heard.namespaceOk) return refuse('invalid-namespace');
      if (options.domain !== undefined && heard.to?.toLowerCase() !== options.domain.toLowerCase())
        return refuse('host-unknown');
      channel.send(encodeFeatures({ starttls, mechanisms, dialback: secured || starttls === 'absent' }));
    } else if (heard.kind === 'starttls' && starttls === 'required') {
      channel.send(encodeProceed());
      return 'starttls';
    } else if (heard.kind === 'stream-close') {
      channel.send(encodeStreamClose());
      return 'over';
    } else if (heard.kind === 'bad') {
      return refuse('not-well-formed');
    } else if (heard.kind === 'element') {
      // Nobody but edgeprobe is expected here, and it sends no stanzas.
      return refuse('not-authorized');
    } else if (heard.kind !== 'features') return 'over';
  }
};

/**
 * Answers a server-to-server stream: TLS first where `security` says so, STARTTLS where there is a certificate, and
 * `host-unknown` for any other domain than the one served. Ends when the client leaves or falls silent.
 */
export const answer = async (channel: Channel, options: AnswerOptions, world: World): Promise<void> => {
  const secure = (beneath: Channel): Promise<Channel | null> => {
    const requestCertificate = options.requestCertificate ?? options.security === 'mtls';
    const how = { material: options.tls ?? {}, requestCertificate };
    return acceptTls(beneath, how, world.clock.monotonic() + patience, world);
  };
  const tlsFirst = options.security === 'tls' || options.security === 'mtls';
  let stream = tlsFirst ? await secure(channel) : channel;
  if (!stream) return;
  if ((await answerStream(stream, options, tlsFirst, world)) === 'starttls') {
    stream = await secure(stream);
    if (!stream) return;
    await answerStream(stream, options, true, world);
  }
  stream.close('politely');
};
