import type { CatalogueEntry } from './findings-entry.ts';

/** What certificates and TLS handshakes tell. */
export const tlsFindings = {
  'certificate-expired': {
    severity: 'error',
    meaning: 'The certificate that the server showed is past its end date; clients and partners refuse it.',
    evidence: 'The certificate of an answered handshake, and the clock of this host.',
    remedy: 'Renew the certificate and assign it to the service, then restart the service.',
  },
  'certificate-expiring': {
    severity: 'warning',
    meaning: 'The certificate ends within 30 days.',
    evidence: 'The certificate of an answered handshake, and the clock of this host.',
    remedy: 'Order the renewal now; a pool needs it on every node.',
  },
  'certificate-name-mismatch': {
    severity: 'error',
    meaning: 'No name in the certificate is the name that clients use for this service.',
    evidence: 'The names of the certificate, compared with fqdn, sipDomain or xmppDomain of the site file (RFC 6125).',
    remedy: 'Issue a certificate whose subject alternative names contain that name, or correct fqdn in the site file.',
  },
  'certificate-chain-incomplete': {
    severity: 'warning',
    meaning: 'The certificates that the server sent do not lead to a CA that we know: an intermediate may be missing.',
    evidence: 'With tls.ca: the last one sent was issued by nobody who was sent, is in tls.ca or is a public root.',
    remedy: 'Install the intermediate certificates on the server; if the issuer is a CA of yours, add it to tls.ca.',
  },
  'certificate-self-signed': {
    severity: 'warning',
    meaning: 'The certificate is its own issuer: nobody who was not told by hand can trust it.',
    evidence: 'The certificate carries its own signature. Responders, and what tls.ca trusts, are left alone.',
    remedy: 'Assign a certificate of a CA that clients and partners trust.',
  },
  'certificate-revoked': {
    severity: 'warning',
    meaning: 'A certificate seen in this run is on the revocation list that was fetched in it.',
    evidence: 'Its issuer and serial number stand on the list. The signature of the list is not checked.',
    remedy: 'Ask the CA why, and assign a new certificate; peers that check revocation refuse this one.',
  },
  'weak-key': {
    severity: 'warning',
    meaning: 'The key is too small, or the signature too old, for anybody who follows the rules of today.',
    evidence: 'RSA or DSA below 2048 bits, a curve below 256 bits, or a signature with MD5 or SHA-1.',
    remedy: 'Issue the certificate anew: RSA 2048 or P-256, signed with SHA-256.',
  },
  'own-certificate-expiring': {
    severity: 'warning',
    meaning: 'The certificate that we show to servers which ask for one (tls.cert) has ended, or ends within 30 days.',
    evidence: 'The certificate of the site file, and the clock of this host.',
    remedy: 'Renew it; without a valid one, mutual TLS rows show no more than that the server insists.',
  },
  'legacy-tls': {
    severity: 'warning',
    meaning: 'The server completed only a TLS 1.0 or 1.1 handshake, or needed SHA-1 or small keys.',
    evidence: 'The version agreed on, or that only the second hello, made as of TLS 1.0, got through.',
    remedy: 'Allow TLS 1.2 on the server; many partners refuse anything older.',
  },
  'tls-handshake-refused': {
    severity: 'info',
    meaning: 'The server answered our hello with an alert. It is there, and it did not like what we offered.',
    evidence: 'A TLS alert, with its name.',
    remedy: 'Compare protocol versions and cipher suites of both sides if partners cannot connect either.',
  },
  'mtls-unfinished': {
    severity: 'info',
    meaning: 'The server asked for a client certificate and ended the handshake without one, as mutual TLS should.',
    evidence: 'A CertificateRequest, or the alert certificate_required, and then the end of the connection.',
    remedy: 'Nothing to do. Give tls.cert and tls.key in the site file to see the handshake to its end.',
  },
  'client-certificate-required': {
    severity: 'warning',
    meaning: 'The row is plain TLS, for clients that have no certificate, and the server insists on one.',
    evidence: 'A CertificateRequest on a row without mutual TLS, and then the end of the connection.',
    remedy: 'Do not require client certificates on this listener; look for a proxy that was put before the Edge.',
  },
  'mtls-not-requested': {
    severity: 'warning',
    meaning: 'The row is mutual TLS, and the server finished the handshake without asking for our certificate.',
    evidence: 'No CertificateRequest in the handshake. TLS 1.3 encrypts it; there, OpenSSL says whether one came.',
    remedy: 'Look for a load balancer or proxy that ends TLS before the Edge: federation fails through it.',
  },
  'tls-inspection': {
    severity: 'error',
    meaning: 'One endpoint shows different certificates to different places: somebody on the way ends the TLS.',
    evidence: 'Certificates of the same server and port, seen from several places and compared by `report`.',
    remedy:
      'Compare the issuers: exempt the Edge from TLS inspection; if both are yours, give every node the same certificate.',
  },
  'local-tls-policy': {
    severity: 'warning',
    meaning: 'The TLS library of this host does not speak TLS 1.0, so servers as old as Lync 2013 look mute to us.',
    evidence: 'A TLS 1.0 handshake of this process with itself, in memory, failed; or our own library refused a hello.',
    remedy: 'Run from a host whose OpenSSL policy allows TLS 1.0 at security level 0, or do not count these rows.',
  },
  'large-packets-lost': {
    severity: 'warning',
    meaning: 'Small packets pass and large ones do not: the handshake stops where the first large one is due.',
    evidence: 'TCP opens and a short answer comes, then the certificates do not, with silence until the deadline.',
    remedy: 'Look at tunnels and MTU on the way; let ICMP "fragmentation needed" pass, or clamp the MSS.',
  },
} as const satisfies Record<string, CatalogueEntry>;
