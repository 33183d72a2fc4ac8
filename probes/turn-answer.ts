import { encodeAllocateError } from '../wire/msturn.ts';
import { verifyMsturnIntegrity } from '../wire/msturn-integrity.ts';
import { decodeMsturnLogOn, encodeMsturnAllocated, type LogOnRequest } from '../wire/turn-allocated.ts';
import { longTermKey } from '../wire/turn-key.ts';
import type { Endpoint } from './channel.ts';
import type { TurnCredential } from './probe.ts';

/** What the stand-in of an A/V Edge lets people log on with, and the relay it pretends to have. Nothing is relayed. */
export interface TurnAnswerOptions {
  readonly credential: TurnCredential;
  readonly relayed: Endpoint;
}

/** Seconds that an allocation is said to last where the client does not say. */
const standardLifetime = 600;

const lifetimeAtMost = 3600;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const reasons = { 431: 'Integrity Check Failure', 434: 'Missing Realm', 436: 'Unknown User' } as const;

const faultOf = (
  request: LogOnRequest,
  bytes: Uint8Array,
  realm: Uint8Array,
  key: Uint8Array,
  username: Uint8Array,
) => {
  if (!same(request.realm, realm)) return 434;
  if (!same(request.username, username)) return 436;
  return verifyMsturnIntegrity(bytes, key).ok ? null : 431;
};

/**
 * Answers an authenticated Allocate of MSTURN (MS-TURN section 3.3.5.1), with Lifetime 0 also the one that gives an
 * allocation back; null where the bytes are none. The nonce is not compared: there is no state to keep it in. Pure.
 */
export const answerLogOn = (
  bytes: Uint8Array,
  from: Endpoint,
  options: TurnAnswerOptions & { readonly realm: string; readonly msVersion: number },
): Uint8Array | null => {
  const request = decodeMsturnLogOn(bytes);
  if (request === null) return null;
  const { credential, relayed, realm, msVersion } = options;
  const { transactionId } = request;
  const username = utf8(credential.username);
  const key = longTermKey(username, utf8(realm), utf8(credential.password));
  const fault = faultOf(request, bytes, utf8(realm), key, username);
  if (fault !== null) {
    const nonce = Buffer.from(transactionId.subarray(8)).toString('hex');
    return encodeAllocateError({ transactionId, code: fault, reason: reasons[fault], realm, nonce, msVersion });
  }
  const lifetime = Math.min(request.lifetime ?? standardLifetime, lifetimeAtMost);
  const connectionId = Uint8Array.from([...transactionId, 0, 0, 0, 0]);
  const sequence = { connectionId, number: 0 };
  return encodeMsturnAllocated({ transactionId, relayed, mapped: from, lifetime, msVersion, sequence, key });
};
