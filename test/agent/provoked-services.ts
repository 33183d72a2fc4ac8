import type { Facts } from '../../probes/observation.ts';
import { row, seen, silent } from './fixtures.ts';
import { at, type Provocations, provoke, shown, sip, xmpp } from './provoke.ts';

const stream = (facts: Facts) =>
  seen('answered', { probe: 'xmpp', facts: { streamId: 's1', streamError: null, ...facts } });

const http = row('external-http-tcp-80-out', { from: 'access-edge', to: 'any' });
const site = `site: contoso
packs: [lync2013-edge-public]
servers:
  edge1: { access-edge: { address: 131.107.155.10, fqdn: sip.contoso.com } }
  fe1: { front-end: { address: 10.1.0.20, fqdn: fe1.contoso.internal } }
far:
  edge1: { address: 198.51.100.81, as: [crl-server], url: "http://crl.contoso.com/a.crl" }
`;

/** The row that fetches `a.crl`, with the facts that the probe was given. */
export const fetched = (facts: Facts, more: Parameters<typeof seen>[1] = {}, target = {}) =>
  provoke(
    [
      {
        rule: http,
        at: { edge1: seen('answered', { probe: 'http', facts, ...more }) },
        check: { options: { url: 'http://crl.contoso.com/a.crl' } },
        target,
      },
    ],
    { site, vantage: 'dmz' },
  );

export const provokedServices: Provocations = {
  'wrong-service': [
    at(sip, seen('open', { code: 'pseudo-tls', message: 'the peer speaks pseudo-TLS' })),
    /^the peer speaks pseudo-TLS$/,
  ],
  'udp-blocked-tcp-works': [
    provoke([
      { rule: row('external-stun-udp-3478-in'), at: { edge1: silent() } },
      { rule: row('external-stun-tcp-443-in'), at: { edge1: seen('answered') } },
    ]),
    /^udp\/3478 is filtered, and tcp\/443 on the same address answers in 12 ms$/,
  ],
  'xmpp-host-unknown': [
    at(xmpp, stream({ streamError: 'host-unknown' }), { check: { options: { to: 'contoso.com' } } }),
    /^asked for contoso\.com, it ended the stream with host-unknown$/,
  ],
  'starttls-missing': [at(xmpp, stream({ starttls: 'absent' })), /offered no STARTTLS/],
  'responder-answers': [
    at(sip, shown({ selfSigned: true, sans: ['sip.contoso.com', 'edgeprobe.invalid'] })),
    /^edgeprobe respond answers, where the site file has the service itself$/,
  ],
  'crl-unreachable': [fetched({ status: 404 }), /^http:\/\/crl\.contoso\.com\/a\.crl: the server says 404$/],
  'crl-stale': [
    fetched({ status: 200, crlThisUpdate: '2026-10-01T00:00:00.000Z', crlNextUpdate: '2026-11-01T06:00:00.000Z' }),
    /^the next list was due 2026-11-01 06:00 UTC$/,
  ],
};
