import { certificate, control, type Judged, judged, row, seen, silent, sweepFacts, tlsFacts } from './fixtures.ts';

const tls = (seconds: number, notAfter = '2027-06-01T00:00:00.000Z') =>
  seen('answered', { durationSeconds: seconds, facts: tlsFacts({ certificate: certificate({ notAfter }) }) });

const msturn = (seconds: number) =>
  seen('answered', {
    probe: 'stun',
    durationSeconds: seconds,
    facts: { dialect: 'msturn', serverVersion: 4, clientVersion: 6, errorCode: 401, mappedAddress: '203.0.113.9' },
  });

const swallowed = (seconds: number) =>
  seen('open', {
    code: 'tls-silent',
    message: 'nothing was heard to our ClientHello',
    durationSeconds: seconds,
    steps: [{ step: 'connect', seconds: 0.011 }],
    facts: { hellos: [{ kind: 'modern' }, { kind: 'legacy' }] },
  });

const xmpp = seen('answered', {
  probe: 'xmpp',
  durationSeconds: 0.031,
  facts: { streamId: 'a', starttls: 'required', saslMechanisms: ['EXTERNAL'], dialback: true, streamError: null },
});

const sweep = (ranges: Parameters<typeof sweepFacts>[0], more = {}) =>
  seen('filtered', { probe: 'tcp', durationSeconds: 21.4, attempts: [], facts: sweepFacts(ranges, more) });

/** A two-node pool seen from outside: two rows fail, one is unknown, one passes with a warning. */
export const samplePool = (): Judged =>
  judged(
    [
      {
        rule: row('external-sip-tcp-443-in'),
        at: { edge1: tls(0.048, '2026-12-04T00:00:00.000Z'), edge2: tls(0.044) },
      },
      { rule: row('external-sip-tcp-5061-in'), at: { edge1: swallowed(5), edge2: swallowed(5.2) } },
      { rule: row('external-xmpp-tcp-5269-in'), at: { edge1: xmpp, edge2: xmpp } },
      { rule: row('xmpp-xmpp-tcp-5269-in'), at: { edge1: xmpp, edge2: xmpp } },
      { rule: row('external-stun-udp-3478-in'), at: { edge1: msturn(0.012), edge2: silent({ probe: 'stun' }) } },
      {
        rule: row('external-stun-tcp-443-in'),
        at: {
          edge1: seen('answered', { probe: 'stun', facts: { dialect: 'msturn-pseudo-tls' } }),
          edge2: seen('answered', { probe: 'stun', facts: { dialect: 'msturn-pseudo-tls' } }),
        },
      },
      {
        rule: row('external-rtp-tcp-50000-59999-in'),
        at: { edge1: sweep([[50000, 59999, 'filtered']]), edge2: sweep([[50000, 59999, 'filtered']]) },
      },
      ...['public-im-sip-tcp-5061-in', 'public-im-sip-tcp-443-in', 'public-im-stun-udp-3478-in'].map((id) => ({
        rule: row(id),
        skip: {
          because: 'not-required' as const,
          explain: "needed for public-im, which is not among the site's features",
        },
      })),
      {
        rule: row('external-rtp-udp-50000-59999-in'),
        skip: { because: 'no-probe-yet', explain: 'no probe for RTP over udp in this version' },
      },
    ],
    {
      controls: [
        control('vantage', '203.0.113.53', 'open'),
        ...['131.107.155.10', '131.107.155.11', '131.107.155.30', '131.107.155.31'].map((address) =>
          control('port', address, 'filtered'),
        ),
      ],
    },
  );
