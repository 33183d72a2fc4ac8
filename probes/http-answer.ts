import { concatBytes } from '../wire/bytes.ts';
import { encodeResponse, readRequest, requestHeader } from '../wire/http-request.ts';
import { proofOfNonce } from '../wire/proof.ts';
import type { Channel } from './channel.ts';
import { ourName } from './http-exchange.ts';
import type { AnswerOptions } from './probe.ts';
import { nonceHeader, proofHeader } from './proof-places.ts';
import { acceptTls } from './tls-answer.ts';
import type { World } from './world.ts';

/** Seconds that the answering half waits for a request, and then for the client to leave. */
const patience = 30;
const secondsToLeave = 5;

/** The longest request that is read. */
const mostBytes = 16_384;

const nothing = new Uint8Array(0);

/** Reads a request and gives the response to it; null where the client left, or fell silent, before it was whole. */
const respond = async (channel: Channel, options: AnswerOptions, world: World): Promise<Uint8Array | null> => {
  const { body = nothing, proof } = options;
  const until = world.clock.monotonic() + patience;
  let heard: Uint8Array = nothing;
  for (;;) {
    const received = await channel.receive(until);
    if (received.kind !== 'bytes') return null;
    heard = concatBytes(heard, received.bytes);
    const what = readRequest(heard);
    if (what === 'request') {
      const nonce = requestHeader(heard, nonceHeader);
      const proved = proof !== undefined && nonce !== null && nonce.length <= 64;
      const headers = proved ? { [proofHeader]: proofOfNonce(proof, 'http', nonce) } : {};
      return encodeResponse(200, 'OK', ourName, body, headers);
    }
    if (what === 'not-http' || heard.length > mostBytes) return encodeResponse(400, 'Bad Request', ourName, nothing);
  }
};

/** Answers one request with the body it is given, TLS first where `security` says so. What is asked for is not read. */
export const answer = async (channel: Channel, options: AnswerOptions, world: World): Promise<void> => {
  let stream = channel;
  if (options.security === 'tls' || options.security === 'mtls') {
    const how = { material: options.tls ?? {}, requestCertificate: options.requestCertificate ?? false };
    const encrypted = await acceptTls(channel, how, world.clock.monotonic() + patience, world);
    if (!encrypted) return;
    stream = encrypted;
  }
  const response = await respond(stream, options, world);
  if (response) {
    stream.send(response);
    // Closed at once, what the client has not read yet might be lost.
    const until = world.clock.monotonic() + secondsToLeave;
    while ((await stream.receive(until)).kind === 'bytes' && world.clock.monotonic() < until);
  }
  stream.close('politely');
};
