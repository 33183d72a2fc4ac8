import type { Facts } from '../probes/observation.ts';
import type { Diagnosed } from './diagnose-certificate.ts';
import { nested, tlsOf } from './explain-facts.ts';
import { counted, listed } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';
import { isRespondersCertificate } from './responder-mark.ts';

const nameCap = 60;
const messageCap = 160;

const oldProtocols: ReadonlySet<string> = new Set(['SSLv3', 'TLSv1', 'TLSv1.0', 'TLSv1.1']);

/** Kinds of keys whose size is that of a number to be factored or so, rather than of a curve. */
const long: ReadonlySet<unknown> = new Set(['rsa', 'rsa-pss', 'dsa', 'dh']);

/** Where the kind is not known, sizes above those of any curve are RSA or DSA. */
const isSmallKey = ({ keyBits, keyType }: { readonly keyBits?: unknown; readonly keyType?: unknown }): boolean => {
  if (typeof keyBits !== 'number') return false;
  const isLong = typeof keyType === 'string' ? long.has(keyType) : keyBits > 521;
  return keyBits < (isLong ? 2048 : 256);
};

const weakness = (certificate: Facts): string[] => {
  const signature = certificate['signature'];
  return [
    typeof signature === 'string' && /sha-?1(?!\d)|md5/i.test(signature)
      ? `its certificate is signed with ${printable(signature, nameCap)}`
      : null,
    isSmallKey(certificate) ? `its key has ${certificate['keyBits']} bits` : null,
  ].filter((reason) => reason !== null);
};

/** Who refused the modern hello: our own library does, where a key or a signature is below its level. */
const whyLegacy = (tls: Facts): string => {
  const hellos = tls['hellos'];
  const [modern] = Array.isArray(hellos) ? hellos : [];
  const refusal = nested({ modern: modern ?? null }, 'modern')['localRefusal'];
  return typeof refusal === 'string'
    ? `the TLS library of this host refused it at its usual level (${printable(refusal, nameCap)})`
    : 'the server refused a modern hello';
};

const legacy = (tls: Facts, weak: readonly string[]): Diagnosed[] => {
  const protocol = tls['protocol'];
  const isOld = typeof protocol === 'string' && oldProtocols.has(protocol);
  const reasons = [
    ...(isOld ? [`the server speaks ${protocol} only`] : tls['legacy'] === true ? [whyLegacy(tls)] : []),
    ...weak,
  ];
  return reasons.length === 0 ? [] : [{ code: 'legacy-tls', message: listed(reasons) }];
};

const unknownIssuer: ReadonlySet<unknown> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** A chain that leads nowhere, where trust is judged at all. */
const incomplete = ({ authorized, authorizationError, chainRooted, chainIssuer, chainLength }: Facts): Diagnosed[] => {
  if (authorized !== false || !unknownIssuer.has(authorizationError) || chainRooted !== false) return [];
  const issuer = typeof chainIssuer === 'string' ? printable(chainIssuer, nameCap) : 'somebody unknown';
  const sent = typeof chainLength === 'number' ? counted(chainLength, 'certificate') : 'its certificate';
  const message = `it sent ${sent}; the last was issued by ${issuer}, who is neither sent nor in tls.ca`;
  return [{ code: 'certificate-chain-incomplete', message }];
};

/** A responder's certificate is its own issuer by design; what tls.ca holds is trusted by hand. */
const selfSigned = ({ check, evidence, observation }: JudgedCheck, tls: Facts, certificate: Facts): Diagnosed[] =>
  certificate['selfSigned'] !== true ||
  tls['authorized'] === true ||
  check.target.responder ||
  evidence === 'proven' ||
  isRespondersCertificate(observation.facts)
    ? []
    : [{ code: 'certificate-self-signed', message: 'its certificate is signed by its own key, by no CA' }];

/** A stand-in that was forgotten, or that the site file forgets: the row passes, and the service may not even run. */
const standIn = ({ check, observation: { facts } }: JudgedCheck): Diagnosed[] =>
  check.target.responder || !isRespondersCertificate(facts)
    ? []
    : [{ code: 'responder-answers', message: 'edgeprobe respond answers, where the site file has the service itself' }];

/** What the handshake says of client certificates, against what the row says. */
const mutual = ({ rule, observation, check }: JudgedCheck, tls: Facts): Diagnosed[] => {
  const insists = observation.failure?.code === 'mtls-unfinished';
  if (insists && rule.security === 'tls') {
    const message = printable(observation.failure?.message ?? '', messageCap);
    return [{ code: 'client-certificate-required', message: `the row is for clients without one, and ${message}` }];
  }
  if (rule.security !== 'mtls' || tls['clientCertificateRequested'] !== false || check.target.responder) return [];
  return [{ code: 'mtls-not-requested', message: 'the handshake ended without a request for our certificate' }];
};

/** The age of the protocol, the strength of keys, the chain, and who asks whom for certificates. */
export const diagnoseTls = (judged: JudgedCheck): Diagnosed[] => {
  const { outcome, facts } = judged.observation;
  if (outcome !== 'answered') return [];
  const tls = tlsOf(facts);
  const certificate = nested(tls, 'certificate');
  const weak = weakness(certificate);
  return [
    ...legacy(tls, weak),
    ...(weak.length > 0 ? [{ code: 'weak-key', message: listed(weak) } as const] : []),
    ...incomplete(tls),
    ...selfSigned(judged, tls, certificate),
    ...standIn(judged),
    ...mutual(judged, tls),
  ];
};
