import { type Around, isDark, whatOf } from './explain-around.ts';
import { farAdvice } from './explain-far.ts';
import type { Case } from './explain-meaning.ts';
import { socketAddress } from './explain-words.ts';
import { catalogue } from './findings.ts';
import type { JudgedCheck } from './judge.ts';
import { formatPorts } from './ports.ts';
import { isCut } from './sweep-groups.ts';
import type { Because } from './verdict.ts';

type Advice = (read: Case) => string | null;

const internalRoles: ReadonlySet<string> = new Set(['front-end', 'director', 'edge-internal']);

/** Whose firewall stands between this vantage and the target. */
const segmentOf = ({ judged, around }: Case): string => {
  if (around.vantage === 'outside') return 'external firewall';
  if (around.vantage === 'inside' || internalRoles.has(judged.check.target.role)) return 'internal firewall';
  return 'external firewall, outbound';
};

const target = ({ judged }: Case): string =>
  socketAddress(judged.check.address ?? judged.check.target.address, formatPorts([judged.check.target.ports]));

/** Who the firewall rule must let through: "any" as the row says, or the address that we left from. */
const from = ({ judged }: Case): string =>
  judged.rule.from === 'any' ? 'any' : (judged.check.source ?? judged.observation.source.address ?? judged.rule.from);

const flow = (read: Case): string => `${read.judged.rule.transport} ${from(read)} → ${target(read)}`;

const who = ({ judged }: Case): string => judged.check.target.name;

/** Begins what is left to do where the firewall has the rule: not needed where several runs tell who blocks. */
export const otherwiseWords = 'If it is there already:';

/** What is left if the firewall has the rule: our own server, or somebody else. */
const otherwise = (read: Case): string => {
  const { judged, around } = read;
  if (!judged.check.target.ours) return `${otherwiseWords} ask ${who(read)} what arrives.`;
  const tells =
    around.vantage === 'outside'
      ? 'the dmz'
      : around.vantage === 'inside'
        ? 'the subnet of the Edge'
        : 'its own subnet';
  return `${otherwiseWords} the host firewall on ${who(read)}, and whether the service listens; the same question from ${tells} tells which.`;
};

const allow: Advice = (read) => {
  const good = read.around.siblings.find(
    ({ judgement, check }) => judgement.verdict === 'pass' && check.target.name !== who(read),
  );
  const like = good === undefined ? '' : `, as for ${good.check.target.name}`;
  return `${segmentOf(read)}: allow ${flow(read)}${like}. ${otherwise(read)}`;
};

const wholeAddress: Advice = (read) =>
  `Check that ${who(read)} is up, its address in the site file, the route and the address translation to it; then this row again.`;

const forbid: Advice = (read) => `${segmentOf(read)}: remove or narrow what allows ${flow(read)}.`;

const letListen: Advice = (read) => {
  const { from: first, to } = read.judged.check.target.ports;
  if (first !== to && read.judged.rule.transport === 'udp' && !read.judged.check.target.responder)
    return `Let a responder listen on these ports of ${who(read)}, and say so in the site file (responder: true): then every port is asked, and silence counts.`;
  if (first === to)
    return `Let something listen on ${whatOf(read.judged)} of ${who(read)} (a responder), then ask again.`;
  return `Let something listen on a few of these ports on ${who(read)} (a responder, or the service in a call), then ask again.`;
};

const otherAnswer: Advice = (read) =>
  `Ask something of ${who(read)} that must answer from here in the same run: then silence means blocked.`;

const fromCatalogue = (code: keyof typeof catalogue) => (): string => catalogue[code].remedy;

/** Where something opens connections for the host, that is to be looked for before anything of this row. */
const takenForAll: Advice = ({ judged }) =>
  judged.controlPort === 'open' ? catalogue['everything-open'].remedy : null;

/** Advice for our own troubles, by the code of the failure. */
const localAdvice: Readonly<Record<string, string>> = {
  'local-exhaustion': catalogue['local-exhaustion'].remedy,
  'source-port-busy': catalogue['local-exhaustion'].remedy,
  'no-route': 'Give this host a route to that network, or run from a host that has one.',
  'local-permission': 'The local firewall of this host forbids it: allow it here first.',
  'source-not-available': 'Run on the machine that owns the source address, or correct the address under vantages.',
  'source-not-usable': 'Correct the source address under vantages: it cannot reach that target.',
  'source-port-held':
    'Stop the program that holds these source ports, or run this where the A/V Edge does not run yet.',
  'live-edge': 'Run this before the A/V Edge service starts, or stop it meanwhile: nothing is taken from a live Edge.',
  'tls-material': 'Check tls.cert and tls.key in the site file.',
  fenced: 'Whoever administers this host decides what edgeprobe may ask from here: the fence file says so.',
  aborted: 'The run was ended early: run it again.',
  'not-asked': 'Nothing so far: its turn has not come. An agent comes to it by itself.',
};

