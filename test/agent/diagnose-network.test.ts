import t from 'tap';
import type { Facts } from '../../probes/observation.ts';
import { type RowSeen, row, seen, tlsFacts } from './fixtures.ts';
import { clients, codes, provoke, shown, sip, tls, xmpp } from './provoke.ts';
import { connected, reset } from './provoked-network.ts';

const of = (rows: readonly RowSeen[]): string[] => codes(provoke(rows).ofRule);

t.test('a reset that came too soon', async (t) => {
  const against = (seconds: number, trip: number, more: Partial<RowSeen> = {}): string[] =>
    of([
      { rule: sip, at: { edge1: reset(seconds) } },
      { rule: clients, at: { edge1: connected(trip) }, ...more },
    ]);
  t.same(against(0.007, 0.024), ['reset-by-firewall']);
  t.same(against(0.008, 0.024), [], 'a third of the way is not sooner');
  t.same(against(0.0001, 0.003), [], 'round trips of a LAN measure nothing');
  t.same(against(0.001, 0.024, { source: '198.51.100.8' }), [], 'from another address, on another way');
  t.same(of([{ rule: sip, at: { edge1: reset(0.001) } }]), [], 'nothing to measure it by');
  const udp = row('external-stun-udp-3478-in');
  const media = row('external-stun-tcp-443-in');
  t.notOk(
    of([
      { rule: udp, at: { edge1: reset(0.001) } },
      { rule: media, at: { edge1: connected(0.024) } },
    ]).includes('reset-by-firewall'),
    'ICMP comes from where it likes',
  );
});

t.test('handshakes that stop where the first large packet is due', async (t) => {
  const begun = (facts: Facts) =>
    seen('answered', { code: 'tls-unfinished', facts: tlsFacts({ certificate: null, ...facts }) });
  const mute = seen('open', { code: 'tls-silent', message: 'silence' });
  const stalled = seen('open', { code: 'tls-stalled', facts: { stalledAfterBytes: 1460 } });
  const stream = seen('answered', { facts: { streamId: 's', starttls: 'required', tls: tlsFacts() } });
  const plain = seen('answered', { facts: { streamId: 's', starttls: 'required', tls: null } });
  const lost = ['large-packets-lost'];
  t.same(of([{ rule: clients, at: { edge1: begun({ stalledAfterBytes: 91 }) } }]), lost, 'after its hello');
  t.same(of([{ rule: clients, at: { edge1: begun({}) } }]), [], 'it hung up: that is no silence');
  t.same(of([{ rule: clients, at: { edge1: stalled } }]), lost, 'within its hello');
  t.same(of([{ rule: clients, at: { edge1: mute } }]), [], 'silence alone is silence');
  const beside = (other: ReturnType<typeof seen>, rule = xmpp): string[] =>
    of([
      { rule: clients, at: { edge1: mute } },
      { rule, at: { edge1: other } },
    ]);
  t.same(beside(plain), lost, 'a short answer passes');
  t.same(beside(stream), [], 'a certificate passes: it is not the size');
  t.same(beside(tls(), sip), [], 'another row of TLS passes');
  t.same(beside(mute, sip), [], 'no answer at all passes');
});

t.test('why the proof of a responder is missing', async (t) => {
  const asked = { options: { proof: 'secret.txt' } };
  const said = (observation: ReturnType<typeof seen>, check: RowSeen['check'] = asked): string[] =>
    provoke([{ rule: clients, at: { edge1: observation }, target: { responder: true }, ...(check && { check }) }])
      .ofRule.filter(({ code }) => code === 'proof-missing')
      .map(({ message }) => message);
  t.match(said(tls()), [/^something answered, and did not show the credential of our responder$/]);
  const made = shown({ sans: ['sip.contoso.com', 'edgeprobe.invalid'] });
  t.match(said(made), [/^a responder answered, with another credential than the one here, or with none$/]);
  t.match(said(made, {}), [/^the proof was not asked for: the site file here has no responder\.credentialsFile$/]);
  t.same(said(tls({ proof: true })), []);
});
