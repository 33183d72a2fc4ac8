import { ByteQueue } from './byte-queue.ts';
import { concatBytes } from './bytes.ts';
import { hex } from './printable.ts';
import { alertName, type TlsAlert } from './tls-alert.ts';
import {
  type CertificateRequest,
  readCertificateRequest,
  readCertificates,
  readServerHello,
  type ServerHello,
} from './tls-handshake.ts';

/*
 * A tap on one direction of a TLS connection: reads along while another stack does the handshake, as far as it is in
 * the clear. Records (RFC 8446 section 5.1) carry handshake messages, which may share a record or span several:
 *
 *  0        1        3        5
 * +--------+--------+--------+----------     +------+--------+-----
 * | type   | version| length | fragment  ... | type | length | body
 * +--------+--------+--------+----------     +------+--------+-----
 *                                             1      3
 */

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const MAX_RECORD = 0x4000 + 2048;
/** The longest cleartext handshake message that is followed; certificate chains of an Edge stay far below. */
const MAX_HANDSHAKE = 131_072;
const MAX_ALERTS = 8;
const TLS12 = 0x0303;
const TLS13 = 0x0304;

export interface TlsTapSummary {
  /** All bytes of this direction, also those that were not read any more. */
  readonly bytes: number;
  readonly first: 'handshake' | 'alert' | 'not-tls' | null;
  /** Of the first 16 bytes. */
  readonly firstBytesHex: string;
  readonly serverHello: ServerHello | null;
  readonly helloRetryRequest: boolean;
  readonly clientHelloSeen: boolean;
  /** A Certificate message in the clear (TLS 1.2 and before); a client may send one with 0 certificates. */
  readonly certificateSeen: boolean;
  readonly certificateCount: number;
  /** DER of the first certificate. */
  readonly leafCertificate: Uint8Array | null;
  /** Null in TLS 1.3, where it is encrypted: that says nothing. */
  readonly certificateRequest: CertificateRequest | null;
  readonly serverHelloDone: boolean;
  readonly changeCipherSpec: boolean;
  /** Cleartext alerts, at most 8. */
  readonly alerts: readonly TlsAlert[];
  /** Why the rest is not read: `encrypted` is the good end of it. */
  readonly stopped: 'encrypted' | 'truncated' | 'malformed' | 'not-tls' | null;
  readonly reason: string | null;
}

export interface TlsTap {
  /** Takes the next bytes of this direction. Never throws; after `stopped` it only counts. */
  push(bytes: Uint8Array): void;
  summary(): TlsTapSummary;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Starts a tap. It holds at most one record and one handshake message. */
export const createTlsTap = (): TlsTap => {
  const records = new ByteQueue();
  const handshake = new ByteQueue();
  const alerts: TlsAlert[] = [];
  let firstBytes: Uint8Array = new Uint8Array(0);
  const seen: Mutable<Omit<TlsTapSummary, 'firstBytesHex' | 'alerts'>> = {
    bytes: 0,
    first: null,
    serverHello: null,
    helloRetryRequest: false,
    clientHelloSeen: false,
    certificateSeen: false,
    certificateCount: 0,
    leafCertificate: null,
    certificateRequest: null,
    serverHelloDone: false,
    changeCipherSpec: false,
    stopped: null,
    reason: null,
  };

  const stop = (stopped: Exclude<TlsTapSummary['stopped'], null>, reason: string | null = null): void => {
    seen.stopped = stopped;
    seen.reason = reason;
    records.clear();
    handshake.clear();
  };

  const readMessage = (type: number, body: Uint8Array): void => {
    let readable = true;
    if (type === 1) {
      seen.clientHelloSeen = true;
    } else if (type === 2) {
      const read = readServerHello(body);
      readable = read !== null;
      if (read?.retry) seen.helloRetryRequest = true;
      else if (read) seen.serverHello = read.hello;
    } else if (type === 11) {
      const read = readCertificates(body);
      readable = read !== null;
      seen.certificateSeen = true;
      seen.certificateCount = read?.count ?? 0;
      seen.leafCertificate = read?.leaf ?? null;
    } else if (type === 13) {
      const read = readCertificateRequest(body, seen.serverHello?.version ?? TLS12);
      readable = read !== null;
      seen.certificateRequest = read ?? { nameCount: 0, names: [] };
    } else if (type === 14) {
      seen.serverHelloDone = true;
    }
    if (!readable) stop('malformed', `a handshake message of type ${type} is not well-formed`);
  };

  const readHandshake = (fragment: Uint8Array): void => {
    handshake.append(fragment);
    while (seen.stopped === null && handshake.length >= 4) {
      const [type = 0, high = 0, middle = 0, low = 0] = handshake.peek();
      const length = (high << 16) | (middle << 8) | low;
      if (length > MAX_HANDSHAKE) {
        stop('truncated', `a handshake message of ${length} bytes`);
        return;
      }
      if (handshake.length < 4 + length) return;
      readMessage(type, handshake.take(4 + length).subarray(4));
    }
  };

  const readRecord = (type: number, fragment: Uint8Array): void => {
    if (type === CHANGE_CIPHER_SPEC) {
      seen.changeCipherSpec = true;
      // In TLS 1.3 it means nothing (RFC 8446 appendix D.4): after a HelloRetryRequest the ServerHello still follows.
      const meaningless = seen.serverHello === null ? seen.helloRetryRequest : seen.serverHello.version >= TLS13;
      if (!meaningless) stop('encrypted');
    } else if (type === APPLICATION_DATA) {
      stop('encrypted');
    } else if (type === ALERT) {
      const [level = 0, description = 0] = fragment;
      if (fragment.length !== 2) stop('encrypted');
      else if (alerts.length < MAX_ALERTS) alerts.push({ level, description, name: alertName(description) });
    } else {
      readHandshake(fragment);
    }
  };

  const readRecords = (): void => {
    while (seen.stopped === null && records.length > 0) {
      const [type = 0, major, , high, low] = records.peek();
      const wrongType = type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA;
      if (wrongType || (major !== undefined && major !== 3)) {
        if (seen.first !== null) {
          // The version may not have come yet: what is said must not depend on that.
          stop('malformed', wrongType ? `a record of type ${type}` : `a record of version ${major}`);
          return;
        }
        seen.first = 'not-tls';
        stop('not-tls', 'the first bytes are no TLS record');
        return;
      }
      if (high === undefined || low === undefined) return;
      const length = (high << 8) | low;
      if (seen.first === null) {
        const kind = type === HANDSHAKE ? 'handshake' : type === ALERT ? 'alert' : 'not-tls';
        seen.first = length > MAX_RECORD ? 'not-tls' : kind;
        if (seen.first === 'not-tls') {
          stop('not-tls', 'the first record is neither handshake nor alert');
          return;
        }
      }
      if (length > MAX_RECORD) {
        stop('malformed', `a record of ${length} bytes`);
        return;
      }
      if (records.length < 5 + length) return;
      readRecord(type, records.take(5 + length).subarray(5));
    }
  };

  return {
    push(bytes) {
      seen.bytes += bytes.length;
      if (firstBytes.length < 16) firstBytes = concatBytes(firstBytes, bytes.subarray(0, 16 - firstBytes.length));
      if (seen.stopped !== null) return;
      records.append(bytes);
      readRecords();
    },
    summary: () => ({ ...seen, firstBytesHex: hex(firstBytes), alerts: [...alerts] }),
  };
};
