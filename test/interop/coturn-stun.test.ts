import t from 'tap';
import { ownLoopback } from '../loopback.ts';
import { ask, fact } from '../probes/stun-scenes.ts';
import { needing } from '../require.ts';
import { coturn } from './coturn.ts';

t.test('coturn, a STUN and TURN server that we did not write', needing('turnserver'), async (t) => {
  const { port } = await coturn(t);

  t.test('over UDP: both kinds of Binding, and TURN that is no A/V Edge', async (t) => {
    const seen = await ask('udp', port);
    t.equal(seen.outcome, 'answered');
    t.equal(fact(seen, 'dialect'), 'rfc8489');
    t.strictSame(fact(seen, 'dialects'), ['rfc8489', 'rfc3489', 'turn']);
    t.match(seen.facts, { mappedAddress: ownLoopback, mappedPort: seen.source.port, software: /Coturn/ });
    t.match(seen.facts, { realm: 'lab.test', errorCode: 401 });
    t.notHas(seen.facts, 'serverVersion');
    t.notHas(seen.facts, 'xorMappedAddress');
  });

  t.test('over TCP: Binding only', async (t) => {
    const seen = await ask('tcp', port);
    t.equal(seen.outcome, 'answered');
    t.equal(fact(seen, 'dialect'), 'rfc8489');
    t.strictSame(fact(seen, 'dialects'), ['rfc8489']);
    t.match(seen.facts, { mappedAddress: ownLoopback, mappedPort: seen.source.port, software: /Coturn/ });
  });
});

t.test('coturn that serves no plain STUN', needing('turnserver'), async (t) => {
  const { port } = await coturn(t, '--no-stun');
  const seen = await ask('udp', port);
  t.equal(seen.outcome, 'answered');
  t.strictSame(fact(seen, 'dialects'), ['turn']);
  t.equal(fact(seen, 'dialect'), 'turn');
});
