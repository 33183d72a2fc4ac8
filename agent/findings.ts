import type { CatalogueEntry, Severity } from './findings-entry.ts';
import { networkFindings } from './findings-network.ts';
import { serviceFindings } from './findings-services.ts';
import { tlsFindings } from './findings-tls.ts';

/** A named diagnosis of something seen. Findings never change a verdict. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The address and port (or role and name) it was seen at. */
  readonly target: string;
  readonly message: string;
  readonly remedy: string;
}

/** Every diagnosis edgeprobe can make. Codes are stable: people allow-list and alert on them. */
export const catalogue = { ...tlsFindings, ...serviceFindings, ...networkFindings };

export type FindingCode = keyof typeof catalogue;

/** The catalogue by subject, for people who read it. */
export const subjects: readonly (readonly [title: string, entries: Readonly<Record<string, CatalogueEntry>>])[] = [
  ['Certificates and TLS', tlsFindings],
  ['Services', serviceFindings],
  ['The network, and ourselves', networkFindings],
];

/** A finding of the catalogue, with what was seen in words. */
export const finding = (code: FindingCode, target: string, message: string): Finding => ({
  code,
  severity: catalogue[code].severity,
  target,
  message,
  remedy: catalogue[code].remedy,
});
