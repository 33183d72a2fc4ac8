import t from 'tap';
import { askServices, readServiceRecord, serviceNames } from '../../probes/dns-srv.ts';
import { answerQuery } from '../../wire/dns.ts';
import { udpServer } from './stun-scenes.ts';
import { askingWith, questionTo } from './tls-peers.ts';

t.test('the services that others look up', async (t) => {
  t.strictSame(serviceNames('contoso.com'), [
    '_sipfederationtls._tcp.contoso.com',
    '_sip._tls.contoso.com',
    '_xmpp-server._tcp.contoso.com',
  ]);
  const record = { priority: 10, weight: 20, port: 5061, target: 'sip.contoso.com' };
  t.strictSame(readServiceRecord('SRV 10 20 5061 SIP.contoso.com'), record);
  for (const other of ['', 'A 192.0.2.1', 'SRV 1 2 3', 'SRV 1 2 -3 a', 'SRV 1 2 3 a b']) {
    t.equal(readServiceRecord(other), null, other);
  }
});

t.test('asked of a server', async (t) => {
  const data = { port: 5061, target: 'sip.contoso.com' };
  const records = [{ name: '_sipfederationtls._tcp.contoso.com', type: 'SRV', data } as const];
  const server = await udpServer(t, (bytes, _, index) => (index === 1 ? [] : [answerQuery(bytes, records) ?? bytes]));
  const question = { ...questionTo('dns', server.port, {}, 0.3), transport: 'udp' } as const;
  const control = { ...question, source: { address: '127.0.0.1', port: null } };
  const [federation, users, xmpp] = await askServices(control, 'contoso.com', askingWith());
  t.match(federation, { outcome: 'answered', rcode: 'NOERROR', records: [{ priority: 0, weight: 0, ...data }] });
  t.match(users, { outcome: 'answered', records: [] }, 'lost once, and asked again');
  t.match(xmpp, { name: '_xmpp-server._tcp.contoso.com', outcome: 'answered', rcode: 'NOERROR', records: [] });

  const silent = await udpServer(t, () => []);
  const [first] = await askServices(
    { ...control, target: { ...control.target, port: silent.port, lastPort: silent.port } },
    'contoso.com',
    askingWith(),
  );
  t.match(first, { outcome: 'filtered', rcode: null, records: null });
});
