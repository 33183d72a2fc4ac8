import { Cursor } from './bytes.ts';
import { readDistinguishedName } from './distinguished-name.ts';
import { hex } from './printable.ts';

/*
 * A certificate revocation list (RFC 5280 section 5.1), in DER; every box is tag, length, content:
 *
 *  SEQUENCE
 *    SEQUENCE  tbsCertList
 *      INTEGER 1           version, absent in v1
 *      SEQUENCE            signature algorithm
 *      SEQUENCE            issuer
 *      Time                thisUpdate
 *      Time                nextUpdate, which RFC 5280 demands and X.509 does not
 *      SEQUENCE OF SEQUENCE { INTEGER serial, Time, … }   absent if nothing is revoked
 *      [0]                 extensions
 *    SEQUENCE  signature algorithm
 *    BIT STRING
 *
 * PEM is base64 of that between two lines (RFC 7468 section 7).
 */

const MAX_CRL = 2 * 1024 * 1024;
const INTEGER = 0x02;
const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const BIT_STRING = 0x03;

/** What a list says of itself. Its signature is not checked here. */
export interface Crl {
  /** As `CN=Contoso CA`, at most 256 characters; null where nothing of it is readable. */
  readonly issuer: string | null;
  /** ISO 8601, UTC. */
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
  /** How many certificates it revokes. */
  readonly entries: number;
  /** Their serial numbers in hexadecimal, upper case, without leading zeros; the first 256. */
  readonly serials: readonly string[];
}

export type CrlReading = { readonly ok: true; readonly crl: Crl } | { readonly ok: false; readonly reason: string };

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag and length included. */
  readonly whole: Uint8Array;
}

/** One DER element; null where none is whole. Lengths have at most three bytes: nothing longer is read here. */
const readElement = (bytes: Uint8Array): Element | null => {
  const cursor = new Cursor(bytes);
  const tag = cursor.uint(1);
  const first = cursor.uint(1);
  const sizes = { 129: 1, 130: 2, 131: 3 } as const;
  const size = sizes[first as keyof typeof sizes];
  if (first >= 0x80 && size === undefined) return null;
  const content = size === undefined ? cursor.take(first) : cursor.vector(size);
  return cursor.short ? null : { tag, content, whole: bytes.subarray(0, bytes.length - cursor.left) };
};

/** Takes the next element of a sequence if it has one of these tags. */
const elementsOf = (content: Uint8Array): ((...tags: number[]) => Element | null) => {
  let rest = content;
  return (...tags) => {
    const element = readElement(rest);
    if (!element || !tags.includes(element.tag)) return null;
    rest = rest.subarray(element.whole.length);
    return element;
  };
};

/** `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` as ISO 8601; null where it is no time (RFC 5280 section 4.1.2.5). */
const readTime = ({ tag, content }: Element): string | null => {
  const text = new TextDecoder('latin1').decode(content.subarray(0, 16));
  const century = tag === UTC_TIME ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') : '';
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(written);
  // A day that does not exist, such as the 30th of February, is moved to one that does.
  return !Number.isNaN(time.getTime()) && time.toISOString() === written ? written : null;
};

const MAX_SERIALS = 256;
/** RFC 5280 section 4.1.2.2 allows 20 bytes; what is longer is cut, and matches nothing. */
const MAX_SERIAL = 64;

const serialOf = ({ content }: Element): string =>
  hex(content.subarray(0, MAX_SERIAL))
    .toUpperCase()
    .replace(/^0+(?=.)/, '');

/** Which revoked certificates are listed, and how many; null where the list is none. */
const readEntries = (list: Element): Pick<Crl, 'entries' | 'serials'> | null => {
  let rest = list.content;
  let entries = 0;
  const serials: string[] = [];
  while (rest.length > 0) {
    const entry = readElement(rest);
    const serial = entry?.tag === SEQUENCE ? readElement(entry.content) : null;
    if (!entry || serial?.tag !== INTEGER) return null;
    rest = rest.subarray(entry.whole.length);
    entries++;
    if (serials.length < MAX_SERIALS) serials.push(serialOf(serial));
  }
  return { entries, serials };
};

const not = (reason: string): CrlReading => ({ ok: false, reason });

const readDer = (der: Uint8Array): CrlReading => {
  const outer = readElement(der);
  if (!outer || outer.tag !== SEQUENCE) return not('no DER sequence');
  const parts = elementsOf(outer.content);
  const tbs = parts(SEQUENCE);
  if (!tbs || !parts(SEQUENCE) || !parts(BIT_STRING)) return not('no signed list');
  const fields = elementsOf(tbs.content);
  fields(INTEGER);
  const algorithm = fields(SEQUENCE);
  const issuer = algorithm && fields(SEQUENCE);
  // A certificate has the beginning of this too, but a sequence stands where a list has its first time.
  const from = issuer && fields(UTC_TIME, GENERALIZED_TIME);
  const thisUpdate = from && readTime(from);
  if (!thisUpdate) return not('signed, but without the time of a revocation list');
  const next = fields(UTC_TIME, GENERALIZED_TIME);
  const nextUpdate = next ? readTime(next) : null;
  if (next && !nextUpdate) return not('its next update is no time');
  const revoked = fields(SEQUENCE);
  const listed = revoked ? readEntries(revoked) : { entries: 0, serials: [] };
  if (listed === null) return not('its list of certificates is none');
  return { ok: true, crl: { issuer: readDistinguishedName(issuer.whole), thisUpdate, nextUpdate, ...listed } };
};

const pemBegin = '-----BEGIN X509 CRL-----';
const pemEnd = '-----END X509 CRL-----';

/** Reads a certificate revocation list, DER or PEM, of 2 MiB at most. Never throws: what it is not is said. */
export const readCrl = (bytes: Uint8Array): CrlReading => {
  if (bytes.length > MAX_CRL) return not('longer than 2 MiB');
  if (bytes[0] === SEQUENCE) return readDer(bytes);
  const text = new TextDecoder('latin1').decode(bytes);
  const begin = text.indexOf(pemBegin);
  const end = text.indexOf(pemEnd, begin);
  if (begin < 0 || end < 0) return not('neither DER nor PEM');
  return readDer(Uint8Array.from(Buffer.from(text.slice(begin + pemBegin.length, end), 'base64')));
};