const unasked: Advice = ({ judged }) =>
  localAdvice[judged.observation.failure?.code ?? ''] ?? 'Look at the message, repair this host, and run again.';

const none: Advice = () => null;

const advices: Readonly<Record<Because, Advice>> = {
  answered: none,
  open: none,
  closed: (read) => (read.judged.expect === 'blocked' ? letListen(read) : null),
  unreachable: (read) => (read.judged.expect === 'blocked' ? otherAnswer(read) : allow(read)),
  filtered: (read) => {
    if (read.judged.expect === 'blocked') return null;
    return isDark(read.judged, read.around) ? wholeAddress(read) : allow(read);
  },
  unresolved: (read) => `Create the DNS record, or correct the address of ${who(read)} in the site file.`,
  unasked,
  exposed: forbid,
  'wrong-service': fromCatalogue('wrong-service'),
  'tls-swallowed': (read) =>
    takenForAll(read) ??
    `${segmentOf(read)}: is TLS allowed on ${whatOf(read.judged)} by application, not only by port? If so: does the service on ${who(read)} hang?`,
  intercepted: (read) =>
    `${segmentOf(read)}: look for a proxy or an inspection that takes ${flow(read)}, and exempt it.`,
  'service-mute': (read) =>
    takenForAll(read) ??
    (read.judged.rule.protocol === 'XMPP'
      ? `Give a partner that ${who(read)} knows under "far" (as: [xmpp-partner], xmppDomain) and ask again; its log at these times says more.`
      : `Look into the log of the service on ${who(read)} at these times.`),
  'everything-open': fromCatalogue('everything-open'),
  refused: (read) =>
    read.judged.check.target.ours
      ? `See whether the service on ${who(read)} listens on ${whatOf(read.judged)}. If it does: ${segmentOf(read)}, what rejects ${flow(read)}?`
      : `Ask ${who(read)} whether it listens on ${whatOf(read.judged)}.`,
  'service-down': (read) => `Start the service on ${who(read)}: the way to ${whatOf(read.judged)} is open.`,
  'far-side-not-listening': (read) =>
    `Ask ${who(read)} whether it listens on ${whatOf(read.judged)}, or name another host under "far".`,
  'idle-or-reset': letListen,
  'path-open': forbid,
  'host-absent': wholeAddress,
  'idle-or-filtered': letListen,
  silent: otherAnswer,
  dns: (read) => `Create the DNS record, or correct the address of ${who(read)} in the site file.`,
  resolver: () => "Repair this host's resolver, or give addresses in the site file.",
  'range-partial': (read) =>
    !isCut(read.judged.groups)
      ? letListen(read)
      : `${segmentOf(read)}: compare the limits of the range in the rule with ${read.judged.rule.ports}, at both ends.`,
  'prober-blind': fromCatalogue('prober-blind'),
  'source-shunned': fromCatalogue('source-shunned'),
  'source-not-in-role': fromCatalogue('source-not-in-role'),
  'no-endpoint': none,
  'no-probe-yet': none,
  'not-required': none,
  absent: none,
  'no-source-address': none,
  'no-such-family': none,
};

/** What a responder that serves only addresses it knows looks like to all others. */
const likeRefused: ReadonlySet<string> = new Set(['filtered', 'intercepted', 'tls-swallowed']);

/**
 * A responder turns away whom nobody allowed, without a byte, and that is no firewall's fault: where one is known to
 * stand and its record was not seen, whoever reads this is told to look at it.
 */
const orRefused = ({ check, expect, far, judgement }: JudgedCheck): string =>
  check.target.responder && expect === 'reachable' && far === undefined && likeRefused.has(judgement.because)
    ? ` But if the responder on ${check.target.name} says that it refused this host: start it with --allow.`
    : '';

/** What to do next about a check, and where; null where nothing needs doing. */
export const adviceFor = (judged: JudgedCheck, around: Around): string | null => {
  if (judged.judgement.verdict === 'pass') return null;
  const advice = farAdvice({ judged, around }) ?? advices[judged.judgement.because]({ judged, around });
  return advice === null ? null : `${advice}${orRefused(judged)}`;
};
