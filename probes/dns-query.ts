import { type DnsQuestion, type DnsReading, type DnsRecord, encodeQuery, queryName } from '../wire/dns.ts';
import { hex } from '../wire/printable.ts';
import { proofOfNonce } from '../wire/proof.ts';
import type { Facts } from './observation.ts';
import type { AnswerOptions, ProbeOptions, TurnCredential } from './probe.ts';
import { proofLabel } from './proof-places.ts';

/** Asked where no name is given: every server knows the root, or says that it may not tell. */
const root = '.';

/** What is asked of a name: service records where it begins like theirs, else an address. */
const typeOf = (name: string): DnsQuestion['type'] => {
  if (name === root) return 'NS';
  return name.startsWith('_') ? 'SRV' : 'A';
};

/**
 * A query with a new id, for the name of the options; our responder is asked for a text below that name, which begins
 * with a nonce.
 * @throws RangeError where that is no name: our own configuration.
 */
export const makeQuery = (
  options: ProbeOptions,
  random: (size: number) => Uint8Array,
  secret: TurnCredential | null = null,
): Uint8Array => {
  const name = options.query ?? root;
  const [high = 0, low = 0] = random(2);
  if (secret !== null) {
    const label = `${proofLabel}${hex(random(16))}`;
    return encodeQuery(high * 256 + low, { name: name === root ? label : `${label}.${name}`, type: 'TXT' });
  }
  return encodeQuery(high * 256 + low, { name, type: typeOf(name) });
};

/** An answer to our query. */
export type DnsAnswer = Extract<DnsReading, { readonly kind: 'answer' }>;

/** What an answer told. */
export const answerFacts = (answer: DnsAnswer): Facts => ({
  rcode: answer.rcode,
  answers: answer.answers,
  recursionAvailable: answer.recursionAvailable,
  authoritative: answer.authoritative,
  truncated: answer.truncated,
  ...(answer.problem === null ? {} : { malformed: answer.problem }),
});

const nonceIn = (text: string): string | null => new RegExp(`${proofLabel}([0-9a-f]{32})`, 'i').exec(text)?.[1] ?? null;

/** Whether what was answered to a query of ours is the proof for its nonce; no fact where none was asked for. */
export const proofFacts = (secret: TurnCredential | null, query: Uint8Array, facts: Facts): Facts => {
  const nonce = nonceIn(Buffer.from(query).toString('latin1'));
  const { answers } = facts;
  if (secret === null || nonce === null || answers === undefined) return {};
  const proof = `TXT "${proofOfNonce(secret, 'dns', nonce)}"`;
  return { proof: Array.isArray(answers) && answers.includes(proof) };
};

/** What the answering half knows for a query: the proof for a nonce in it, or the records it was given. */
export const recordsFor = ({ proof, records = [] }: AnswerOptions, query: Uint8Array): readonly DnsRecord[] => {
  if (proof === undefined) return records;
  const name = queryName(query);
  const nonce = name === null ? null : nonceIn(name);
  if (name === null || nonce === null) return records;
  return [{ name, type: 'TXT', data: proofOfNonce(proof, 'dns', nonce.toLowerCase()) }];
};
