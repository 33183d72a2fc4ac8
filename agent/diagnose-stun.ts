import { familyOf, isPrivateAddress } from './address.ts';
import type { Diagnosed } from './diagnose-certificate.ts';
import { socketAddress } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { endpointsOf, type Site } from './site.ts';
import type { ServerRole } from './site-roles.ts';
import { isEdgeRole } from './vantage.ts';

/** A fact that is a literal address; null where it is none. */
const addressFact = ({ observation }: JudgedCheck, name: string): string | null => {
  const value = observation.facts[name];
  return typeof value === 'string' && familyOf(value) !== null ? value : null;
};

const portFact = ({ observation }: JudgedCheck, name: string): string => String(Number(observation.facts[name]));

/** The public address that the site file gives a role at the address we left from; null where it gives none. */
export const publicAddressOf = (role: string, source: string | null, site: Site): string | null => {
  const endpoint = endpointsOf(site, role as ServerRole).find(({ address }) => address === source);
  const known = endpoint?.publicAddress ?? endpoint?.address ?? null;
  return known === null || familyOf(known) === null || isPrivateAddress(known) ? null : known;
};

/** An Edge that leaves under another address than its own: what it tells its partners to send media to is wrong. */
const translation = (judged: JudgedCheck, site: Site): Diagnosed[] => {
  const { rule, check } = judged;
  const mapped = addressFact(judged, 'xorMappedAddress') ?? addressFact(judged, 'mappedAddress');
  const isOut = rule.protocol === 'STUN/MSTURN' && isEdgeRole(rule.from) && !check.target.ours;
  // A server at a private address is on our side of the translation.
  if (!isOut || mapped === null || check.address === null || isPrivateAddress(check.address)) return [];
  const wanted = publicAddressOf(rule.from, check.source, site);
  if (wanted === null || wanted === mapped || familyOf(wanted) !== familyOf(mapped)) return [];
  const message = `${rule.from} leaves as ${mapped}, and the site file says ${wanted}`;
  return [{ code: 'nat-mapping-mismatch', message }];
};

/** A relay at an address that nobody outside can send to: the Edge does not know its own public address. */
const privateRelay = (judged: JudgedCheck, site: Site): Diagnosed[] => {
  const { check } = judged;
  const relayed = addressFact(judged, 'relayedAddress');
  if (relayed === null || !isPrivateAddress(relayed) || !check.target.ours) return [];
  const relaying = endpointsOf(site, 'av-edge').filter(({ name }) => name === check.target.name);
  // A site that lives in private addresses altogether, such as a lab, has no others to relay at.
  if (relaying.some(({ address, publicAddress }) => (publicAddress ?? address) === relayed)) return [];
  const at = socketAddress(relayed, portFact(judged, 'relayedPort'));
  const message = `the A/V Edge relays at ${at}, where nobody outside can send media to`;
  return [{ code: 'nat-mapping-mismatch', message }];
};

/** One answer, two addresses: the one in clear was rewritten on the way, the disguised one was not. */
const rewritten = (judged: JudgedCheck): Diagnosed[] => {
  const [plain, xor] = [addressFact(judged, 'mappedAddress'), addressFact(judged, 'xorMappedAddress')];
  if (plain === null || xor === null) return [];
  const inClear = socketAddress(plain, portFact(judged, 'mappedPort'));
  const disguised = socketAddress(xor, portFact(judged, 'xorMappedPort'));
  return [{ code: 'sip-alg', message: `MAPPED-ADDRESS says ${inClear}, XOR-MAPPED-ADDRESS ${disguised}` }];
};

/** A row that fixes its source port, and a translation that does not keep it. */
const portRewritten = (judged: JudgedCheck): Diagnosed[] => {
  const { rule, observation } = judged;
  const fixed = Number(rule.sourcePorts);
  const mapped = observation.facts['xorMappedPort'] ?? observation.facts['mappedPort'];
  if (!Number.isInteger(fixed) || typeof mapped !== 'number' || mapped === fixed) return [];
  return [
    { code: 'source-port-rewritten', message: `sent from port ${fixed}, and seen at the far end from ${mapped}` },
  ];
};

/** What the addresses in answers of STUN and TURN tell. */
export const diagnoseStun = (judged: JudgedCheck, site: Site): Diagnosed[] => [
  ...translation(judged, site),
  ...privateRelay(judged, site),
  ...rewritten(judged),
  ...portRewritten(judged),
];
