import t from 'tap';
import { probeFor, probeNamed, probes } from '../../probes/index.ts';
import type { Row } from '../../probes/probe.ts';

t.test('every kind of row of the packs has its probe, or none yet', async (t) => {
  const rows: readonly (readonly [Row['protocol'], Row['security'], Row['transport'], boolean, string | null])[] = [
    ['XMPP', 'none', 'tcp', false, 'xmpp'],
    ['XMPP', 'mtls', 'tcp', false, 'xmpp'],
    ['SIP', 'tls', 'tcp', false, 'sip'],
    ['SIP', 'mtls', 'tcp', false, 'sip'],
    ['PSOM', 'tls', 'tcp', false, 'tls'],
    ['PSOM', 'mtls', 'tcp', false, 'tls'],
    ['MTLS', 'mtls', 'tcp', false, 'tls'],
    ['HTTPS', 'tls', 'tcp', false, 'http'],
    ['STUN/MSTURN', 'none', 'udp', false, 'stun'],
    ['STUN/MSTURN', 'none', 'tcp', false, 'stun'],
    ['RTP', 'none', 'tcp', true, 'tcp'],
    ['RTP', 'none', 'udp', true, 'udp'],
    ['DNS', 'none', 'udp', false, 'dns'],
    ['DNS', 'none', 'tcp', false, 'dns'],
    ['HTTP', 'none', 'tcp', false, 'http'],
  ];
  for (const [protocol, security, transport, range, name] of rows) {
    const probe = probeFor({ protocol, security, transport, range });
    t.equal(probe?.name ?? null, name, `${protocol} ${security} ${transport}${range ? ' range' : ''}`);
  }
});

t.test('names are unique, and no row belongs to two probes', async (t) => {
  t.equal(new Set(probes.map((probe) => probe.name)).size, probes.length);
  for (const probe of probes) t.equal(probeNamed(probe.name), probe);
  t.throws(() => probeNamed('gopher'), /there is no probe gopher/);
  for (const protocol of ['XMPP', 'SIP', 'PSOM', 'MTLS', 'HTTPS', 'HTTP', 'DNS', 'STUN/MSTURN', 'RTP']) {
    for (const transport of ['tcp', 'udp']) {
      for (const range of [false, true]) {
        const asking = probes.filter((probe) => probe.asks({ protocol, security: 'none', transport, range }));
        t.ok(asking.length <= 1, `${protocol} ${transport} ${range}: ${asking.map((probe) => probe.name)}`);
      }
    }
  }
});
