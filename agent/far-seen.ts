import { type FarSeen, unseen } from './arrived.ts';
import {
  covers,
  holdsAll,
  isWithin,
  lookedOften,
  portsAsked,
  runsOf,
  sentBy,
  spanOf,
  standingFor,
  type Witness,
} from './far-match.ts';
import { includesPort } from './ports.ts';
import type { ReportCheck } from './report.ts';
import type { RecordedPlace, RecordedRequest } from './respond-record.ts';

const mostAddresses = 4;

/** Seconds after the end of a check in which its half-open connections may first be seen. */
const graceFor = (everySeconds: number): number => everySeconds + 1;

const isAt = (places: readonly RecordedPlace[], { to, transport }: RecordedRequest): boolean =>
  places.some(
    (place) => place.transport === transport && place.address === to.address && includesPort(runsOf(place), to.port),
  );

/** Whether connections of this check were seen half-open: `unknown` where nobody could look, or others cannot be told apart. */
const halfOpenOf = (
  check: ReportCheck,
  port: number,
  places: readonly RecordedPlace[],
  witness: Witness,
): 'yes' | 'no' | 'unknown' => {
  const { halfOpen } = witness.book.file.record;
  if (halfOpen === null) return 'unknown';
  const none = lookedOften(halfOpen) ? 'no' : 'unknown';
  const source = check.source.address ?? '';
  const seenAs = witness.seenAs.get(source);
  const dialled = new Set(check.attempts.map(({ sourcePort }) => sourcePort));
  const there = halfOpen.seen.filter(
    ({ to, firstAt }) =>
      places.some(({ address }) => address === to.address) &&
      includesPort(runsOf(to), port) &&
      isWithin(firstAt, spanOf(check, witness), graceFor(halfOpen.everySeconds)),
  );
  if (there.length === 0) return none;
  const isOurs = ({ from }: (typeof there)[number]): boolean => {
    const untranslated = from.address === source;
    // Of a sweep, and where ports are translated, the address alone tells: it is one that requests of ours came from.
    if (from.port === null || dialled.size === 0 || !untranslated)
      return untranslated || seenAs?.has(from.address) === true;
    return dialled.has(from.port);
  };
  if (there.some(isOurs)) return 'yes';
  return there.every(({ from }) => from.address === source) ? none : 'unknown';
};

/** What became of a connection of ours that is not known by anything said on it. */
interface Nameless {
  readonly arrived: 'refused' | 'connection' | 'unknown' | 'no';
  /** Where it was turned away, that address. */
  readonly from: readonly string[];
}

/**
 * A connection of ours on which nothing was heard that tells it apart; `unknown` where it may be somebody else's.
 * Whoever is not served is turned away by his address: then any connection from it tells.
 */
const connectionOf = (check: ReportCheck, places: readonly RecordedPlace[], witness: Witness): Nameless => {
  const dialled = new Set(check.attempts.map(({ sourcePort }) => sourcePort));
  const source = check.source.address ?? '';
  const seenAs = witness.seenAs.get(source);
  const span = spanOf(check, witness);
  const nameless = witness.book.file.record.heard.filter(
    (one) =>
      one.transport === 'tcp' &&
      one.transaction === null &&
      one.to.port === check.target.port &&
      isAt(places, one) &&
      // What was never said is written down when the connection ends.
      isWithin(one.at, span, 40),
  );
  const isOurs = ({ from }: RecordedRequest): boolean =>
    from.address === source || (seenAs?.has(from.address) ?? dialled.has(from.port));
  const turnedAway = nameless.filter((one) => !one.served && isOurs(one)).map(({ from }) => from.address);
  if (turnedAway.length > 0) return { arrived: 'refused', from: [...new Set(turnedAway)].slice(0, mostAddresses) };
  // What was said without a name cannot be told from what others said.
  const taken = nameless.some(({ from, protocol }) => protocol === 'nothing' && dialled.has(from.port));
  if (taken) return { arrived: 'connection', from: [] };
  return { arrived: nameless.length > 0 ? 'unknown' : 'no', from: [] };
};

const withoutRequest = (
  check: ReportCheck,
  transport: string,
  places: readonly RecordedPlace[],
  witness: Witness,
): Pick<FarSeen, 'arrived' | 'witness'> & Partial<Pick<FarSeen, 'from'>> => {
  const unknown = { arrived: 'unknown', witness: null } as const;
  const named = sentBy(check).length > 0;
  if (witness.book.file.record.heardTruncated > 0 || check.target.port === null) return unknown;
  if (transport === 'udp') return named ? { arrived: 'no', witness: null } : unknown;
  if (check.outcome === 'open' || check.outcome === 'answered') {
    const nameless = connectionOf(check, places, witness);
    return named || nameless.arrived === 'refused' ? { ...nameless, witness: null } : unknown;
  }
  const half = halfOpenOf(check, check.target.port, places, witness);
  return half === 'yes' ? { arrived: 'yes', witness: 'half-open' } : { arrived: half, witness: null };
};

/** What a record that witnessed a run says of a single question of it; null where it has nothing to do with it. */
export const farSeen = (check: ReportCheck, transport: string, witness: Witness): FarSeen | null => {
  const { book } = witness;
  const places = standingFor(check, transport, book.file);
  const requests = sentBy(check).flatMap((id) => book.byId.get(id) ?? []);
  const asked = places.filter((place) => includesPort(runsOf(place), check.target.port ?? 0));
  if (requests.length === 0 && asked.length === 0) return null;
  const listening = holdsAll(asked, portsAsked(check)) && covers(witness, check);
  const base = { ...unseen(witness.book.file), listening };
  if (requests.length === 0) return listening ? { ...base, ...withoutRequest(check, transport, asked, witness) } : base;
  const here = requests.filter((one) => isAt(asked, one));
  const told = here.length > 0 ? here : requests;
  const [first] = told.toSorted((a, b) => a.at.localeCompare(b.at));
  const arrived = here.length === 0 ? 'elsewhere' : here.some(({ served }) => served) ? 'yes' : 'refused';
  return {
    ...base,
    ...{ arrived, witness: 'request', at: first?.at ?? null },
    from: [...new Set(told.map(({ from }) => from.address))].slice(0, mostAddresses),
    requests: told.reduce((sum, { times }) => sum + times, 0),
    elsewhere:
      here.length > 0 || first === undefined ? null : `${first.transport}/${first.to.port} on ${first.to.address}`,
  };
};
