import { type Answer, decode, encode } from 'dns-packet';
import { concatBytes, u16 } from './bytes.ts';
import { readDnsFrame, sameQuestion } from './dns-frame.ts';
import { cappedString } from './printable.ts';

/** The longest response over UDP that is looked at: nobody who asks without EDNS is sent more than 512 bytes. */
const MAX_DATAGRAM = 4096;
const MAX_ANSWERS = 32;
const MAX_ANSWER = 256;
const HEADER = 12;

/** What is asked: a name without a final dot (`.` is the root), and a type. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'NS' | 'SRV' | 'TXT';
}

/** A record that the answering half may give. */
export type DnsRecord =
  | { readonly name: string; readonly type: 'A' | 'AAAA' | 'NS' | 'TXT'; readonly data: string }
  | { readonly name: string; readonly type: 'SRV'; readonly data: { readonly port: number; readonly target: string } };

/** What a message is to our query: its answer, or something else and what. */
export type DnsReading =
  | {
      readonly kind: 'answer';
      /** `NOERROR`, `REFUSED` …; `RCODE_11` where nobody assigned it. */
      readonly rcode: string;
      readonly authoritative: boolean;
      readonly recursionAvailable: boolean;
      readonly truncated: boolean;
      /** The answer section as `A 192.0.2.1`, `SRV 0 0 5061 sip.contoso.com` …, at most 32; null: not readable. */
      readonly answers: readonly string[] | null;
      /** Why the records cannot be read; the answer is one all the same. */
      readonly problem: string | null;
    }
  | { readonly kind: 'stray'; readonly code: StrayCode; readonly message: string };

export type StrayCode = 'not-dns' | 'wrong-id' | 'wrong-question' | 'echo';

/** The codes of RFC 1035 section 4.1.1 and RFC 2136 section 2.2. */
const rcodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

const isDnsName = (name: string): boolean =>
  name === '.' || (name.length <= 253 && name.split('.').every((label) => /^[\x21-\x7e]{1,63}$/.test(label)));

/**
 * A query that asks one question, recursion desired.
 * @param id the transaction id, 0 to 65535.
 * @throws RangeError where the name is not one: that is our own configuration.
 */
export const encodeQuery = (id: number, { name, type }: DnsQuestion): Uint8Array => {
  if (!isDnsName(name)) throw new RangeError(`${JSON.stringify(name)} is not a name that can be asked of the DNS`);
  const flags = 0x0100; // RD
  return Uint8Array.from(encode({ type: 'query', id, flags, questions: [{ name, type, class: 'IN' }] }));
};

const textOf = (data: unknown): string =>
  (Array.isArray(data) ? data : [data]).map((part: unknown) => JSON.stringify(String(part))).join(' ');

const describe = (record: Answer): string => {
  switch (record.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR':
      return `${record.type} ${record.data}`;
    case 'MX':
      return `MX ${record.data.preference ?? 0} ${record.data.exchange}`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = record.data;
      return `SRV ${priority} ${weight} ${port} ${target}`;
    }
    case 'TXT':
      return `TXT ${textOf(record.data)}`;
    case 'SOA':
      return `SOA ${record.data.mname} ${record.data.rname} ${record.data.serial ?? 0}`;
    default:
      return String(record.type);
  }
};

/** The answer section as texts; null where the library cannot read the message. */
const readAnswers = (bytes: Uint8Array): string[] | null => {
  try {
    const { answers = [] } = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return answers.slice(0, MAX_ANSWERS).map((record) => cappedString(describe(record), MAX_ANSWER));
  } catch {
    return null;
  }
};

const stray = (code: StrayCode, message: string): DnsReading => ({ kind: 'stray', code, message });

/**
 * Reads a message as the answer to our query: a response with its id and its question is one, whatever its code and
 * whatever its records look like. Never throws.
 * @param query as `encodeQuery` gave it.
 */
export const readResponse = (bytes: Uint8Array, query: Uint8Array): DnsReading => {
  const frame = readDnsFrame(bytes);
  const asked = readDnsFrame(query);
  if (!frame || !asked?.question) return stray('not-dns', `${bytes.length} bytes came that are no DNS message`);
  if (frame.id !== asked.id) {
    if (frame.isResponse && frame.question) return stray('wrong-id', 'a DNS response came with another id than ours');
    return stray('not-dns', `${bytes.length} bytes came that are no DNS response to us`);
  }
  if (!frame.isResponse) return stray('echo', 'our own query came back, not an answer to it');
  if (frame.opcode !== 0 || !frame.question || !sameQuestion(frame.question, asked.question)) {
    return stray('wrong-question', 'a DNS response came with our id, but not with our question');
  }
  const answers = frame.problem === null ? readAnswers(bytes) : null;
  return {
    kind: 'answer',
    rcode: rcodes[frame.rcode] ?? `RCODE_${frame.rcode}`,
    authoritative: frame.authoritative,
    recursionAvailable: frame.recursionAvailable,
    truncated: frame.truncated,
    answers,
    problem: frame.problem ?? (answers === null ? 'records that cannot be read' : null),
  };
};

/** As `readResponse`, for a datagram: what is longer than anybody may send us is no answer. */
export const readDatagram = (bytes: Uint8Array, query: Uint8Array): DnsReading =>
  bytes.length > MAX_DATAGRAM
    ? stray('not-dns', `a datagram of ${bytes.length} bytes came, which is no answer to a plain query`)
    : readResponse(bytes, query);

/** The name that a query asks for, without its last dot; null where it asks none that could be asked. */
export const queryName = (query: Uint8Array): string | null => {
  const { question = null } = readDnsFrame(query) ?? {};
  if (question === null) return null;
  const labels: string[] = [];
  let at = 0;
  for (let length = question[0] ?? 0; length > 0 && length < 64; length = question[at] ?? 0) {
    labels.push(Buffer.from(question.subarray(at + 1, at + 1 + length)).toString('latin1'));
    at += 1 + length;
  }
  const name = labels.join('.');
  return isDnsName(name) ? name : null;
};

/**
 * The response to a query: the records of that name and type, or none, as an authority would say it. Null is silence:
 * for responses (two who answer each other would never end) and for what is too short to be answered.
 */
export const answerQuery = (bytes: Uint8Array, records: readonly DnsRecord[] = []): Uint8Array | null => {
  const frame = readDnsFrame(bytes);
  if (!frame || frame.isResponse) return null;
  const { question } = frame;
  const rcode = frame.opcode !== 0 ? 4 : frame.questions !== 1 || !question ? 1 : 0;
  const wanted = question && rcode === 0 ? records.filter((record) => matches(record, question)) : [];
  // QR, AA, and the opcode and RD of the query.
  const flags = 0x8400 | (frame.opcode << 11) | (frame.recursionDesired ? 0x0100 : 0) | rcode;
  const answers = wanted.map((record) => ({ ...record, ttl: 0, class: 'IN' }) as Answer);
  const section = encode({ type: 'response', answers }).subarray(HEADER);
  const counts = concatBytes(u16(question ? 1 : 0), u16(answers.length), u16(0), u16(0));
  return concatBytes(u16(frame.id), u16(flags), counts, question ?? new Uint8Array(0), section);
};

const matches = ({ name, type }: DnsRecord, question: Uint8Array): boolean => {
  const asked = readDnsFrame(encodeQuery(0, { name, type }))?.question;
  return asked !== undefined && asked !== null && sameQuestion(asked, question);
};
