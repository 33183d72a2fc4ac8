import { type Around, isAlive, isDark, isReset, whatOf } from './explain-around.ts';
import { portsInWords, rangesInWords } from './explain-range.ts';
import { inWords } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { type Because, worstOf } from './verdict.ts';

/** A check to be read, with what the run knows around it. */
export interface Case {
  readonly judged: JudgedCheck;
  readonly around: Around;
}

type Meaning = (read: Case) => string;

/** Who was asked, for the middle of a sentence: its name in the site file. */
const whoOf = ({ judged }: Case): string => judged.check.target.name;

const what = ({ judged }: Case): string => whatOf(judged);

const isBlocked = ({ judged }: Case): boolean => judged.expect === 'blocked';

/** The lost packet is named by its segment, never by a device: nobody can see which one it was. */
const lost: Meaning = (read) => {
  const { judged, around } = read;
  const who = whoOf(read);
  const udp = judged.rule.transport === 'udp';
  // A port unreachable may come from whoever stands before the host.
  const inRange = judged.groups.some(({ outcome }) =>
    udp ? outcome === 'answered' : outcome === 'answered' || outcome === 'open' || outcome === 'closed',
  );
  if (inRange && judged.rule.sourcePorts !== undefined)
    return `${who} answers to other source ports, so what leaves from the silent ones is lost on the way`;
  if (inRange)
    return `${who} answers on other ports of the range, so the silent ones are lost between here and its listener`;
  if (isAlive(judged, around)) return `${who} is up, and ${what(read)} to it is lost between here and its listener`;
  if (isDark(judged, around)) {
    return `the whole address is dark from here, not ${what(read)} alone; it may be the route, address translation, or ${who} is down`;
  }
  const lostThere = `${what(read)} is lost between here and its listener`;
  if (isReset(judged, around)) return `${lostThere}, though something answers for the address with a reset`;
  return `${lostThere}, or ${who} is down; nothing else was heard of it to tell`;
};

/** What of a way that must be shut is not: of a range only the ports that can be reached. */
const exposedPorts: Meaning = (read) => {
  const exposed = read.judged.groups.filter(({ judgement }) => judgement.verdict === 'fail');
  return exposed.length === 0 ? what(read) : `${read.judged.rule.transport}/${portsInWords(exposed)}`;
};

const notAsked = (reason: string) => (): string => `not asked: ${reason}`;

/** Where a port that no rule opens opened as well, an open port is no news of the host behind. */
const opensForAll = ({ judged }: Case): boolean => judged.controlPort === 'open';
const somethingOpens =
  'a port that no rule opens accepts connections as well, so something answers TCP for the host, and nothing shows that more than that passes';

