import t from 'tap';
import { explainCheck } from '../../agent/explain.ts';
import type { Observation } from '../../probes/observation.ts';
import { certificate, control, judged, row, seen, siteText, sweepFacts, tlsFacts } from './fixtures.ts';

const said = (id: string, observation: Observation, run: Parameters<typeof judged>[1] = {}): string => {
  const all = judged([{ rule: row(id), at: { edge1: observation } }], run);
  const { explain } = explainCheck(all.first, all.rules);
  return explain.slice(explain.indexOf(': ') + 2);
};

t.test('what an answer told', async (t) => {
  const sip = 'external-sip-tcp-5061-in';
  t.equal(
    said(sip, seen('answered', { facts: tlsFacts({ clientCertificateRequested: true }) })),
    'answers in 12 ms: TLSv1.2, certificate sip.contoso.com until 2027-06-01, asks for a client certificate',
  );
  t.equal(
    said(sip, seen('answered', { facts: tlsFacts({ authorized: false, authorizationError: 'CERT_HAS_EXPIRED' }) })),
    'answers in 12 ms: TLSv1.2, certificate sip.contoso.com until 2027-06-01, not trusted (CERT_HAS_EXPIRED), does not ask for a client certificate',
  );
  t.match(
    said(sip, seen('answered', { facts: tlsFacts({ certificate: certificate({ subject: 'O=x', sans: ['a.b'] }) }) })),
    /certificate a\.b until/,
  );
  t.equal(
    said(sip, seen('answered', { code: 'mtls-unfinished', message: 'the server asked for a client certificate' })),
    'answers in 12 ms; the server asked for a client certificate',
  );
  t.match(
    said(sip, seen('answered', { facts: tlsFacts({ legacy: true }) })),
    /only to a hello of the age of TLS 1\.0$/,
  );
});

t.test('MSTURN speaks of an age of the protocol, never of a build', async (t) => {
  const stun = (facts: Observation['facts']): string =>
    said('external-stun-udp-3478-in', seen('answered', { probe: 'stun', facts }));
  t.equal(
    stun({ dialect: 'msturn', serverVersion: 4, errorCode: 401, mappedAddress: '203.0.113.9' }),
    'answers in 12 ms: MSTURN, MSTURN protocol version 4 (SHA-256 and IPv6; consistent with Lync Server 2013 or later), asks for credentials, as it should, sees us as 203.0.113.9',
  );
  t.match(stun({ dialect: 'msturn', serverVersion: 99 }), /protocol version 99$/);
  t.equal(stun({ dialect: 'rfc8489', software: 'Coturn' }), 'answers in 12 ms: STUN (RFC 8489), says it is "Coturn"');
  for (let version = 1; version <= 6; version++) {
    t.notMatch(stun({ dialect: 'msturn', serverVersion: version }), /CU|build|Lync Server 2013 (?!or later)/);
  }
});

t.test('SIP', async (t) => {
  const facts = { sipAnswered: true, status: 200, server: 'kamailio (5.6.3)', msDiagnostics: null, tls: tlsFacts() };
  const edge = (more: Observation['facts']): string =>
    said('external-sip-tcp-443-in', seen('answered', { probe: 'sip', facts: { ...facts, ...more } }));
  t.match(edge({}), /^answers in 12 ms: SIP 200 from kamailio \(5\.6\.3\), TLSv1\.2, certificate sip\.contoso\.com/);
  t.match(
    edge({ server: null, msDiagnostics: '1005;x\u001b' }),
    /: SIP 200, ms-diagnostics 1005;x[^\u001b]*, TLSv1\.2/,
  );
  t.match(edge({ sipAnswered: false, status: null }), /^answers in 12 ms: TLSv1\.2/);
  t.match(edge({ tls: tlsFacts({ legacy: true }) }), /only to a hello of the age of TLS 1\.0$/);
});

