import { Cursor } from './bytes.ts';
import { cappedString, hex } from './printable.ts';

/** Short names of the attribute types by the hex of their DER object identifier (RFC 4514 section 3, RFC 2985). */
const shortNames: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '55040a': 'O',
  '55040b': 'OU',
  '0992268993f22c640119': 'DC',
  '2a864886f70d010901': 'emailAddress',
};

const MAX_PARTS = 16;
const MAX_NAME = 256;

/** One DER element: tag, then its length in one byte or, with the top bit set, in the 1 to 3 bytes that follow. */
const readElement = (cursor: Cursor): { tag: number; content: Uint8Array } => {
  const tag = cursor.uint(1);
  const first = cursor.uint(1);
  if (first < 0x80) return { tag, content: cursor.take(first) };
  if (first === 0x81) return { tag, content: cursor.vector(1) };
  if (first === 0x82) return { tag, content: cursor.vector(2) };
  return { tag, content: cursor.take(Number.MAX_SAFE_INTEGER) };
};

const readText = (tag: number, content: Uint8Array): string | null => {
  if (tag === 0x1e) return new TextDecoder('utf-16be').decode(content); // BMPString
  if (tag === 0x14) return new TextDecoder('latin1').decode(content); // TeletexString, as it is used in practice
  return tag === 0x0c || tag === 0x13 || tag === 0x16 ? new TextDecoder().decode(content) : null; // UTF8, Printable, IA5
};

/**
 * An X.501 Name in DER as text, in the order it is written: `DC=com, DC=contoso, CN=Contoso CA`. Attributes with other
 * types or strings are left out, at most 256 characters are kept; null where nothing is readable. Never throws.
 */
export const readDistinguishedName = (der: Uint8Array): string | null => {
  const outer = readElement(new Cursor(der));
  if (outer.tag !== 0x30) return null;
  const sets = new Cursor(outer.content);
  const parts: string[] = [];
  while (sets.left > 0 && parts.length < MAX_PARTS) {
    const set = readElement(sets);
    const pair = new Cursor(readElement(new Cursor(set.content)).content);
    const type = readElement(pair);
    const value = readElement(pair);
    const name = type.tag === 0x06 && type.content.length < 16 ? shortNames[hex(type.content)] : undefined;
    const text = readText(value.tag, value.content.subarray(0, MAX_NAME * 2));
    if (!pair.short && name !== undefined && text !== null) parts.push(`${name}=${text}`);
  }
  return parts.length === 0 ? null : cappedString(parts.join(', '), MAX_NAME);
};
