import { generateCertificate } from '../probes/certificate.ts';
import type { TlsMaterial, TurnCredential } from '../probes/probe.ts';

/** What a responder shows in TLS, and what it serves over HTTP. */
export interface Identity {
  /** At an address of the site file. */
  readonly tls: (address: string) => TlsMaterial;
  readonly crl: Uint8Array;
}

const days = 90;

/** Makes the certificates of a responder: one for each address, with the names of what stands there. */
export const identityFor = async (
  namesAt: ReadonlyMap<string, readonly string[]>,
  secret: TurnCredential | null,
  now: Date,
): Promise<Identity> => {
  const proof = secret === null ? {} : { proof: secret };
  const made = await Promise.all(
    [...namesAt].map(async ([address, names]): Promise<[string, TlsMaterial]> => {
      const material = await generateCertificate({ names: [...names, 'edgeprobe.invalid'], days, now, ...proof });
      return [address, material];
    }),
  );
  const byAddress = new Map(made);
  const tls = (address: string): TlsMaterial => {
    const material = byAddress.get(address);
    if (material === undefined) throw new Error(`nobody stands at ${address}`);
    return material;
  };
  return { tls, crl: new Uint8Array(0) };
};
