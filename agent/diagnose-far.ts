import { isPrivateAddress } from './address.ts';
import type { FarSeen } from './arrived.ts';
import { listed, socketAddress } from './explain-words.ts';
import { type Finding, type FindingCode, finding } from './findings.ts';
import { printable } from './printable.ts';
import type { ReportCheck, ReportRule } from './report.ts';
import { serverRoles } from './site-roles.ts';

const textCap = 80;
const shown = (text: string): string => printable(text, textCap);

type Found = readonly [code: FindingCode, message: string];

const isOurs = ({ target }: ReportCheck): boolean => (serverRoles as readonly string[]).includes(target.role);

/** The first 24 bits of an IPv4 address, the first 64 of an IPv6 one: the network of a firewall's own leg. */
const networkOf = (address: string): string =>
  address.includes(':')
    ? (new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')[0]?.split(':').slice(0, 4).join(':') ??
      address)
    : address.split('.').slice(0, 3).join('.');

const isLost = (far: FarSeen, check: ReportCheck): boolean =>
  far.arrived === 'yes' && (check.outcome === 'filtered' || (check.outcome === 'open' && check.verdict !== 'pass'));

const swept = ({ groups }: FarSeen): boolean => (groups?.['filtered']?.arrived ?? 0) > 0;

const answerLost = (far: FarSeen, check: ReportCheck): Found[] => {
  if (!(far.groups === undefined ? isLost(far, check) : swept(far))) return [];
  const witness = far.witness === 'half-open' ? 'left the connection half-open' : 'heard the request';
  return [['answer-lost', `the responder on ${shown(far.host)} ${witness}, and no answer came back`]];
};

/**
 * Inbound must keep the client's source. Ours is public and another one arrives: somebody translated it. Ours is private:
 * it had to be translated on the way out, but not to an address of the network that the server itself stands in.
 */
const sourceLost = (far: FarSeen, check: ReportCheck, row: ReportRule): Found[] => {
  const { address } = check.source;
  if (!isOurs(check) || row.table === 'internal' || address === null) return [];
  const others = far.from.filter((seen) => seen !== address);
  const near = check.target.address === null ? '' : networkOf(check.target.address);
  const lost = others.filter(
    (seen) => !isPrivateAddress(address) || (networkOf(seen) === near && networkOf(address) !== near),
  );
  if (lost.length === 0) return [];
  const seen = listed(lost.map(shown));
  return [
    ['client-source-lost', `we asked from ${shown(address)}, and the server sees ${seen}: every client looks alike`],
  ];
};

/** An Edge that leaves under another address than the published one, in any protocol. STUN tells it by itself. */
const notPublished = (far: FarSeen, { published }: ReportCheck, { from }: ReportRule): Found[] => {
  if (published === undefined || far.from.length === 0 || far.from.includes(published)) return [];
  const seen = listed(far.from.map(shown));
  return [['nat-mapping-mismatch', `${from} leaves as ${seen}, and the site file says ${shown(published)}`]];
};

const elsewhere = (far: FarSeen): Found[] =>
  far.arrived === 'elsewhere'
    ? [
        [
          'arrived-elsewhere',
          `it arrived at ${shown(far.elsewhere ?? '')} of ${shown(far.host)}, and not where it was sent`,
        ],
      ]
    : [];

const refused = (far: FarSeen): Found[] =>
  far.arrived === 'refused'
    ? [['responder-refused', `the responder on ${shown(far.host)} does not serve ${listed(far.from.map(shown))}`]]
    : [];

/** An answer that our responder, which listened there, never gave. */
const notOurs = (far: FarSeen, { outcome, evidence }: ReportCheck): Found[] =>
  outcome === 'answered' && far.listening && far.arrived === 'no' && evidence !== 'proven'
    ? [['answer-not-ours', `the responder on ${shown(far.host)} listened there, and did not hear what was answered`]]
    : [];

const at = ({ target }: ReportCheck): string =>
  `${target.name} ${socketAddress(target.address ?? target.host ?? '', target.ports ?? String(target.port))}`;

/** What the records of responders tell of a row beyond its verdict; what the run had found by itself is left out. */
export const diagnoseFar = (checks: readonly ReportCheck[], row: ReportRule): Finding[] => {
  const found = new Map<string, { code: FindingCode; message: string; targets: Set<string> }>();
  for (const check of checks) {
    const { far } = check;
    if (far === undefined) continue;
    const all: readonly Found[] = [
      ...answerLost(far, check),
      ...sourceLost(far, check, row),
      ...notPublished(far, check, row),
      ...elsewhere(far),
      ...refused(far),
      ...notOurs(far, check),
    ];
    for (const [code, message] of all) {
      const known = found.get(`${code} ${message}`) ?? { code, message, targets: new Set<string>() };
      known.targets.add(at(check));
      found.set(`${code} ${message}`, known);
    }
  }
  const made = [...found.values()].map(({ code, message, targets }) => finding(code, [...targets].join(', '), message));
  return made.filter((one) => !row.findings.some(({ code, message }) => code === one.code && message === one.message));
};
