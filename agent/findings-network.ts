import type { CatalogueEntry } from './findings-entry.ts';

/** What the network between does, and what we ourselves could not do. */
export const networkFindings = {
  'everything-open': {
    severity: 'error',
    meaning:
      'A port that no rule opens accepted a connection: something answers for the host (SYN proxy, any-any rule).',
    evidence: 'The control port of the address opened.',
    remedy:
      'Look for an allow-all rule left from testing, and for a SYN proxy or TCP intercept; ask a responder for proof.',
  },
  'any-any-rule': {
    severity: 'error',
    meaning: 'Many ports outside of every table can be reached from outside: a rule lets everything through.',
    evidence: 'Three or more of the well-known ports that --strict asks opened, or were reset by the host itself.',
    remedy:
      'Look for a rule to this address with service "any", left from testing, and replace it by the rows of the table.',
  },
  'range-partial': {
    severity: 'warning',
    meaning: 'Ports of one range came out differently.',
    evidence: 'Ports that answered beside ports that are lost or rejected, in one sweep.',
    remedy: 'Compare the limits of the range in the firewall rule with 50000-59999, at both ends.',
  },
  'reset-by-firewall': {
    severity: 'info',
    meaning: 'The reset came sooner than the host itself can answer: something nearer to us seems to have sent it.',
    evidence: 'The reset took less than a third of the fastest TCP connect to the same address in this run.',
    remedy:
      'Search the firewall logs for a reject rule at the times given; the service itself may never have been asked.',
  },
  'source-port-rewritten': {
    severity: 'warning',
    meaning:
      'The row fixes the source port, and a translation on the way changes it: firewalls of partners may drop that.',
    evidence: 'The mapped port in the answer, compared with the port we bound (--source-ports).',
    remedy: 'Translate the address of the A/V Edge one to one, keeping ports (static NAT, no PAT).',
  },
  'hairpin-missing': {
    severity: 'warning',
    meaning:
      'An A/V Edge cannot reach a published address of its own pool: media between two users outside has no way.',
    evidence: 'The A/V Edge answers at its own address, and not at publicAddress, when another or itself asks (dmz).',
    remedy:
      'Let the external firewall turn what the A/V Edges send to their published addresses back to them (hairpin NAT).',
  },
  'source-not-in-role': {
    severity: 'info',
    meaning:
      'The document lets "any" be narrowed to certain servers; we asked from another address, so silence says little.',
    evidence: 'The address we left from, compared with the servers of those roles.',
    remedy: 'Run from one of those servers, or bind its address under vantages in the site file.',
  },
  'source-shunned': {
    severity: 'warning',
    meaning: 'A row that had passed is silent after the sweep: something blocked our address meanwhile.',
    evidence: 'The row, asked again after the sweep.',
    remedy: 'Ask the firewall team for scan detection, agree on an exception or a lower --rate, wait, run again.',
  },
  'prober-blind': {
    severity: 'warning',
    meaning: 'A host that must answer from this vantage is silent: it is us who are cut off, not them.',
    evidence: 'All controls of the vantage are silent.',
    remedy: 'Check the network of this host (address, route, local firewall), then run again.',
  },
  'local-exhaustion': {
    severity: 'warning',
    meaning: 'This host ran out of descriptors or source ports while asking.',
    evidence: 'An error of this host, raised before a packet left.',
    remedy: 'Raise the descriptor limit, or lower --concurrency and --rate.',
  },
  'proof-missing': {
    severity: 'warning',
    meaning: 'The site says that a responder stands there, but the answer did not carry its credential.',
    evidence: 'An answer without the proof, where the site file has responder: true.',
    remedy:
      'See that edgeprobe respond runs there, and that responder.credentialsFile holds the same line at both ends (read at the start).',
  },
  'answer-lost': {
    severity: 'warning',
    meaning: 'The request reached our responder, and its answer did not reach us: the way back is broken.',
    evidence: 'The transaction in the record of the responder, or the connection half-open in its kernel.',
    remedy: 'Compare the route of the answer with that of the request: gateway, second firewall, rules without state.',
  },
  'arrived-elsewhere': {
    severity: 'warning',
    meaning: 'The request reached another place than the one that it was sent to: a translation to the wrong host.',
    evidence: 'The transaction in the record of the responder, at another address or port than the one asked.',
    remedy: 'Compare the destination translation of the published address with the addresses in the site file.',
  },
  'client-source-lost': {
    severity: 'warning',
    meaning: 'The server sees an address of the firewall instead of the client: inbound translation of the source.',
    evidence: 'The address we asked from, compared with the one in the record of the responder.',
    remedy: 'Inbound, translate the destination only. For the A/V service this is a condition of the documents.',
  },
  'responder-refused': {
    severity: 'warning',
    meaning: 'The request reached our responder, which does not serve the address that it came from.',
    evidence: 'The transaction in the record of the responder, marked as not served.',
    remedy: 'Start the responder with --allow and that address, or add the address to the site file; then ask again.',
  },
  'answer-not-ours': {
    severity: 'warning',
    meaning: 'Something answered for a port that our responder listened on, and the responder never heard the request.',
    evidence: 'The record of the responder covers the question, and the transaction is not in it.',
    remedy: 'Look for a proxy, an inspection, or a translation of the published address to another live host.',
  },
} as const satisfies Record<string, CatalogueEntry>;
