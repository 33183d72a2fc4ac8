import t from 'tap';
import { legacyTlsProblem } from '../../probes/tls-self-test.ts';
import { systemWorld } from '../../probes/world.ts';

const world = systemWorld(new AbortController().signal);
const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1' } as const;

t.test('the TLS library of Node speaks TLS 1.0 where it is asked to', async (t) => {
  t.equal(await legacyTlsProblem(world), null);
});

t.test('a policy that forbids it is told by the code of the library', async (t) => {
  // What a policy of the system comes to: the same handshake at a higher level of security.
  t.match(await legacyTlsProblem(world, { ...old, ciphers: 'AECDH-AES128-SHA:@SECLEVEL=2' }), /^E?[A-Z_]+$/);
  t.equal(await legacyTlsProblem(world, { ...old, ciphers: 'NO-SUCH-CIPHER' }), 'ERR_SSL_NO_CIPHER_MATCH');
});
