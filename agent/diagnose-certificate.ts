import type { Facts } from '../probes/observation.ts';
import { certificateName, nested, tlsOf } from './explain-facts.ts';
import { listed } from './explain-words.ts';
import type { FindingCode } from './findings.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';

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

const ending = (certificate: Facts, now: Date): Diagnosed[] => {
  const notAfter = certificate['notAfter'];
  const end = typeof notAfter === 'string' ? new Date(notAfter).getTime() : Number.NaN;
  if (Number.isNaN(end)) return [];
  const name = certificateName(certificate) ?? 'a certificate without a name';
  const date = new Date(end).toISOString().slice(0, 10);
  const left = end - now.getTime();
  const days = Math.floor(Math.abs(left) / day);
  const span = days === 0 ? 'within a day' : days === 1 ? '1 day' : `${days} days`;
  if (left < 0) {
    return [{ code: 'certificate-expired', message: `${name} ended ${date}${days === 0 ? '' : `, ${span} ago`}` }];
  }
  if (left > daysAhead * day) return [];
  return [{ code: 'certificate-expiring', message: `${name} ends ${date}, ${days === 0 ? span : `in ${span}`}` }];
};

const oldProtocols: ReadonlySet<string> = new Set(['SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1']);

/** Sizes above those of any curve, so RSA or DSA, and below what has been asked for since 2014. */
const isSmallKey = (bits: unknown): boolean => typeof bits === 'number' && bits > 521 && bits < 2048;

const legacy = (tls: Facts, certificate: Facts): Diagnosed[] => {
  const protocol = tls['protocol'];
  const signature = certificate['signature'];
  const reasons = [
    typeof protocol === 'string' && oldProtocols.has(protocol) ? `the server speaks ${protocol} only` : null,
    tls['legacy'] === true && !oldProtocols.has(String(protocol)) ? 'the server refused a modern hello' : null,
    typeof signature === 'string' && /sha-?1(?!\d)|md5/i.test(signature)
      ? `its certificate is signed with ${printable(signature, nameCap)}`
      : null,
    isSmallKey(certificate['keyBits']) ? `its key has ${certificate['keyBits']} bits` : null,
  ].filter((reason) => reason !== null);
  return reasons.length === 0 ? [] : [{ code: 'legacy-tls', message: listed(reasons) }];
};

/** What the TLS of a check tells beyond its verdict: the certificate's end and names, and the age of the protocol. */
export const diagnoseTls = (judged: JudgedCheck, now: Date): Diagnosed[] => {
  if (judged.observation.outcome !== 'answered') return [];
  const tls = tlsOf(judged.observation.facts);
  const certificate = nested(tls, 'certificate');
  return [...ending(certificate, now), ...mismatch(judged, certificate), ...legacy(tls, certificate)];
};
