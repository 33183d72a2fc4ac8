import type { Facts } from '../probes/observation.ts';
import type { Diagnosed } from './diagnose-certificate.ts';
import { whatOf } from './explain-around.ts';
import { inWords, socketAddress } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { formatPorts } from './ports.ts';
import { printable } from './printable.ts';

const messageCap = 160;

const words = (value: unknown, cap = messageCap): string => printable(typeof value === 'string' ? value : '', cap);

/** Which of the two kinds of service on 443 spoke in the place of the other; null where that cannot be told. */
const speaker = ({ observation, check }: JudgedCheck): 'av' | 'tls' | null => {
  const code = observation.failure?.code;
  if (code === 'pseudo-tls') return 'av';
  return code === 'tls-server' && check.target.role === 'av-edge' ? 'tls' : null;
};

/** A service that takes the connection where TLS is asked, and speaks none: an A/V Edge may do so, too. */
const speaksNoTls = ({ observation: { outcome, failure }, check, rule }: JudgedCheck): boolean =>
  outcome === 'open' && rule.security === 'tls' && check.target.role !== 'av-edge' && /^tls-/.test(failure?.code ?? '');

const theOther: Readonly<Record<'av' | 'tls', (other: JudgedCheck) => string | null>> = {
  av: (other) => (speaker(other) === 'tls' ? 'is the other way round' : null),
  tls: (other) => {
    if (speaker(other) === 'av') return 'is the other way round';
    return speaksNoTls(other) && other.controlPort !== 'open' ? 'opens and speaks no TLS' : null;
  },
};

/** A service that spoke in the place of another, and where the other one spoke in its place. */
const wrongService = (judged: JudgedCheck, all: readonly JudgedCheck[]): Diagnosed[] => {
  if (judged.judgement.because !== 'wrong-service') return [];
  const seen = words(judged.observation.failure?.message ?? 'the peer speaks something else');
  const here = speaker(judged);
  const crosswise = all.flatMap((other) => {
    const how = here === null || !other.check.target.ours ? null : theOther[here](other);
    return how === null ? [] : [{ other, how }];
  });
  const sameNode = crosswise.filter(({ other }) => other.check.target.name === judged.check.target.name);
  const [found] = [...sameNode, ...crosswise];
  if (found === undefined) return [{ code: 'wrong-service', message: seen }];
  const { role, name, ports } = found.other.check.target;
  const at = socketAddress(found.other.check.address ?? found.other.check.target.address, formatPorts([ports]));
  const message = `${seen}, and ${role} ${name} ${at} ${found.how}: the two addresses look swapped`;
  return [{ code: 'wrong-service', message }];
};

const unheard: ReadonlySet<string> = new Set(['filtered', 'closed', 'unreachable']);

/** UDP is lost where the same A/V service answers over TCP: calls work, badly, and nobody complains of the firewall. */
const udpOnly = (judged: JudgedCheck, there: readonly JudgedCheck[]): Diagnosed[] => {
  const { rule, judgement, observation, expect } = judged;
  const isMedia = rule.protocol === 'STUN/MSTURN' && rule.transport === 'udp' && expect === 'reachable';
  // A service that is down is not blocked: its own verdict says all.
  if (
    !isMedia ||
    judgement.verdict === 'pass' ||
    judgement.because === 'service-down' ||
    !unheard.has(observation.outcome)
  )
    return [];
  const tcp = there.find(
    (other) =>
      other.rule.transport === 'tcp' &&
      other.rule.protocol === 'STUN/MSTURN' &&
      other.observation.outcome === 'answered',
  );
  if (tcp === undefined) return [];
  const took = inWords(tcp.observation.durationSeconds);
  const message = `${whatOf(judged)} is ${observation.outcome}, and ${whatOf(tcp)} on the same address answers in ${took}`;
  return [{ code: 'udp-blocked-tcp-works', message }];
};

const strangers: ReadonlySet<unknown> = new Set(['host-unknown', 'host-gone']);

const xmpp = ({ observation, rule, check }: JudgedCheck): Diagnosed[] => {
  const { streamError, starttls, streamId } = observation.facts as Readonly<Record<string, Facts[string]>>;
  if (rule.protocol !== 'XMPP' || observation.outcome !== 'answered') return [];
  if (strangers.has(streamError)) {
    const asked = check.options.to ?? 'the domain that we asked for';
    return [
      { code: 'xmpp-host-unknown', message: `asked for ${asked}, it ended the stream with ${words(streamError)}` },
    ];
  }
  const inTheClear = rule.security === 'none' && typeof streamId === 'string' && !streamError;
  return inTheClear && starttls === 'absent'
    ? [{ code: 'starttls-missing', message: 'it began a stream and offered no STARTTLS' }]
    : [];
};

/** Whether the URL of a check is that of a list, by its name. */
const listUrl = ({ check, rule }: JudgedCheck): string | null => {
  const { url } = check.options;
  return rule.protocol === 'HTTP' && url !== undefined && /\.crl(?:[?#]|$)/i.test(url) ? url : null;
};

const whyNoList = ({ observation }: JudgedCheck): string => {
  const { facts, failure, outcome } = observation;
  const status = facts['status'];
  const problem = facts['crlProblem'];
  if (outcome !== 'answered') return `it is ${outcome}`;
  if (typeof status === 'number' && status !== 200) return `the server says ${status}`;
  if (typeof problem === 'string') return `what came is no list: ${words(problem)}`;
  return failure === null ? 'an empty answer came' : words(failure.message);
};

const unknowable: ReadonlySet<string> = new Set(['unasked', 'unresolved']);

/** What became of the revocation list that a row fetches. */
const revocationList = (judged: JudgedCheck, now: Date): Diagnosed[] => {
  const { observation, judgement, check, expect } = judged;
  const nextUpdate = observation.facts['crlNextUpdate'];
  const next = typeof nextUpdate === 'string' ? new Date(nextUpdate).getTime() : Number.NaN;
  if (next < now.getTime()) {
    const due = new Date(next).toISOString().slice(0, 16).replace('T', ' ');
    return [{ code: 'crl-stale', message: `the next list was due ${due} UTC` }];
  }
  const url = listUrl(judged);
  const fetched = 'crlThisUpdate' in observation.facts;
  // A responder plays a web server; it has no lists.
  if (url === null || fetched || expect !== 'reachable' || check.target.responder) return [];
  if (judgement.because === 'prober-blind' || unknowable.has(observation.outcome)) return [];
  return [{ code: 'crl-unreachable', message: `${words(url)}: ${whyNoList(judged)}` }];
};

/**
 * What the services themselves tell: A/V, XMPP and revocation lists.
 * @param there other checks of the same address
 * @param all every check of the run
 */
export const diagnoseServices = (
  judged: JudgedCheck,
  there: readonly JudgedCheck[],
  all: readonly JudgedCheck[],
  now: Date,
): Diagnosed[] => [
  ...wrongService(judged, all),
  ...udpOnly(judged, there),
  ...xmpp(judged),
  ...revocationList(judged, now),
];
