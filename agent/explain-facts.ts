import type { Fact, Facts } from '../probes/observation.ts';
import { socketAddress } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';

/** A name from the network within a sentence. */
const nameCap = 60;

const text = (value: Fact | undefined): string | null =>
  typeof value === 'string' && value !== '' ? printable(value, nameCap) : null;

/** A fact that is an object of its own; empty where it is none. */
export const nested = (facts: Facts, key: string): Facts => {
  const value = facts[key];
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Facts) : {};
};

/** The TLS facts of an observation: its own, or those of the TLS inside or below another protocol. */
export const tlsOf = (facts: Facts): Facts => ('tls' in facts ? nested(facts, 'tls') : facts);

/** Who a certificate is for, short: its common name, or the first alternative name. */
export const certificateName = (certificate: Facts): string | null => {
  const subject = certificate['subject'];
  const common = typeof subject === 'string' ? /(?:^|, )CN=((?:[^,\\]|\\.)+)/.exec(subject)?.[1] : undefined;
  const sans = certificate['sans'];
  return text(common) ?? (Array.isArray(sans) ? text(sans[0]) : null);
};

const tlsWords = (tls: Facts, mutual: boolean): string[] => {
  const certificate = nested(tls, 'certificate');
  const name = certificateName(certificate);
  const ends = text(certificate['notAfter'])?.slice(0, 10);
  const asked = tls['clientCertificateRequested'];
  const untrusted = tls['authorized'] === false ? (text(tls['authorizationError']) ?? 'no reason given') : null;
  return [
    text(tls['protocol']),
    name === null ? null : `certificate ${name}${ends === undefined ? '' : ` until ${ends}`}`,
    untrusted === null ? null : `not trusted (${untrusted})`,
    asked === true ? 'asks for a client certificate' : null,
    asked === false && mutual ? 'does not ask for a client certificate' : null,
  ].filter((word) => word !== null);
};

const dialectNames: Readonly<Record<string, string>> = {
  rfc8489: 'STUN (RFC 8489)',
  rfc3489: 'STUN (RFC 3489)',
  msturn: 'MSTURN',
  'msturn-pseudo-tls': 'MSTURN behind pseudo-TLS',
  turn: 'TURN of a generic server, no A/V Edge',
};

/** What the MS-Version attribute says (MS-TURN section 2.2.2.17): an age of the protocol, never a product or a build. */
const versionMeanings: Readonly<Record<number, string>> = {
  1: 'MS-ICE',
  2: 'MS-ICE2',
  3: 'SHA-256',
  4: 'SHA-256 and IPv6; consistent with Lync Server 2013 or later',
  5: 'multiplexed TURN over UDP; consistent with Lync Server 2013 or later',
  6: 'multiplexed TURN over UDP and TCP; consistent with Lync Server 2013 or later',
};

/** What came of the challenge, and of what we had to show. */
const logOnWords = (facts: Facts): (string | null)[] => {
  const code = facts['errorCode'];
  const authenticated = facts['authenticated'];
  const port = facts['relayedPort'];
  const relayed = text(facts['relayedAddress']);
  if (authenticated === true) {
    const where =
      relayed === null || typeof port !== 'number' ? '' : ` and relays at ${socketAddress(relayed, `${port}`)}`;
    return [
      `takes our credentials${where}`,
      facts['relayedPortInRange'] === false ? 'outside the range of the rules' : null,
    ];
  }
  if (authenticated === false) return [`refuses our credentials (error ${code})`];
  const unfinished = text(facts['logonFailure']);
  return [
    code === 401 ? 'asks for credentials, as it should' : typeof code === 'number' ? `error ${code}` : null,
    unfinished === null ? null : `the logon with ours came to no end (${unfinished})`,
  ];
};

const stunWords = (facts: Facts): string[] => {
  const dialect = dialectNames[text(facts['dialect']) ?? ''];
  const version = facts['serverVersion'];
  const meaning = typeof version === 'number' ? versionMeanings[version] : undefined;
  const mapped = text(facts['mappedAddress']);
  const software = text(facts['software']);
  return [
    dialect === undefined ? null : dialect,
    typeof version === 'number'
      ? `MSTURN protocol version ${version}${meaning === undefined ? '' : ` (${meaning})`}`
      : null,
    ...logOnWords(facts),
    software === null ? null : `says it is "${software}"`,
    mapped === null ? null : `sees us as ${mapped}`,
  ].filter((word) => word !== null);
};

const xmppWords = (facts: Facts): string[] => {
  const error = text(facts['streamError']);
  const { starttls } = facts as { readonly starttls?: Fact };
  const mechanisms = facts['saslMechanisms'];
  const sasl = Array.isArray(mechanisms) ? mechanisms.flatMap((one) => text(one) ?? []).slice(0, 3) : [];
  return [
    facts['streamId'] === undefined && error === null ? null : 'an XMPP stream',
    error === null ? null : `ended with ${error}`,
    typeof starttls === 'string' && starttls !== 'absent' ? 'offers STARTTLS' : null,
    starttls === 'absent' ? 'offers no STARTTLS' : null,
    sasl.length > 0 ? `SASL ${sasl.join(' ')}` : null,
    facts['dialback'] === true ? 'dialback' : null,
  ].filter((word) => word !== null);
};

const sipWords = (facts: Facts): string[] => {
  const { status } = facts as { readonly status?: Fact };
  if (typeof status !== 'number') return []; // what came instead is the failure, and stands before these words
  const server = text(facts['server']);
  const diagnostics = text(facts['msDiagnostics']);
  return [
    `SIP ${status}${server === null ? '' : ` from ${server}`}`,
    ...(diagnostics === null ? [] : [`ms-diagnostics ${diagnostics}`]),
  ];
};

/** Answers named in a sentence; further ones are counted. */
const answersNamed = 2;

const dnsWords = (facts: Facts): string[] => {
  const all = facts['answers'];
  const answers = Array.isArray(all) ? all.flatMap((one) => text(one) ?? []) : [];
  const more = answers.length > answersNamed ? ` and ${answers.length - answersNamed} more` : '';
  return [
    `DNS ${text(facts['rcode']) ?? 'response'}`,
    ...(answers.length > 0 ? [`${answers.slice(0, answersNamed).join(' ')}${more}`] : []),
  ];
};

const httpWords = (facts: Facts): string[] => {
  const { status } = facts as { readonly status?: Fact };
  const next = text(facts['crlNextUpdate'])?.slice(0, 10);
  return [
    ...(typeof status === 'number' ? [`HTTP ${status}`] : []),
    ...(next === undefined ? [] : [`a CRL good until ${next}`]),
  ];
};

/** What an answer told, in a few words, for people who know the protocol; empty if nothing. */
export const factWords = ({ observation, rule }: JudgedCheck): string => {
  const { facts } = observation;
  const mutual = rule.security === 'mtls';
  const words = [
    ...('dialect' in facts ? stunWords(facts) : []),
    ...('streamId' in facts || 'streamError' in facts ? xmppWords(facts) : []),
    ...('sipAnswered' in facts ? sipWords(facts) : []),
    ...('rcode' in facts ? dnsWords(facts) : []),
    ...(observation.probe === 'http' ? httpWords(facts) : []),
    ...tlsWords(tlsOf(facts), mutual),
  ];
  if (tlsOf(facts)['legacy'] === true) words.push('only to a hello of the age of TLS 1.0');
  return words.join(', ');
};
