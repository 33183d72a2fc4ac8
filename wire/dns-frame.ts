import { Cursor } from './bytes.ts';

/*
 * A DNS message (RFC 1035 section 4.1): a header, then so many questions and records as it says.
 *
 *  0        2                                   4        6        8        10       12
 * +--------+--+------+--+--+--+--+-----+-------+--------+--------+--------+--------+-----------+--------- ...
 * | id     |QR|opcode|AA|TC|RD|RA|Z …  | rcode | QD     | AN     | NS     | AR     | questions | records
 * +--------+--+------+--+--+--+--+-----+-------+--------+--------+--------+--------+-----------+--------- ...
 *
 * question: name, type (2), class (2)      record: name, type (2), class (2), TTL (4), length (2), data
 * name: labels of a length byte (0 to 63) and text, ended by 0 or by a pointer of two bytes (top bits 11)
 */

const HEADER = 12;
const MAX_NAME = 255;
/** Nobody answers one question with more; a decoder of names is worked hard by records that point at each other. */
const MAX_RECORDS = 512;

/** Data of fixed size, by type: an address that is longer or shorter is none. */
const fixedSizes: Readonly<Record<number, number>> = { 1: 4, 28: 16 };

/** The frame of a message: its header, its first question as it stands, and whether the rest holds together. */
export interface DnsFrame {
  readonly id: number;
  readonly isResponse: boolean;
  /** 0 is an ordinary query. */
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly rcode: number;
  readonly questions: number;
  /** The bytes of the first question; null where there is none or it is cut off. */
  readonly question: Uint8Array | null;
  /** Why questions or records cannot be read; null where all of them are whole and nothing follows. */
  readonly problem: string | null;
}

/** Steps over a name without following pointers. Says whether there was one. */
const skipName = (cursor: Cursor): boolean => {
  let length = 0;
  for (;;) {
    const label = cursor.uint(1);
    if (cursor.short) return false;
    if (label === 0) return true;
    if (label >= 0xc0) {
      cursor.uint(1);
      return !cursor.short;
    }
    length += label + 1;
    if (label > 63 || length >= MAX_NAME) return false;
    cursor.take(label);
  }
};

const skipRecord = (cursor: Cursor): string | null => {
  if (!skipName(cursor)) return 'a name that is none';
  const type = cursor.uint(2);
  cursor.take(6);
  const size = cursor.vector(2).length;
  if (cursor.short) return 'a record that is cut off';
  const wanted = fixedSizes[type];
  return wanted === undefined || wanted === size ? null : 'an address of a wrong size';
};

/** What is wrong with everything behind the first question; null if nothing. */
const problemOf = (cursor: Cursor, questions: number, records: number): string | null => {
  if (questions > 1) return 'more than one question';
  if (records > MAX_RECORDS) return 'too many records';
  for (let i = 0; i < records; i++) {
    const problem = skipRecord(cursor);
    if (problem !== null) return problem;
  }
  return cursor.left > 0 ? 'bytes behind the last record' : null;
};

/** Reads the frame of a message, from hostile bytes as well. Null: too short for a header. Never throws. */
export const readDnsFrame = (bytes: Uint8Array): DnsFrame | null => {
  if (bytes.length < HEADER) return null;
  const cursor = new Cursor(bytes);
  const id = cursor.uint(2);
  const flags = cursor.uint(2);
  const questions = cursor.uint(2);
  const records = cursor.uint(2) + cursor.uint(2) + cursor.uint(2);
  let question: Uint8Array | null = null;
  let problem: string | null = null;
  if (questions > 0) {
    const named = skipName(cursor);
    cursor.take(4);
    if (named && !cursor.short) question = bytes.subarray(HEADER, bytes.length - cursor.left);
    else problem = 'a question that is cut off';
  }
  problem ??= problemOf(cursor, questions, records);
  return {
    id,
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >>> 11) & 15,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    rcode: flags & 15,
    questions,
    question,
    problem,
  };
};

const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte);

/** Whether two questions are the same: the name without regard to case (RFC 4343), type and class exactly. */
export const sameQuestion = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length &&
  a.every((byte, index) => {
    const other = b[index] ?? 0;
    return index < a.length - 4 ? lower(byte) === lower(other) : byte === other;
  });
