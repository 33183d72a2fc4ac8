import type { Endpoint } from './channel.ts';
import type { Fact, Facts } from './observation.ts';
import { roundSeconds } from './observation.ts';
import { type AnsweredDialect, dialects, type StunAnswer } from './stun-exchange.ts';

/** An answer, and on which dial it was heard how long after its request was first sent. */
export interface Heard {
  readonly answer: StunAnswer;
  /** Answers of one dial share source port and so the mapping. */
  readonly dial: number;
  readonly roundTripSeconds: number;
  /** How often the request had been repeated before its answer came. */
  readonly retransmissions: number;
}

const ranks: readonly AnsweredDialect[] = [...dialects, 'turn'];

/** Answers with the most telling dialect first; among equals the order of hearing stays. */
export const bestFirst = (heard: readonly Heard[]): readonly Heard[] =>
  heard.toSorted((a, b) => ranks.indexOf(a.answer.dialect) - ranks.indexOf(b.answer.dialect));

/** `192.0.2.1:3478`, `[2001:db8::1]:3478` */
export const spell = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** The first value that is there. */
const firstOf = <T>(heard: readonly Heard[], pick: (answer: StunAnswer) => T | null): T | null => {
  for (const { answer } of heard) {
    const value = pick(answer);
    if (value !== null) return value;
  }
  return null;
};

/**
 * Our address as the server saw it. `xorMapped…` appears only where it contradicts MAPPED-ADDRESS of the same dial:
 * then something on the way rewrites addresses in the payload, and the disguised one is true.
 */
const mappingFacts = (sorted: readonly Heard[]): { [name: string]: Fact } => {
  const dial = sorted.find(({ answer }) => answer.xorMapped ?? answer.mapped)?.dial;
  const sameDial = sorted.filter((heard) => heard.dial === dial);
  const plain = firstOf(sameDial, (answer) => answer.mapped);
  const xor = firstOf(sameDial, (answer) => answer.xorMapped);
  const shown = plain ?? xor;
  if (!shown) return {};
  const facts: { [name: string]: Fact } = { mappedAddress: shown.address, mappedPort: shown.port };
  if (xor && (xor.address !== shown.address || xor.port !== shown.port)) {
    facts['xorMappedAddress'] = xor.address;
    facts['xorMappedPort'] = xor.port;
  }
  return facts;
};

/** The facts of a question that was answered. What no answer told is left out. */
export const answerFacts = (heard: readonly Heard[]): Facts => {
  const sorted = bestFirst(heard);
  const [best] = sorted;
  if (!best) return {};
  const alternate = firstOf(sorted, (answer) => answer.alternateServer);
  const flaws = sorted.flatMap(({ answer }) => answer.flaws).slice(0, 8);
  const told: { readonly [name: string]: Fact } = {
    software: firstOf(sorted, (answer) => answer.software),
    errorCode: firstOf(sorted, (answer) => answer.errorCode),
    realm: firstOf(sorted, (answer) => answer.realm),
    alternateServer: alternate && spell(alternate),
    serverVersion: firstOf(sorted, (answer) => answer.serverVersion),
    // The server may answer with the lower of both versions, so what we offered belongs to the reading.
    clientVersion: firstOf(sorted, (answer) => (answer.serverVersion === null ? null : answer.clientVersion)),
    proof: firstOf(sorted, (answer) => answer.proof ?? null),
    flaws: flaws.length > 0 ? flaws : null,
  };
  return {
    dialect: best.answer.dialect,
    dialects: [...new Set(sorted.map(({ answer }) => answer.dialect))],
    ...mappingFacts(sorted),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null)),
    roundTripSeconds: roundSeconds(best.roundTripSeconds),
  };
};