t.test('XMPP', async (t) => {
  const facts = { streamId: 's', starttls: 'required', saslMechanisms: ['EXTERNAL'], dialback: true, tls: tlsFacts() };
  t.equal(
    said('external-xmpp-tcp-5269-in', seen('answered', { probe: 'xmpp', facts })),
    'answers in 12 ms: an XMPP stream, offers STARTTLS, SASL EXTERNAL, dialback, TLSv1.2, certificate sip.contoso.com until 2027-06-01',
  );
  t.equal(
    said('external-xmpp-tcp-5269-in', seen('answered', { facts: { streamId: null, streamError: 'host-unknown' } })),
    'answers in 12 ms: an XMPP stream, ended with host-unknown',
  );
});

t.test('what was seen of other outcomes', async (t) => {
  const sip = 'external-sip-tcp-5061-in';
  t.match(said(sip, seen('closed', { durationSeconds: 0.0031 })), /^TCP reset in 3 ms: /);
  t.match(said('external-stun-udp-3478-in', seen('closed')), /^ICMP port unreachable in 12 ms: /);
  const refused = seen('unreachable', {
    code: 'host-unreachable',
    message: 'a router or firewall said: host unreachable',
  });
  t.match(
    said(sip, refused),
    /^a router or firewall said: host unreachable, in 12 ms: the network says no to tcp\/5061/,
  );
  const echo = seen('open', {
    code: 'not-tls',
    message: 'it was an echo',
    steps: [{ step: 'connect', seconds: 0.002 }],
  });
  t.match(said(sip, echo), /^TCP opens in 2 ms, then it was an echo: the path is open, but what answers/);
  const stray = seen('open', { code: 'not-stun', message: 'what came is not STUN' });
  t.match(said('external-stun-udp-3478-in', stray), /^something came back in 12 ms, but what came is not STUN: /);
  t.match(
    said(sip, seen('unasked', { code: 'no-route', message: 'no route' })),
    /^not asked, because no route: that is a trouble of this host/,
  );
  const absent = seen('unreachable', { code: 'host-unreachable', message: 'unreachable', durationSeconds: 3.1 });
  t.match(said(sip, absent), /nobody has the address of edge1 there$/);
});

t.test('durations for people', async (t) => {
  for (const [seconds, words] of [
    [0.0002, 'under 1 ms'],
    [0.0049, '5 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1.0 s'],
    [4.004, '4.0 s'],
    [21.4, '21 s'],
  ] as const) {
    t.match(said('external-sip-tcp-5061-in', seen('answered', { durationSeconds: seconds })), `answers in ${words}`);
  }
});

