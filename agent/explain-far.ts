import type { FarSeen } from './arrived.ts';
import type { Case } from './explain-meaning.ts';
import { counted, instantInWords, listed } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';

const textCap = 80;

const shown = (text: string): string => printable(text, textCap);

/** `the responder on edge-1` */
const who = ({ host }: FarSeen): string => `the responder on ${shown(host)}`;

const fromWords = ({ from }: FarSeen): string => (from.length === 0 ? '' : ` from ${listed(from.map(shown))}`);

/** Its own clock: firewall logs of that side are searched by it. */
const atWords = ({ at }: FarSeen): string => (at === null ? '' : ` at ${instantInWords(at, false)} by its clock`);

const missed = ['filtered', 'unreachable', 'closed'];

/** Of a sweep: how many ports we heard nothing of, and how many of these were heard there. */
const silentOf = (groups: NonNullable<FarSeen['groups']>): { readonly arrived: number; readonly of: number } => {
  const silent = Object.entries(groups).flatMap(([outcome, group]) => (missed.includes(outcome) ? [group] : []));
  return {
    arrived: silent.reduce((sum, group) => sum + group.arrived, 0),
    of: silent.reduce((sum, group) => sum + group.of, 0),
  };
};

const isPartly = (groups: NonNullable<FarSeen['groups']>): boolean => {
  const { arrived, of } = silentOf(groups);
  return arrived > 0 && arrived < of;
};

/** Of a sweep: how many of the ports that we heard nothing of were heard there. */
const portsWords = (far: FarSeen, groups: NonNullable<FarSeen['groups']>): string => {
  const { arrived, of } = silentOf(groups);
  const half = far.witness === 'half-open' ? ' as half-open connections' : '';
  return `${who(far)} heard${fromWords(far)} ${arrived} of the ${counted(of, 'port')} that gave us no answer${half}`;
};

/** What the far end saw, in one clause; null where its record tells nothing. */
export const farWords = ({ far, rule, observation, judgement }: JudgedCheck): string | null => {
  // What answered as it should speaks for itself.
  if (far === undefined || judgement.because === 'answered') return null;
  const syn = rule.transport === 'tcp' && observation.outcome !== 'open';
  switch (far.arrived) {
    case 'yes':
      if (far.groups !== undefined) return portsWords(far, far.groups);
      return far.witness === 'half-open'
        ? `${who(far)} has our connection half-open: the SYN arrived, and its answer was never acknowledged`
        : `${who(far)} heard ${counted(far.requests, 'request')} of it${fromWords(far)}${atWords(far)}`;
    case 'refused':
      return `${who(far)} heard it${fromWords(far)} and answered not a byte, because it does not serve that address`;
    case 'elsewhere':
      return `${who(far)} heard it${fromWords(far)} at ${shown(far.elsewhere ?? 'another place')} instead`;
    case 'connection':
      return `${who(far)} took the connection and heard no whole word on it`;
    case 'no':
      return `${who(far)} listened there all the time and heard nothing of it${syn ? ', not even a SYN' : ''}`;
    case 'unknown':
      return far.listening ? `${who(far)} listened there all the time` : null;
  }
};

const answerLost =
  'the request arrives and the answer is lost on the way back: an answer that leaves by another way (route, gateway), or a stateful firewall that did not see the request';

/** What follows from what the far end saw, where that is more than the verdict says by itself; null where it is not. */
export const farMeaning = ({ judged }: Case): string | null => {
  const { far, judgement, expect, observation } = judged;
  if (far === undefined) return null;
  const { because } = judgement;
  const silent = observation.outcome === 'filtered' || judged.groups.length > 0;
  if (expect === 'blocked') {
    if (far.arrived === 'yes' && (because === 'exposed' || because === 'path-open') && silent)
      return 'it is expected to be blocked, and the request gets through; only its answer is lost, and one way is enough for harm';
    return because === 'filtered' && far.arrived === 'no'
      ? 'blocked as expected, and proven: the request never arrived'
      : null;
  }
  if (because === 'service-mute' && far.arrived === 'refused')
    return 'the request arrives; whether an answer would come back is not known, as none was sent';
  if (because === 'filtered' || because === 'range-partial') {
    if (far.arrived === 'yes' && far.groups !== undefined && isPartly(far.groups))
      return 'of those that arrive the answer is lost on the way back (another way back, or a firewall that did not see the request), and the others are lost on the way there';
    if (far.arrived === 'yes') return answerLost;
    if (far.arrived === 'no')
      return 'the request is lost between here and its listener, and nothing is known of the way back';
  }
  if (because === 'refused' && far.listening && far.arrived !== 'yes')
    return 'a port that is listened on is not reset by its host, so something on the way rejects it';
  if (because === 'intercepted' && far.arrived === 'yes')
    return 'the request arrives and was answered, and something on the way keeps the answer';
  if (because === 'tls-swallowed' && far.arrived === 'yes')
    return 'the hello arrives, and what answers it is swallowed on the way back';
  if ((because === 'tls-swallowed' || because === 'intercepted') && far.arrived === 'connection')
    return 'the connection arrives and what is said on it does not: application control, or large packets are lost';
  return null;
};

/** What to do about what only the far end could tell; null where the usual advice holds. */
export const farAdvice = ({ judged }: Case): string | null => {
  const { far, judgement } = judged;
  if (far === undefined || judgement.verdict === 'pass') return null;
  const [address] = far.from;
  if (far.arrived === 'refused' && address !== undefined)
    return `Start the responder on ${shown(far.host)} with --allow ${shown(address)}/${address.includes(':') ? 128 : 32}, then ask again; if that is not this host's address, something translates it.`;
  if (judged.expect === 'reachable' && far.arrived === 'yes' && judgement.path !== 'open')
    return `Follow the answer: the route and the gateway of ${shown(far.host)} back to ${address === undefined ? 'here' : shown(address)}, and whether it leaves through the firewall that let the request in.`;
  return null;
};
