import type { Facts } from '../probes/observation.ts';
import { certificateName, nested, tlsOf } from './explain-facts.ts';
import type { FindingCode } from './findings.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';
import type { Site } from './site.ts';

/** A finding that has no target yet. */
export interface Diagnosed {
  readonly code: FindingCode;
  readonly message: string;
}

const day = 86_400_000;

/** Certificates that end sooner than this many days are reported. */
const daysAhead = 30;

const nameCap = 60;

/**
 * Whether a certificate's name is for a host, as RFC 6125 section 6.4.3 has it: case does not count, and a wildcard
 * stands for exactly one label, the left-most, whole. It does not stand before a top-level domain.
 */
export const nameCovers = (pattern: string, host: string): boolean => {
  const [wanted, given] = [host, pattern].map((name) => name.toLowerCase().replace(/\.$/, '').split('.'));
  if (wanted === undefined || given === undefined || wanted.length !== given.length) return false;
  const [first, ...rest] = given;
  const wildcard = first === '*' && rest.length >= 2;
  return (wildcard || first === wanted[0]) && rest.every((label, index) => label === wanted[index + 1]);
};

/** The names that clients may use for the service asked, the best known ones first. Any of them will do. */
const namesWanted = ({ check, rule }: JudgedCheck): string[] => {
  const { fqdn, sipDomain, xmppDomain } = check.target;
  const names = (...all: (string | null)[]): string[] => all.filter((name) => name !== null);
  // A server-to-server stream is checked against the domain (RFC 6120 section 13.7.1.2), not against the host.
  if (rule.protocol === 'XMPP' && rule.security === 'none') return names(xmppDomain, fqdn, check.host);
  const host = names(fqdn, check.host).slice(0, 1);
  if (host.length > 0) return host;
  if (sipDomain !== null) return [`sip.${sipDomain}`];
  return rule.protocol === 'XMPP' ? names(xmppDomain) : [];
};

/** The DNS names of a certificate; null where it holds names of a kind that we cannot read. */
const namesGiven = (certificate: Facts): string[] | null => {
  const sans = certificate['sans'];
  const all = Array.isArray(sans) ? sans.filter((name) => typeof name === 'string') : [];
  if (all.some((name) => /^othername:/i.test(name))) return null;
  const dns = all.filter((name) => !/^[A-Za-z ]+:/.test(name));
  if (dns.length > 0) return dns;
  const common = certificateName(certificate);
  return common === null ? [] : [common];
};

const mismatch = (judged: JudgedCheck, certificate: Facts): Diagnosed[] => {
  const wanted = namesWanted(judged);
  const given = namesGiven(certificate);
  if (wanted.length === 0 || given === null || given.length === 0) return [];
  if (wanted.some((name) => given.some((pattern) => nameCovers(pattern, name)))) return [];
  const shown = given.slice(0, 3).map((name) => printable(name, nameCap));
  const more = given.length > 3 ? ` and ${given.length - 3} more` : '';
  return [
    {
      code: 'certificate-name-mismatch',
      message: `the certificate is for ${shown.join(', ')}${more}, and clients ask for ${wanted.join(' or ')}`,
    },
  ];
};

/** Whether a certificate has ended or soon will, in words; null where it is good for longer. */
export const endInWords = (
  certificate: Facts,
  now: Date,
): { readonly ended: boolean; readonly words: string } | null => {
  const notAfter = certificate['notAfter'];
  const end = typeof notAfter === 'string' ? new Date(notAfter).getTime() : Number.NaN;
  if (Number.isNaN(end)) return null;
  const name = certificateName(certificate) ?? 'a certificate without a name';
  const date = new Date(end).toISOString().slice(0, 10);
  const left = end - now.getTime();
  const days = Math.floor(Math.abs(left) / day);
  const span = days === 0 ? 'within a day' : days === 1 ? '1 day' : `${days} days`;
  if (left < 0) return { ended: true, words: `${name} ended ${date}${days === 0 ? '' : `, ${span} ago`}` };
  if (left > daysAhead * day) return null;
  return { ended: false, words: `${name} ends ${date}, ${days === 0 ? span : `in ${span}`}` };
};

