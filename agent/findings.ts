export type Severity = 'info' | 'warning' | 'error';

/** A named diagnosis of something seen. Findings never change a verdict. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The address and port (or role and name) it was seen at. */
  readonly target: string;
  readonly message: string;
  readonly remedy: string;
}

interface CatalogueEntry {
  readonly severity: Severity;
  /** What it means, for `findings show`. */
  readonly meaning: string;
  readonly remedy: string;
}

/** Every diagnosis edgeprobe can make. Codes are stable: people allow-list and alert on them. */
export const catalogue = {
  'certificate-expired': {
    severity: 'error',
    meaning: 'The certificate that the server showed is past its end date; clients and partners refuse it.',
    remedy: 'Renew the certificate and assign it to the service, then restart the service.',
  },
  'certificate-expiring': {
    severity: 'warning',
    meaning: 'The certificate ends within 30 days.',
    remedy: 'Order the renewal now; a pool needs it on every node.',
  },
  'certificate-name-mismatch': {
    severity: 'error',
    meaning: 'No name in the certificate is the name that clients use for this service.',
    remedy: 'Issue a certificate whose subject alternative names contain that name, or correct fqdn in the site file.',
  },
  'legacy-tls': {
    severity: 'warning',
    meaning: 'The server completed only a TLS 1.0 or 1.1 handshake, or needed SHA-1 or small keys.',
    remedy: 'Allow TLS 1.2 on the server; many partners refuse anything older.',
  },
  'tls-handshake-refused': {
    severity: 'info',
    meaning: 'The server answered our hello with an alert. It is there, and it did not like what we offered.',
    remedy: 'Compare protocol versions and cipher suites of both sides if partners cannot connect either.',
  },
  'mtls-unfinished': {
    severity: 'info',
    meaning: 'The server asked for a client certificate and ended the handshake without one, as mutual TLS should.',
    remedy: 'Nothing to do. Give tls.cert and tls.key in the site file to see the handshake to its end.',
  },
  'wrong-service': {
    severity: 'error',
    meaning: 'Somebody speaks another protocol there: addresses of Access, web conferencing and A/V may be swapped.',
    remedy: 'Compare the address with the topology, and the destination translation of the firewall with both.',
  },
  'everything-open': {
    severity: 'error',
    meaning:
      'A port that no rule opens accepted a connection: something answers for the host (SYN proxy, any-any rule).',
    remedy:
      'Look for an allow-all rule left from testing, and for a SYN proxy or TCP intercept; ask a responder for proof.',
  },
  'udp-blocked-tcp-works': {
    severity: 'warning',
    meaning: 'UDP 3478 is lost while TCP 443 on the same address answers: calls fall back to TCP, with poor quality.',
    remedy: 'Allow udp/3478 to the A/V Edge in both directions.',
  },
  'source-not-in-role': {
    severity: 'info',
    meaning:
      'The document lets "any" be narrowed to certain servers; we asked from another address, so silence says little.',
    remedy: 'Run from one of those servers, or bind its address under vantages in the site file.',
  },
  'prober-blind': {
    severity: 'warning',
    meaning: 'A host that must answer from this vantage is silent: it is us who are cut off, not them.',
    remedy: 'Check the network of this host (address, route, local firewall), then run again.',
  },
  'source-shunned': {
    severity: 'warning',
    meaning: 'A row that had passed is silent after the sweep: something blocked our address meanwhile.',
    remedy: 'Ask the firewall team for scan detection, agree on an exception or a lower --rate, wait, run again.',
  },
  'range-partial': {
    severity: 'warning',
    meaning: 'Ports of one range came out differently.',
    remedy: 'Compare the limits of the range in the firewall rule with 50000-59999, at both ends.',
  },
  'local-exhaustion': {
    severity: 'warning',
    meaning: 'This host ran out of descriptors or source ports while asking.',
    remedy: 'Raise the descriptor limit, or lower --concurrency and --rate.',
  },
  'proof-missing': {
    severity: 'warning',
    meaning: 'The site says that a responder stands there, but the answer did not carry its credential.',
    remedy: 'Check that edgeprobe respond runs there, with the same credentials file.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type FindingCode = keyof typeof catalogue;

/** A finding of the catalogue, with what was seen in words. */
export const finding = (code: FindingCode, target: string, message: string): Finding => ({
  code,
  severity: catalogue[code].severity,
  target,
  message,
  remedy: catalogue[code].remedy,
});
