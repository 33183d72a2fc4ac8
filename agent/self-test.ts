import { X509Certificate } from 'node:crypto';
import type { Facts } from '../probes/observation.ts';
import type { TlsMaterial } from '../probes/probe.ts';
import { legacyTlsProblem } from '../probes/tls-self-test.ts';
import type { World } from '../probes/world.ts';

/** What a run knows of its own host. */
export interface SelfTest {
  /** Why the TLS library of this host does not speak TLS 1.0; null if it does. */
  readonly legacyTlsProblem: string | null;
  /** `subject` and `notAfter` of the certificate that we show; null without one. */
  readonly ownCertificate: Facts | null;
}

/** As `CN=sip.contoso.com, O=Contoso`; and the end of its validity as ISO 8601. */
const factsOf = (pem: string): Facts => {
  const { subject, subjectAltName, validTo } = new X509Certificate(pem);
  const end = new Date(validTo);
  return {
    subject: (subject ?? '').replaceAll('\n', ', '),
    sans: (subjectAltName ?? '').split(', ').flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : [])),
    notAfter: Number.isNaN(end.getTime()) ? null : end.toISOString(),
  };
};

/** Looks at this host before others are blamed. Sends nothing. */
export const selfTest = async (tls: TlsMaterial, world: World): Promise<SelfTest> => ({
  legacyTlsProblem: await legacyTlsProblem(world),
  ownCertificate: tls.cert === undefined ? null : factsOf(tls.cert),
});
