import { cappedString } from './printable.ts';

/*
 * The head of a response (RFC 9112 sections 4 and 5), in lines that end with CRLF; a bare LF is taken too:
 *
 *  HTTP/1.1 SP 200 SP OK CRLF
 *  Content-Type: application/pkix-crl CRLF
 *  CRLF
 */

const MAX_HEADERS = 128;
const CR = 0x0d;

/** The first line of a response, and the headers that came with it. */
export interface HttpHead {
  /** `1.1`, `1.0` … */
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** By lower-case name; several of one name are joined with `, `. At most 128, each of at most 512 characters. */
  readonly headers: ReadonlyMap<string, string>;
}

const latin1 = new TextDecoder('latin1');

/** Whether these may be the first bytes of a response. */
export const mayBeHttp = (bytes: Uint8Array): boolean =>
  latin1.decode(bytes.subarray(0, 5)) === 'HTTP/'.slice(0, Math.min(5, bytes.length));

/** Reads a status line; null where it is none. */
export const readStatusLine = (line: Uint8Array): Omit<HttpHead, 'headers'> | null => {
  const parts = /^HTTP\/(\d\.\d) ([1-9]\d\d)(?: (.*))?$/.exec(latin1.decode(line));
  if (!parts) return null;
  const [, version = '', status, reason = ''] = parts;
  return { version, status: Number(status), reason: cappedString(reason) };
};

const colon = 0x3a;
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;

/**
 * Name and value of a header line; null where it is none (RFC 9112 section 5.1: no space before the colon, none folded).
 * Blanks around the value are counted off: an expression that strips them tries every way to share a run of them out.
 */
const splitHeader = (line: Uint8Array): { readonly name: string; readonly value: string } | null => {
  const at = line.indexOf(colon);
  const name = latin1.decode(line.subarray(0, Math.max(at, 0)));
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) || line.includes(CR)) return null;
  let [from, until] = [at + 1, line.length];
  while (isBlank(line[from])) from++;
  while (until > from && isBlank(line[until - 1])) until--;
  return { name: name.toLowerCase(), value: latin1.decode(line.subarray(from, until)) };
};

/** Takes a header line in; false where it is none. */
export const takeHeader = (headers: Map<string, string>, line: Uint8Array): boolean => {
  const header = splitHeader(line);
  if (header === null) return false;
  const { name, value } = header;
  const before = headers.get(name);
  if (before === undefined && headers.size >= MAX_HEADERS) return true;
  headers.set(name, cappedString(before === undefined ? value : `${before}, ${value}`));
  return true;
};

/** How a body ends (RFC 9112 section 6.3): after so many bytes, after its last chunk, with the connection. */
export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-end' }
  | { readonly kind: 'bad' };

/** How the body of a response to GET ends. */
export const framingOf = ({ status, headers }: HttpHead): Framing => {
  if (status < 200 || status === 204 || status === 304) return { kind: 'length', length: 0 };
  const coding = headers.get('transfer-encoding')?.toLowerCase();
  if (coding !== undefined) return { kind: /(^|[ ,])chunked$/.test(coding) ? 'chunked' : 'until-end' };
  const given = headers.get('content-length');
  if (given === undefined) return { kind: 'until-end' };
  const [first = '', ...more] = given.split(/[ \t]*,[ \t]*/);
  const agreed = /^\d{1,15}$/.test(first) && more.every((other) => other === first);
  return agreed ? { kind: 'length', length: Number(first) } : { kind: 'bad' };
};
