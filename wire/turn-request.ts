import { concatBytes, u16, u32 } from './bytes.ts';
import { ALLOCATE_REQUEST, encodeAllocate, encodeMsturn, MS_VERSION, msturnAttribute, numbering } from './msturn.ts';
import { appendMsturnIntegrity } from './msturn-integrity.ts';
import { appendMessageIntegrity } from './stun-integrity.ts';

/*
 * What a client says to get a relayed address, in both dialects:
 *
 *  MSTURN (MS-TURN section 3.2)        RFC 8656 section 7
 *  Allocate                     →      Allocate, REQUESTED-TRANSPORT
 *  ← 401 Realm Nonce                   ← 401 REALM NONCE
 *  Allocate, credentials        →      Allocate, credentials
 *  ← relayed address                   ← relayed address
 *  Allocate, Lifetime 0         →      Refresh, LIFETIME 0
 *
 * A transaction id is 16 bytes here in both: RFC 8656 calls the first four of them its cookie.
 */

const USERNAME = 0x0006;
const LIFETIME = 0x000d;
const REQUESTED_TRANSPORT = 0x0019;
const SOFTWARE = 0x8022;
const MS_SEQUENCE_NUMBER = 0x8050;

/** RFC 8656 section 7.2: Refresh. MSTURN refreshes with another Allocate. */
const REFRESH_REQUEST = 0x0004;

/** IANA protocol number of UDP, in the first of four bytes. */
const UDP = Uint8Array.of(17, 0, 0, 0);

/** What a 401 gives a client to log on with, to be sent back byte for byte. */
export interface Challenge {
  readonly realm: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Who logs on: the username as it goes over the wire, and the key made of it (`longTermKey`). */
export interface LogOn extends Challenge {
  readonly username: Uint8Array;
  readonly key: Uint8Array;
}

/** The MS-Sequence-Number: which connection of the server it is, and how many requests were made on it. */
export interface ConnectionSequence {
  /** 20 bytes. */
  readonly connectionId: Uint8Array;
  readonly number: number;
}

interface Request {
  /** 16 bytes; RFC 8656 needs 2112a442 as the first four. */
  readonly transactionId: Uint8Array;
  /** Seconds; 0 gives the allocation back. */
  readonly lifetime?: number;
}

/** MSTURN's authenticated Allocate, attributes in the order in which libnice sends them; with `lifetime` a refresh. */
export const encodeMsturnLogOn = (
  options: Request & { readonly logOn: LogOn; readonly msVersion?: number; readonly sequence?: ConnectionSequence },
): Uint8Array => {
  const { transactionId, lifetime, logOn, msVersion = 1, sequence } = options;
  const numbers = numbering.msturn;
  const message = encodeMsturn(ALLOCATE_REQUEST, transactionId, [
    msturnAttribute(MS_VERSION, u32(msVersion)),
    ...(lifetime === undefined ? [] : [msturnAttribute(LIFETIME, u32(lifetime))]),
    ...(sequence === undefined
      ? []
      : [msturnAttribute(MS_SEQUENCE_NUMBER, concatBytes(sequence.connectionId, u32(sequence.number)))]),
    msturnAttribute(numbers.realm, logOn.realm),
    msturnAttribute(numbers.nonce, logOn.nonce),
    msturnAttribute(USERNAME, logOn.username),
  ]);
  return appendMsturnIntegrity(message, logOn.key);
};

const padded = (type: number, value: Uint8Array): Uint8Array =>
  concatBytes(u16(type), u16(value.length), value, new Uint8Array(-value.length & 3));

const encodeTurn = (
  type: number,
  transactionId: Uint8Array,
  attributes: readonly Uint8Array[],
  logOn: LogOn | null,
): Uint8Array => {
  if (transactionId.length !== 16) throw new RangeError('cookie and transaction id have 16 bytes');
  const { realm, nonce } = numbering.turn;
  const body = concatBytes(
    padded(SOFTWARE, new TextEncoder().encode('edgeprobe')),
    ...attributes,
    ...(logOn === null
      ? []
      : [padded(USERNAME, logOn.username), padded(realm, logOn.realm), padded(nonce, logOn.nonce)]),
  );
  const message = concatBytes(u16(type), u16(body.length), transactionId, body);
  return logOn === null ? message : appendMessageIntegrity(message, logOn.key);
};

/** Allocate of RFC 8656 section 7.1 for a UDP relay; without `logOn` it asks for the challenge. */
export const encodeTurnAllocate = (options: Request & { readonly logOn: LogOn | null }): Uint8Array =>
  encodeTurn(ALLOCATE_REQUEST, options.transactionId, [padded(REQUESTED_TRANSPORT, UDP)], options.logOn);

/** Refresh of RFC 8656 section 8. */
export const encodeTurnRefresh = (options: Required<Request> & { readonly logOn: LogOn | null }): Uint8Array =>
  encodeTurn(REFRESH_REQUEST, options.transactionId, [padded(LIFETIME, u32(options.lifetime))], options.logOn);

/** The Allocate without credentials, in either dialect. */
export const encodeFirstAllocate = (dialect: 'msturn' | 'turn', transactionId: Uint8Array): Uint8Array =>
  dialect === 'msturn' ? encodeAllocate({ transactionId }) : encodeTurnAllocate({ transactionId, logOn: null });