/** What each reason of a verdict means, in one clause that stands after what was seen. */
export const meanings: Readonly<Record<Because, Meaning>> = {
  answered: () => 'the path is open and the service answers',
  open: ({ judged }) => `the path is open ${judged.rule.sourcePorts === undefined ? 'on' : 'from'} every port asked`,
  closed: (read) => {
    if (!isBlocked(read)) {
      return 'a port that no rule opens is silent, so these resets came from the host, and the path is open';
    }
    return read.judged.judgement.verdict === 'pass'
      ? 'blocked as expected; what listens there heard nothing of it, so the reset came from the way'
      : 'the reset may come from the host (then the path is open) or from a firewall that rejects, which cannot be told apart';
  },
  unreachable: (read) => {
    if (!isBlocked(read)) return `the network says no to ${what(read)} between here and ${whoOf(read)}`;
    return read.judged.judgement.verdict === 'pass'
      ? 'refused on the way, blocked as expected'
      : `nothing else of ${whoOf(read)} answers from here, so whether the row or the route is refused cannot be told`;
  },
  filtered: (read) => {
    if (!isBlocked(read)) return lost(read);
    const [silent, it] = read.judged.groups.length > 0 ? ['these ports are', 'them'] : ['this port is', 'it'];
    return `blocked as expected; ${whoOf(read)} is up, and ${silent} silent; who drops ${it} is not proven`;
  },
  unresolved: () => 'without an address nothing could be asked',
  unasked: () => 'that is a trouble of this host, and says nothing about the row',
  exposed: (read) =>
    `it is expected to be blocked, and ${exposedPorts(read)} on ${whoOf(read)} can be reached from here`,
  'wrong-service': (read) =>
    `the path is open, but what answers on ${what(read)} of ${whoOf(read)} is not the service of this row`,
  'tls-swallowed': (read) =>
    opensForAll(read)
      ? somethingOpens
      : 'TCP passes, and the hello is swallowed between here and its listener, or the service there hangs',
  intercepted: (read) =>
    `our responder listens on ${whoOf(read)} and was not what opened, so something on the way took the connection`,
  'service-mute': (read) => {
    if (opensForAll(read)) return somethingOpens;
    const stranger = read.judged.rule.protocol === 'XMPP' ? ' (it may stay silent to domains it does not know)' : '';
    return `TCP passes; whether it is the service that stays silent${stranger} or something before it cannot be told`;
  },
  'everything-open': () =>
    'a port that no rule opens accepts connections as well, so something answers for the host, and open ports prove nothing',
  refused: (read) =>
    read.judged.controlPort === 'closed'
      ? `as a port that no rule opens is reset too, either nobody listens on ${what(read)}, or a firewall rejects`
      : `nobody listens on ${what(read)} of ${whoOf(read)}, or something on the way rejects it`,
  'service-down': (read) =>
    `a port that no rule opens is silent, so this refusal came from ${whoOf(read)} itself; the path is open, and nobody listens`,
  'far-side-not-listening': (read) =>
    `${whoOf(read)} is somebody else's host, and whether it does not listen or the way rejects cannot be told from here`,
  'idle-or-reset': ({ judged }) => {
    const refusals = judged.rule.transport === 'udp' ? 'refusals' : 'resets';
    return `nobody listens in this range outside a call, so the ${refusals} may come from the host or from a firewall that rejects`;
  },
  'path-open': (read) =>
    `it is expected to be blocked; a port that no rule opens is silent and this one is reset, so ${what(read)} passes, though nobody listens now`,
  'host-absent': (read) =>
    `the refusal came only after ${inWords(slowestRefusal(read))}, as when the last network looks for an address in vain, so nobody has the address of ${whoOf(read)} there`,
  'idle-or-filtered': ({ judged }) => {
    const silence = judged.rule.transport === 'udp' ? 'silence from UDP' : 'silence';
    return `nobody listens there outside a call, and ${silence} where nobody lives is not evidence`;
  },
  silent: (read) => `nothing shows that ${whoOf(read)} is up, so a blocked port cannot be told from an absent host`,
  dns: (read) =>
    isBlocked(read)
      ? 'without an address there is nothing to be blocked'
      : 'nothing was asked, and nobody else who uses this name gets further',
  resolver: () => "this host's resolver failed, so nothing was asked; that says nothing about the row",
  'range-partial': (read) => {
    const { groups, judgement } = read.judged;
    const counting = groups.filter((group) => group.judgement.verdict === judgement.verdict);
    if (counting.length === 0) return 'the ports of the range came out differently';
    const worst = worstOf(counting.map((group) => group.judgement));
    const which = rangesInWords(counting);
    const meaning = worst.because === 'range-partial' ? '' : ` (${meanings[worst.because](read)})`;
    return `the range came out in parts; what decides is ${which}${meaning}`;
  },
  'prober-blind': () =>
    'the hosts that must answer from here are silent as well, so this host is cut off, and silence says nothing',
  'source-shunned': () =>
    'a row that had answered is silent since the sweep, so something blocks our address by now, and silence says nothing',
  'source-not-in-role': (read) => {
    const { rule, observation } = read.judged;
    const source = observation.source.address ?? 'another address';
    return `the document lets this row be opened for ${rule.mayNarrowTo.join(' and ')} only, and we asked from ${source}, so silence says little`;
  },
  'no-endpoint': notAsked('the site file names nobody who could be asked'),
  'no-probe-yet': notAsked('this version has no probe for the protocol'),
  'not-required': notAsked('the features of the site do not need it'),
  absent: notAsked('the site has no such role'),
  'no-source-address': notAsked('this machine owns no address that the row leaves from'),
  'no-such-family': notAsked('this host has no address of that family'),
};

const slowestRefusal = ({ judged }: Case): number =>
  Math.max(
    0,
    ...judged.observation.attempts.filter(({ outcome }) => outcome === 'unreachable').map(({ seconds }) => seconds),
  );
