import t from 'tap';
import { parseSite } from '../../agent/site.ts';
import { again, everything, heard, record, sent, witnessed } from './far-record.ts';
import { row, siteText, startedAt } from './fixtures.ts';

const stun = row('external-stun-udp-3478-in');
const asked = (outcome: 'answered' | 'filtered') => ({ rule: stun, at: { edge1: sent(outcome, [1, 2]) } });

const findingsOf = (...given: Parameters<typeof again>) => again(...given).report.rules[0]?.findings ?? [];
const codesOf = (...given: Parameters<typeof again>) => findingsOf(...given).map(({ code }) => code);

t.test('answer-lost: it arrived, and nothing came back', async (t) => {
  t.match(findingsOf([asked('filtered')], record({ heard: [witnessed(), heard(1)] })), [
    {
      code: 'answer-lost',
      severity: 'warning',
      target: 'edge1 131.107.155.30:3478',
      message: 'the responder on edge-1 heard the request, and no answer came back',
    },
  ]);
  t.strictSame(codesOf([asked('filtered')], record({ heard: [witnessed()] })), []);
  t.strictSame(codesOf([asked('answered')], record({ heard: [witnessed(), heard(1)] })), []);
});

t.test('arrived-elsewhere: a translation to the wrong host', async (t) => {
  const wrong = { to: { address: '131.107.155.10', port: 443 } };
  t.match(findingsOf([asked('filtered')], record({ heard: [witnessed(), heard(1, wrong)] })), [
    {
      code: 'arrived-elsewhere',
      message: 'it arrived at udp/443 on 131.107.155.10 of edge-1, and not where it was sent',
    },
  ]);
});

t.test('client-source-lost: inbound, the server must see the client', async (t) => {
  const from = (address: string) => record({ heard: [witnessed(), heard(1, { from: { address, port: 9 } })] });
  t.match(findingsOf([asked('answered')], from('10.45.16.1')), [
    {
      code: 'client-source-lost',
      message: 'we asked from 198.51.100.7, and the server sees 10.45.16.1: every client looks alike',
    },
  ]);
  t.strictSame(codesOf([asked('answered')], from('198.51.100.7')), []);
  const privately = { edge1: sent('answered', [1], { source: { address: '192.168.1.7', port: 5 } }) };
  const behindNat = (address: string) => codesOf([{ rule: stun, at: privately }], from(address));
  t.strictSame(behindNat('203.0.113.9'), [], 'who stands behind a translation of his own is seen by another address');
  t.strictSame(behindNat('131.107.155.1'), ['client-source-lost'], 'but not by one of the network of the server');
});

t.test('responder-refused: it arrived from an address that is not served', async (t) => {
  const refused = heard(1, { served: false, from: { address: '198.51.100.7', port: 9 } });
  t.match(findingsOf([asked('filtered')], record({ heard: [witnessed(), refused] })), [
    { code: 'responder-refused', message: 'the responder on edge-1 does not serve 198.51.100.7' },
  ]);
});

t.test('answer-not-ours: something answered for a responder that heard nothing', async (t) => {
  t.match(findingsOf([asked('answered')], record({ heard: [witnessed()] })), [
    {
      code: 'answer-not-ours',
      message: 'the responder on edge-1 listened there, and did not hear what was answered',
    },
  ]);
  t.strictSame(codesOf([asked('answered')], record({ heard: [witnessed()], heardTruncated: 1 })), []);
  const away = everything.filter(({ ports }) => ports !== '3478');
  t.strictSame(codesOf([asked('answered')], record({ heard: [witnessed()], listening: away })), []);
});

t.test(
  'nat-mapping-mismatch: the Edge leaves under another address than the published one, in any protocol',
  async (t) => {
    const site = siteText.replace('address: 131.107.155.10,', 'address: 10.45.16.10, publicAddress: 131.107.155.10,');
    const federation = row('external-sip-tcp-5061-out');
    const out = { litware: sent('answered', [5], { probe: 'sip', source: { address: '10.45.16.10', port: 5 } }) };
    const from = (address: string) => {
      const one = heard(5, {
        transport: 'tcp',
        to: { address: '198.51.100.80', port: 5061 },
        from: { address, port: 9 },
      });
      const listening = [
        { ...everything[0], transport: 'tcp', ports: '5061', address: '198.51.100.80', who: ['litware sip-partner'] },
      ];
      const file = record({
        as: 'far',
        heard: [one],
        listening: listening as typeof everything,
        siteDigest: parseSite(site, 'contoso.yaml', startedAt).digest,
      });
      return codesOf([{ rule: federation, at: out, source: '10.45.16.10' }], file, { vantage: 'dmz', site });
    };
    t.strictSame(from('131.107.155.10'), []);
    t.strictSame(from('131.107.155.30'), ['nat-mapping-mismatch'], 'the address of another service');
  },
);
