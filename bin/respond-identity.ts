import { generateCertificate } from '../probes/certificate.ts';
import type { TlsMaterial, TurnCredential } from '../probes/probe.ts';
import type { Values } from './command.ts';

/** What a responder shows in TLS, and what it serves over HTTP. */
export interface Identity {
  readonly tls: TlsMaterial;
  readonly crl: Uint8Array;
}

const days = 90;

/** Makes the certificate of a responder. */
export const identityFor = async (
  _values: Values,
  names: readonly string[],
  secret: TurnCredential | null,
  now: Date,
): Promise<Identity> => {
  const made = await generateCertificate({ names, days, now, ...(secret === null ? {} : { proof: secret }) });
  return { tls: made, crl: new Uint8Array(0) };
};