t.test('a sweep names its ranges', async (t) => {
  const rtp = 'external-rtp-tcp-50000-59999-in';
  const swept = (ranges: Parameters<typeof sweepFacts>[0], more = {}) =>
    seen('open', { probe: 'tcp', durationSeconds: 21.4, attempts: [], facts: sweepFacts(ranges, more) });
  t.match(said(rtp, swept([[50000, 59999, 'filtered']])), /^10000 ports, all filtered, in 21 s: nobody listens there/);
  t.equal(
    said(rtp, swept([[50000, 59999, 'open']])),
    '10000 ports, all open, in 21 s: the path is open on every port asked',
  );
  const parts = swept([
    [50000, 50499, 'filtered'],
    [50500, 59999, 'closed'],
  ]);
  t.match(
    said(rtp, parts, { controls: [control('port', '131.107.155.30', 'filtered')] }),
    /^10000 ports in 21 s: 50000-50499 filtered, 50500-59999 closed: the range came out in parts; what decides is 50000-50499 filtered \(edge1 answers on other ports of the range/,
  );
  const answering = judged([
    { rule: row(rtp), at: { edge1: swept([[50000, 59999, 'filtered']]) }, target: { responder: true } },
    { rule: row('external-stun-tcp-443-in'), at: { edge1: seen('answered') } },
  ]);
  t.match(
    explainCheck(answering.first, answering.rules).explain,
    /: edge1 is up, and tcp\/50000-59999 to it is lost between here and its listener$/,
    'nobody is said to answer in a range that is silent throughout',
  );
  const agent = swept([
    [50000, 50000, 'filtered'],
    [50001, 50003, 'open'],
    [50004, 59999, 'filtered'],
  ]);
  t.match(said(rtp, agent), /: 50000, 50004-59999 filtered, 50001-50003 open \(the logging agent's\): /);
  const many = swept(
    Array.from({ length: 40 }, (_, index) => [51000 + index, 51000 + index, index % 2 ? 'open' : 'filtered'] as const),
  );
  t.match(said(rtp, many), /20 ports \(51000, 51002, 51004 and 17 more runs\) filtered/);
  t.match(
    said(rtp, swept([[50000, 50015, 'filtered']], { asked: 16, of: 10000 })),
    /^16 of 10000 ports asked, all filtered/,
  );
});

t.test('a sweep over UDP: what sixteen silent ports tell, and what limited refusals do', async (t) => {
  const rtp = 'external-rtp-udp-50000-59999-in';
  const swept = (ranges: Parameters<typeof sweepFacts>[0], more = {}) =>
    seen('filtered', { probe: 'udp', durationSeconds: 2, attempts: [], facts: sweepFacts(ranges, more) });
  const sample = { asked: 16, of: 10000 };
  t.equal(
    said(rtp, swept([[50000, 50015, 'filtered']], sample)),
    '16 of 10000 ports asked, all filtered, in 2.0 s: nobody listens there outside a call, and silence from UDP where nobody lives is not evidence',
  );
  t.match(
    said(rtp, swept([[50000, 50015, 'closed']], sample)),
    /outside a call, so the refusals may come from the host or from a firewall that rejects$/,
  );
  const few = swept(
    [
      [50000, 50005, 'closed'],
      [50006, 59999, 'filtered'],
    ],
    { refusalsLimited: true },
  );
  t.match(said(rtp, few), /filtered \(refusals are limited there, so silent ports may be refused ones\): /);
  const half = swept([
    [50000, 54999, 'answered'],
    [55000, 59999, 'filtered'],
  ]);
  t.match(said(rtp, half), /edge1 answers on other ports of the range, so the silent ones are lost/);
});

t.test('DNS and HTTP', async (t) => {
  const site = siteText.replace(
    'far:\n',
    'far:\n  there: { address: 198.51.100.53, as: [dns-server, crl-server], query: contoso.com, url: "http://198.51.100.53/" }\n',
  );
  const told = (id: string, probe: string, facts: Observation['facts']): string => {
    const all = judged([{ rule: row(id), at: { there: seen('answered', { probe, facts }) } }], { site });
    const { explain } = explainCheck(all.first, all.rules);
    return explain.slice(explain.indexOf(': ') + 2);
  };
  const dns = (facts: Observation['facts']): string => told('external-dns-udp-53-out', 'dns', facts);
  t.equal(dns({ rcode: 'NOERROR', answers: ['192.0.2.1'] }), 'answers in 12 ms: DNS NOERROR, 192.0.2.1');
  t.equal(
    dns({ rcode: 'NOERROR', answers: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] }),
    'answers in 12 ms: DNS NOERROR, 192.0.2.1 192.0.2.2 and 1 more',
  );
  t.equal(dns({ rcode: 'REFUSED', answers: [] }), 'answers in 12 ms: DNS REFUSED');
  const http = (facts: Observation['facts']): string => told('external-http-tcp-80-out', 'http', facts);
  t.equal(http({ status: 404 }), 'answers in 12 ms: HTTP 404');
  t.equal(
    http({ status: 200, crlNextUpdate: '2026-12-01T00:00:00.000Z' }),
    'answers in 12 ms: HTTP 200, a CRL good until 2026-12-01',
  );
});
