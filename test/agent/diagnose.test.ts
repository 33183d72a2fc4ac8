import t from 'tap';
import { catalogue } from '../../agent/findings.ts';
import { allSources } from '../sources.ts';
import { control, row, silent } from './fixtures.ts';
import { codes, provoke, sip, tls } from './provoke.ts';
import { provokedNetwork } from './provoked-network.ts';
import { provokedServices } from './provoked-services.ts';
import { provokedTls } from './provoked-tls.ts';

const address = '131.107.155.10';

/** Each finding of a rule: what provokes it, and the evidence that its message must hold. */
const ofRules = { ...provokedTls, ...provokedServices, ...provokedNetwork };

/** Findings of runs and of merged reports, and those with tests of their own: provoked in other files of this folder. */
const elsewhere: readonly string[] = [
  ...['own-certificate-expiring', 'dns-split', 'srv-missing', 'nat-mapping-mismatch', 'sip-alg', 'sip-silent'],
  ...['tls-inspection', 'xmpp-one-way', 'answer-lost', 'arrived-elsewhere', 'client-source-lost'],
  ...['responder-refused', 'answer-not-ours', 'hairpin-missing'],
];

t.test('every finding of the catalogue is provoked, with its evidence, its target and its remedy', async (t) => {
  t.same([...Object.keys(ofRules), ...elsewhere].sort(), Object.keys(catalogue).sort());
  const others = allSources().filter(({ file }) => /^test\/agent\/(?!diagnose\.test).*\.test\.ts$/.test(file));
  for (const code of elsewhere) {
    const there = others
      .filter((source) => new RegExp(`['\`]${code}(?=[' :])`).test(source.code))
      .map(({ file }) => file);
    t.ok(there.length > 0, `${code} is provoked in ${there.join(' ')}`);
  }
  for (const [code, [{ ofRule }, evidence]] of Object.entries(ofRules)) {
    const found = ofRule.find((one) => one.code === code);
    t.match(found?.message, evidence, code);
    t.match(found?.target, /^edge1 [\d.]+:\d+/, `${code} says where`);
    t.equal(found?.severity, catalogue[code as keyof typeof catalogue].severity);
    t.equal(found?.remedy, catalogue[code as keyof typeof catalogue].remedy);
  }
});

t.test('what is as it should be has no findings', async (t) => {
  const controls = [
    control('vantage', '203.0.113.53', 'closed', { asExpected: true }),
    control('port', address, 'filtered'),
  ];
  const asked = tls({ clientCertificateRequested: true });
  const repeat = control('repeat', address, 'answered');
  const { ofRule, ofRun } = provoke([{ rule: sip, at: { edge1: asked, edge2: asked } }], {
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
  const old = tls({ protocol: 'TLSv1.1', clientCertificateRequested: true });
  const { ofRule } = provoke([{ rule: sip, at: { edge1: old, edge2: old } }]);
  t.same(codes(ofRule), ['legacy-tls']);
  t.equal(ofRule[0]?.target, 'edge1 131.107.155.10:5061, edge2 131.107.155.11:5061');
});
