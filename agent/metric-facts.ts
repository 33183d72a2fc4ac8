import type { Fact, Facts } from '../probes/observation.ts';
import { familyOf } from './address.ts';
import { type Labels, noLabels, outcomeStates, type Series } from './metric-catalogue.ts';

/** What a label may hold of what the network said: short words without anything that could break out of them. */
const plainWord = /^[\w.+:/-]{1,64}$/;

const word = (fact: Fact | undefined): string =>
  typeof fact === 'string' && plainWord.test(fact) ? fact : fact === null || fact === undefined ? '' : 'other';

const inner = (fact: Fact | undefined): Facts | null =>
  fact !== null && typeof fact === 'object' && !Array.isArray(fact) ? (fact as Facts) : null;

/** The facts of a TLS handshake: those of the tls probe itself, or those inside others. Null where there was none. */
const tlsOf = (probe: string, facts: Facts): Facts | null => {
  const found = probe === 'tls' ? facts : inner(facts['tls']);
  return typeof found?.['protocol'] === 'string' ? found : null;
};

/** Seconds since 1970 of an ISO date; null for anything else. */
export const timestampOf = (date: Fact | undefined): number | null => {
  const milliseconds = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isFinite(milliseconds) ? milliseconds / 1000 : null;
};

const requested = (fact: Fact | undefined): string => {
  if (fact === true) return 'requested';
  return fact === false ? 'not_requested' : 'unknown';
};

const tlsSeries = (tls: Facts, shared: Labels): Series[] => {
  const certificate = inner(tls['certificate']);
  const end = timestampOf(certificate?.['notAfter']);
  const labels = {
    version: word(tls['protocol']),
    cipher: word(tls['cipher']),
    client_certificate: requested(tls['clientCertificateRequested']),
  };
  return [
    { metric: 'tls', labels, shared, value: 1 },
    ...(end === null ? [] : [{ metric: 'certificateEnd', labels: noLabels, shared, value: end } as const]),
  ];
};

/** What the facts of a check say in numbers. */
export const factSeries = (probe: string, facts: Facts, shared: Labels): Series[] => {
  const tls = tlsOf(probe, facts);
  const { mappedAddress, serverVersion, crlNextUpdate } = facts;
  const next = timestampOf(crlNextUpdate);
  const counts = inner(facts['counts']);
  const mapped = typeof mappedAddress === 'string' && familyOf(mappedAddress) !== null ? mappedAddress : null;
  return [
    ...(tls === null ? [] : tlsSeries(tls, shared)),
    ...(next === null ? [] : [{ metric: 'crlNextUpdate', labels: noLabels, shared, value: next } as const]),
    ...(mapped === null ? [] : [{ metric: 'mappedAddress', labels: { address: mapped }, shared, value: 1 } as const]),
    ...(typeof serverVersion === 'number'
      ? [{ metric: 'serverVersion', labels: { version: String(serverVersion) }, shared, value: 1 } as const]
      : []),
    ...(counts === null
      ? []
      : outcomeStates
          .filter((outcome) => outcome !== 'unresolved')
          .map((outcome): Series => {
            const count = counts[outcome];
            return {
              metric: 'sweepPorts',
              labels: { outcome },
              shared,
              value: typeof count === 'number' ? count : 0,
            };
          })),
  ];
};
