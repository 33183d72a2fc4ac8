import type { HairpinMissing } from './ask-hairpins.ts';
import { firstFew, instantInWords, inWords, later, socketAddress } from './explain-words.ts';
import { hairpinRows } from './hairpin.ts';
import type { JudgedRule } from './judge.ts';

/** A hairpin that is missing, in words, and where. */
export interface HairpinSeen {
  readonly code: 'hairpin-missing';
  readonly target: string;
  readonly message: string;
}

/** Source ports that a message names before it says that there are more. */
const portsNamed = 4;

/** The 5-tuples and the times in UTC, as firewall logs are searched by them, and that the service itself is up. */
const inFull = ({ hairpin, direct, around }: HairpinMissing): HairpinSeen => {
  const { transport, name, port, source, address, published } = hairpin;
  const at = socketAddress(published, String(port));
  const tried = [...new Set(around.attempts.flatMap(({ sourcePort }) => sourcePort ?? []))].map(String);
  const from = socketAddress(source, tried.length === 0 ? '*' : firstFew(tried, portsNamed, 'source ports'));
  const begun = instantInWords(around.startedAt, true);
  const ended = instantInWords(later(around.startedAt, around.durationSeconds), false);
  const message = [
    `${transport} ${from} to ${at} is ${around.outcome} (${begun} to ${ended})`,
    `${socketAddress(address, String(port))} answers ${source} the same question in ${inWords(direct.durationSeconds)}`,
  ].join(', and ');
  return { code: 'hairpin-missing', target: `${name} ${at}`, message };
};

/** What a missing hairpin says of one row; nothing of those it does not concern. */
export const hairpinsOfRule = (judged: JudgedRule, missing: readonly HairpinMissing[]): HairpinSeen[] =>
  missing.filter(({ hairpin }) => hairpinRows([judged], hairpin.transport).length > 0).map(inFull);

/** Missing hairpins that concern no row of this run, because it is asked at another vantage. */
export const hairpinsOfRun = (rules: readonly JudgedRule[], missing: readonly HairpinMissing[]): HairpinSeen[] =>
  missing.filter(({ hairpin }) => hairpinRows(rules, hairpin.transport).length === 0).map(inFull);