const ending = (certificate: Facts, now: Date): Diagnosed[] => {
  const end = endInWords(certificate, now);
  if (end === null) return [];
  return [{ code: end.ended ? 'certificate-expired' : 'certificate-expiring', message: end.words }];
};

/** Whether a list that was fetched in this run revokes a certificate. */
export type Revoked = (certificate: Facts) => boolean;

/** What the lists among these facts revoke, by issuer and serial number. */
export const revokedBy = (all: readonly Facts[]): Revoked => {
  const listed = new Set<string>();
  // Numbers: of a certificate Node writes whole bytes, of a list no zero stands before them.
  const key = (issuer: unknown, serial: unknown): string =>
    JSON.stringify([issuer, String(serial).replace(/^0+(?=.)/, '')]);
  for (const { crlIssuer, crlSerials } of all as readonly { crlIssuer?: unknown; crlSerials?: unknown }[]) {
    for (const serial of Array.isArray(crlSerials) ? crlSerials : []) listed.add(key(crlIssuer, serial));
  }
  return ({ issuer, serialNumber }) => typeof issuer === 'string' && listed.has(key(issuer, serialNumber));
};

const revocation = (certificate: Facts, revoked: Revoked): Diagnosed[] => {
  if (!revoked(certificate)) return [];
  const name = certificateName(certificate) ?? 'a certificate without a name';
  const serial = printable(String(certificate['serialNumber']), nameCap);
  return [{ code: 'certificate-revoked', message: `${name}, serial number ${serial}, is on the list of its issuer` }];
};

interface NamedRole {
  readonly role: string;
  readonly fqdn: string;
}

const namedRoles = new WeakMap<Site, readonly NamedRole[]>();

/** The names of a site with the roles that bear them, each pair once: the nodes of a pool share theirs. */
const namedRolesOf = (site: Site): readonly NamedRole[] => {
  const known = namedRoles.get(site);
  if (known !== undefined) return known;
  const named = site.servers
    .flatMap(({ endpoints }) => endpoints)
    .flatMap(({ role, fqdn }) => (fqdn === null ? [] : [{ role, fqdn }]));
  const made = [...new Map(named.map((one) => [`${one.role} ${one.fqdn}`, one])).values()];
  namedRoles.set(site, made);
  return made;
};

/** A role of the site whose own name a certificate carries, other than the role it was shown for. */
const roleNamed = (certificate: Facts, role: string, site: Site): NamedRole | undefined => {
  const given = namesGiven(certificate) ?? [];
  return namedRolesOf(site).find((one) => one.role !== role && given.some((pattern) => nameCovers(pattern, one.fqdn)));
};

/** A certificate that is wrong here and right for another role of the site: the addresses of the two are swapped. */
const swapped = (judged: JudgedCheck, certificate: Facts, site: Site): Diagnosed[] => {
  const { ours, role } = judged.check.target;
  if (!ours || mismatch(judged, certificate).length === 0) return [];
  const other = roleNamed(certificate, role, site);
  if (other === undefined) return [];
  const message = `the certificate is that of ${other.role} (${other.fqdn}): the addresses of ${role} and ${other.role} look swapped`;
  return [{ code: 'wrong-service', message }];
};

/** What the certificate of an answered check tells: its end, its names, whether it was revoked. */
export const diagnoseCertificate = (judged: JudgedCheck, site: Site, now: Date, revoked: Revoked): Diagnosed[] => {
  if (judged.observation.outcome !== 'answered') return [];
  const certificate = nested(tlsOf(judged.observation.facts), 'certificate');
  return [
    ...ending(certificate, now),
    ...mismatch(judged, certificate),
    ...swapped(judged, certificate, site),
    ...revocation(certificate, revoked),
  ];
};
