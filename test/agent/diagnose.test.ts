import t from 'tap';
import type { AskedRule } from '../../agent/asked-rule.ts';
import { catalogue, type Finding } from '../../agent/findings.ts';
import { certificate, control, judged, type RowSeen, row, seen, silent, sweepFacts, tlsFacts } from './fixtures.ts';

const sip = row('external-sip-tcp-5061-in');
const rtp = row('external-rtp-tcp-50000-59999-in');
const address = '131.107.155.10';

interface Provoked {
  readonly ofRun: readonly Finding[];
  readonly ofRule: readonly Finding[];
}

const provoke = (rows: readonly RowSeen[], run: Parameters<typeof judged>[1] = {}): Provoked => {
  const { report } = judged(rows, run);
  return { ofRun: report.findings, ofRule: report.rules[0]?.findings ?? [] };
};

const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);

const tls = (facts = {}, more = {}) => seen('answered', { facts: tlsFacts(facts), ...more });

const narrowed: AskedRule = { ...sip, mayNarrowTo: ['front-end'] };

const swept = (ranges: Parameters<typeof sweepFacts>[0], more = {}) =>
  seen('open', { probe: 'tcp', attempts: [], facts: sweepFacts(ranges), ...more });

/** Each finding of a rule: what provokes it, and the evidence that its message must hold. */
const ofRules: Record<string, [Provoked, RegExp]> = {
  'certificate-expired': [
    provoke([
      { rule: sip, at: { edge1: tls({ certificate: certificate({ notAfter: '2026-11-01T00:00:00.000Z' }) }) } },
    ]),
    /^sip\.contoso\.com ended 2026-11-01, 19 days ago$/,
  ],
  'certificate-expiring': [
    provoke([
      { rule: sip, at: { edge1: tls({ certificate: certificate({ notAfter: '2026-12-19T00:00:00.000Z' }) }) } },
    ]),
    /^sip\.contoso\.com ends 2026-12-19, in 28 days$/,
  ],
  'certificate-name-mismatch': [
    provoke([{ rule: sip, at: { edge1: tls({ certificate: certificate({ sans: ['sip.fabrikam.com'] }) }) } }]),
    /^the certificate is for sip\.fabrikam\.com, and clients ask for sip\.contoso\.com$/,
  ],
  'legacy-tls': [
    provoke([
      {
        rule: sip,
        at: { edge1: tls({ protocol: 'TLSv1', legacy: true, certificate: certificate({ keyBits: 1024 }) }) },
      },
    ]),
    /^the server speaks TLSv1 only and its key has 1024 bits$/,
  ],
  'tls-handshake-refused': [
    provoke([{ rule: sip, at: { edge1: seen('answered', { code: 'tls-handshake-refused', message: 'alert x' }) } }]),
    /^alert x$/,
  ],
  'mtls-unfinished': [
    provoke([{ rule: sip, at: { edge1: seen('answered', { code: 'mtls-unfinished', message: 'it asked' }) } }]),
    /^it asked$/,
  ],
  'wrong-service': [
    provoke([
      { rule: sip, at: { edge1: seen('open', { code: 'pseudo-tls', message: 'the peer speaks pseudo-TLS' }) } },
    ]),
    /^the peer speaks pseudo-TLS$/,
  ],
  'everything-open': [
    provoke([{ rule: rtp, at: { edge1: swept([[50000, 59999, 'open']]) } }], {
      controls: [control('port', '131.107.155.30', 'open')],
    }),
    /a port of this address that no rule opens opens as well/,
  ],
  'udp-blocked-tcp-works': [
    provoke([
      { rule: row('external-stun-udp-3478-in'), at: { edge1: silent() } },
      { rule: row('external-stun-tcp-443-in'), at: { edge1: seen('answered') } },
    ]),
    /^udp\/3478 is filtered, and tcp\/443 on the same address answers in 12 ms$/,
  ],
  'source-not-in-role': [
    provoke([{ rule: narrowed, at: { edge1: silent() } }]),
    /^asked from 198\.51\.100\.7 that is none of front-end$/,
  ],
  'prober-blind': [
    provoke([{ rule: sip, at: { edge1: silent() } }], { controls: [control('vantage', '203.0.113.53', 'filtered')] }),
    /must answer from here/,
  ],
  'source-shunned': [
    provoke([{ rule: rtp, at: { edge1: swept([[50000, 59999, 'filtered']]) } }], {
      controls: [control('repeat', '131.107.155.30', 'filtered')],
    }),
    /silent since the sweep/,
  ],
  'range-partial': [
    provoke([
      {
        rule: rtp,
        at: {
          edge1: swept([
            [50000, 50499, 'filtered'],
            [50500, 59999, 'open'],
          ]),
        },
      },
    ]),
    /^50000-50499 filtered, 50500-59999 open$/,
  ],
  'local-exhaustion': [
    provoke([
      {
        rule: rtp,
        at: {
          edge1: swept(
            [
              [50000, 59000, 'open'],
              [59001, 59999, 'unasked'],
            ],
            {
              failure: { step: 'connect', code: 'local-exhaustion', message: 'descriptor limit' },
            },
          ),
        },
      },
    ]),
    /^999 ports could not be asked: descriptor limit$/,
  ],
  'proof-missing': [
    provoke([{ rule: sip, at: { edge1: tls() }, target: { responder: true } }]),
    /did not show the credential/,
  ],
};

