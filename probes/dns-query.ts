import { type DnsQuestion, type DnsReading, encodeQuery } from '../wire/dns.ts';
import type { Facts } from './observation.ts';
import type { ProbeOptions } from './probe.ts';

/** Asked where no name is given: every server knows the root, or says that it may not tell. */
const root = '.';

/** What is asked of a name: service records where it begins like theirs, else an address. */
const typeOf = (name: string): DnsQuestion['type'] => {
  if (name === root) return 'NS';
  return name.startsWith('_') ? 'SRV' : 'A';
};

/**
 * A query with a new id, for the name of the options.
 * @throws RangeError where that is no name: our own configuration.
 */
export const makeQuery = (options: ProbeOptions, random: (size: number) => Uint8Array): Uint8Array => {
  const name = options.query ?? root;
  const [high = 0, low = 0] = random(2);
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
