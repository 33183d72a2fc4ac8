import { responderName } from '../agent/responder-mark.ts';
import { generateCertificate } from '../probes/certificate.ts';
import type { TlsMaterial, TurnCredential } from '../probes/probe.ts';
import { generateRevocationList } from '../probes/revocation-list.ts';
import { text, type Values } from './command.ts';
import { ownShare } from './respond-shares.ts';
import { warn } from './terminal.ts';
import { readCertificate } from './tls-files.ts';
import { UsageError } from './usage-error.ts';

/** What a responder shows in TLS, and what it serves over HTTP. */
export interface Identity {
  /** At an address of the site file. */
  readonly tls: (address: string) => TlsMaterial;
  readonly crl: Uint8Array;
}

const days = 90;

/** The certificate of --cert and --key; null where they were not given. Throws UsageError. */
const given = (values: Values): { cert: string; key: string } | null => {
  const [cert, key] = [text(values, 'cert'), text(values, 'key')];
  if (cert === null && key === null) return null;
  if (cert === null || key === null) {
    throw new UsageError(
      `--${cert === null ? 'cert' : 'key'} is missing`,
      'A certificate and its key are given together.',
    );
  }
  return readCertificate({ cert, key }, { cert: '--cert', key: '--key' });
};

/**
 * Reads the certificate of a responder, or makes one for each address with the names of what stands there; and a
 * revocation list that it has signed. Throws UsageError.
 */
export const identityFor = async (
  values: Values,
  namesAt: ReadonlyMap<string, readonly string[]>,
  secret: TurnCredential | null,
  now: Date,
): Promise<Identity> => {
  const own = given(values);
  if (own !== null) {
    if (secret !== null && ownShare() === null)
      warn(
        '--cert: a certificate that is not of our making carries no proof; rows over TLS prove nothing by themselves',
      );
    return { tls: () => own, crl: await generateRevocationList({ ...own, now, days }) };
  }
  const proof = secret === null ? {} : { proof: secret };
  const made = await Promise.all(
    [...namesAt].map(async ([address, names]) => {
      const material = await generateCertificate({ names: [...names, responderName], days, now, ...proof });
      return [address, material] as const;
    }),
  );
  const byAddress = new Map(made);
  const [first] = byAddress.values();
  if (first === undefined) throw new Error('nobody stands anywhere');
  const tls = (address: string): TlsMaterial => {
    const material = byAddress.get(address);
    if (material === undefined) throw new Error(`nobody stands at ${address}`);
    return material;
  };
  return { tls, crl: await generateRevocationList({ ...first, now, days }) };
};