t.test('every finding of the catalogue is provoked, with its evidence, its target and its remedy', async (t) => {
  t.same(Object.keys(ofRules).sort(), Object.keys(catalogue).sort());
  for (const [code, [{ ofRule }, evidence]] of Object.entries(ofRules)) {
    const found = ofRule.find((one) => one.code === code);
    t.match(found?.message, evidence, code);
    t.match(found?.target, /^edge1 131\.107\.155\.\d+:\d+/, `${code} says where`);
    t.equal(found?.severity, catalogue[code as keyof typeof catalogue].severity);
    t.equal(found?.remedy, catalogue[code as keyof typeof catalogue].remedy);
  }
});

t.test('what is as it should be has no findings', async (t) => {
  const controls = [
    control('vantage', '203.0.113.53', 'closed', { asExpected: true }),
    control('port', address, 'filtered'),
  ];
  const repeat = control('repeat', address, 'answered');
  const { ofRule, ofRun } = provoke([{ rule: sip, at: { edge1: tls(), edge2: tls() } }], {
    controls: [...controls, repeat],
  });
  t.same(ofRule, []);
  t.same(ofRun, []);
  const lonely = provoke([{ rule: row('external-stun-udp-3478-in'), at: { edge1: silent() } }]);
  t.same(lonely.ofRule, [], 'lost UDP alone says nothing of TCP');
});

t.test('controls make findings of the run', async (t) => {
  const row1 = [{ rule: sip, at: { edge1: silent() } }];
  const blind = provoke(row1, { controls: [control('vantage', '203.0.113.53', 'filtered')] });
  t.same(codes(blind.ofRun), ['prober-blind']);
  t.equal(blind.ofRun[0]?.target, 'tcp://203.0.113.53:53');
  const halfBlind = [control('vantage', '203.0.113.53', 'filtered'), control('vantage', '203.0.113.54', 'open')];
  t.same(provoke(row1, { controls: halfBlind }).ofRun, [], 'one control that answers is enough to see');
  const open = provoke(row1, { controls: [control('port', address, 'open')] });
  t.same(codes(open.ofRun), ['everything-open']);
  t.match(open.ofRun[0]?.message, /tcp\/49151/);
  t.notOk(codes(open.ofRule).includes('everything-open'), 'a silent row is not cast in doubt by an open port');
  t.same(codes(provoke(row1, { controls: [control('repeat', address, 'filtered')] }).ofRun), ['source-shunned']);
});

t.test('the same at two nodes is one finding with two targets', async (t) => {
  const old = tls({ protocol: 'TLSv1.1' });
  const { ofRule } = provoke([{ rule: sip, at: { edge1: old, edge2: old } }]);
  t.same(codes(ofRule), ['legacy-tls']);
  t.equal(ofRule[0]?.target, 'edge1 131.107.155.10:5061, edge2 131.107.155.11:5061');
});
