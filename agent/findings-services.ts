import type { CatalogueEntry } from './findings-entry.ts';

/** What the services themselves say: addresses, STUN, SIP, XMPP, DNS and revocation lists. */
export const serviceFindings = {
  'wrong-service': {
    severity: 'error',
    meaning: 'Somebody speaks another protocol there: addresses of Access, web conferencing and A/V may be swapped.',
    evidence:
      "An answer in another protocol, the certificate of another role's fqdn, or SIP from web conferencing alone.",
    remedy: 'Compare the address with the topology, and the destination translation of the firewall with both.',
  },
  'udp-blocked-tcp-works': {
    severity: 'warning',
    meaning: 'UDP 3478 is lost while TCP 443 on the same address answers: calls fall back to TCP, with poor quality.',
    evidence: 'Both rows asked of one address in one run.',
    remedy: 'Allow udp/3478 to the A/V Edge in both directions.',
  },
  'nat-mapping-mismatch': {
    severity: 'error',
    meaning: 'The A/V Edge is seen under another public address than the site file says: media candidates are wrong.',
    evidence: 'The address that a STUN server of somebody else saw, compared with publicAddress.',
    remedy: 'Correct the source translation of the firewall for the A/V Edge, or publicAddress and the topology.',
  },
  'sip-alg': {
    severity: 'warning',
    meaning: 'Something on the way rewrites addresses inside the packets, as SIP or STUN helpers of firewalls do.',
    evidence: 'MAPPED-ADDRESS and XOR-MAPPED-ADDRESS of one answer differ: only the disguised one came unharmed.',
    remedy: 'Switch off SIP ALG and similar helpers for the addresses of the Edge.',
  },
  'sip-silent': {
    severity: 'info',
    meaning: 'TLS is fine, and nothing answers in SIP behind it: a proxy that ends TLS, or a service that hangs.',
    evidence: 'A finished handshake, and then no answer to OPTIONS.',
    remedy: 'Look whether the Access Edge service runs, and for a proxy or load balancer before it.',
  },
  'xmpp-one-way': {
    severity: 'warning',
    meaning: 'XMPP passes in one direction only; dialback calls back, so partners need both.',
    evidence: 'The rows of 5269 in and out, from outside and from the DMZ, put together by `report`.',
    remedy: 'Open tcp/5269 in the other direction too; the outbound row is easily forgotten.',
  },
  'xmpp-host-unknown': {
    severity: 'warning',
    meaning: 'The XMPP server does not serve the domain that we asked it for.',
    evidence: 'The stream error host-unknown or host-gone (RFC 6120 section 4.9.3).',
    remedy: 'Compare xmppDomain in the site file with the domains of the XMPP gateway.',
  },
  'starttls-missing': {
    severity: 'warning',
    meaning: 'The XMPP server offers no encryption; most partners refuse to talk in the clear.',
    evidence: 'Stream features without STARTTLS.',
    remedy: 'Assign a certificate to the XMPP gateway and allow TLS, or look for a proxy that takes the offer away.',
  },
  'responder-answers': {
    severity: 'warning',
    meaning: 'A responder of ours answers where the site file has the service itself: of the service nothing is known.',
    evidence: 'A certificate as edgeprobe respond makes it, where the site file has no responder: true.',
    remedy: 'If it stands in on purpose, set responder: true in the site file; else end it, and start the service.',
  },
  'crl-unreachable': {
    severity: 'warning',
    meaning: 'The revocation list was not fetched: every mutual TLS connection of the Edge waits for it.',
    evidence: 'A URL of a list in the site file, and anything but a list from it.',
    remedy: 'Open tcp/80 from the Access Edge to the distribution points, and check the URL.',
  },
  'crl-stale': {
    severity: 'warning',
    meaning: 'The revocation list is past its next update: peers that check revocation refuse its certificates.',
    evidence: 'The nextUpdate of the list, and the clock of this host.',
    remedy: 'Let the CA publish a new list, and look why the distribution point holds an old one.',
  },
  'dns-split': {
    severity: 'warning',
    meaning: 'The name of an Edge role leads to another address than the site file gives for it.',
    evidence: 'The addresses of fqdn, as the DNS says here, compared with address and publicAddress of all nodes.',
    remedy: 'Correct the record in the zone that is seen from here, or the addresses in the site file.',
  },
  'srv-missing': {
    severity: 'warning',
    meaning: 'A service record that partners or clients look for is missing, or leads elsewhere.',
    evidence: 'The answer of a DNS server of the site file for _sipfederationtls, _sip._tls and _xmpp-server.',
    remedy: 'Create the record with the fqdn of the Access Edge and the port of the row.',
  },
} as const satisfies Record<string, CatalogueEntry>;
