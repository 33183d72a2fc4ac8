import { once } from 'node:events';
import t from 'tap';
import { needing } from '../require.ts';
import { dialAll, dialOf, rowOf } from './dial.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);
const everything = needing(...labNeeds);

/** What openssl's own client says about a TLS server of the lab. */
const client = async (lab: Lab, at: string, ...flags: string[]): Promise<string> => {
  const [vantage, ca] = [at.startsWith('131.') ? 'outside' : 'inside', ['-CAfile', lab.ca]] as const;
  const done = await lab.run(vantage, ['openssl', 's_client', '-connect', at, ...ca, ...flags]);
  return done.stdout + done.stderr;
};

const old = ['-cipher', 'DEFAULT@SECLEVEL=0'];

t.test('real servers answer in their own protocols', everything, async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const sip = await client(lab, '131.107.155.10:443', '-verify_hostname', 'sip.contoso.com');
  t.match(sip, /Verify return code: 0 \(ok\)/);
  t.notMatch(sip, /Acceptable client certificate/);

  const mutual = await client(lab, '172.25.33.10:5061', '-tls1_2');
  t.match(mutual, /Acceptable client certificate CA names\nCN = edgeprobe lab CA/, 'asks for a certificate');
  t.match(mutual, /alert handshake failure/, 'and insists');
  const { cert, key } = { cert: `${lab.folder}/edgeprobe.contoso.internal-good.pem`, key: `${lab.folder}/good.key` };
  const trusted = await client(lab, '172.25.33.10:5061', '-tls1_2', '-cert', cert, '-key', key);
  t.notMatch(trusted, /alert/, 'a certificate of the lab CA is accepted');
  t.match(trusted, /Verify return code: 0 \(ok\)/);

  const starttls = ['-starttls', 'xmpp-server', '-xmpphost', 'contoso.com', '-verify_hostname', 'contoso.com'];
  t.match(await client(lab, '131.107.155.10:5269', ...starttls), /Verify return code: 0 \(ok\)/);
  const gateway = await client(lab, '172.25.33.10:23456', '-tls1_2', '-verify_hostname', 'edge1.contoso.internal');
  t.match(gateway, /Verify return code: 0 \(ok\)/, 'direct TLS');
  t.match(gateway, /Client Certificate Types: /, 'which asks for a client certificate');

  const page = await lab.run('inside', [
    'bash',
    '-c',
    `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect 172.25.33.10:4443`,
  ]);
  t.match(page.stdout, /^HTTP\/1\.0 200 ok/);
  for (const [vantage, address] of [
    ['outside', '131.107.155.30'],
    ['inside', '172.25.33.10'],
  ] as const) {
    const stun = await lab.run(vantage, ['turnutils_stunclient', '-p', '3478', address]);
    t.match(stun.stdout, /UDP reflexive addr: (203\.0\.113\.50|10\.1\.0\.20):\d+/, `coturn at ${address}`);
  }
});

t.test('a TLS server can be of another age or identity', everything, async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const [server, at] = ['edge1 access-edge tcp/443', '131.107.155.10:443'] as const;
  const named = ['-verify_hostname', 'sip.contoso.com'];
  await lab.variant(server, 'tls1');
  const modern = await client(lab, at, '-min_protocol', 'TLSv1.2');
  t.match(modern, /alert protocol version/, 'a modern hello is refused');
  const aged = await client(lab, at, ...old, ...named);
  t.match(aged, /Protocol {2}: TLSv1\n/);
  t.match(aged, /Verify return code: 0/);
  await lab.variant(server, 'expired');
  t.match(await client(lab, at, ...named), /Verify return code: 10 \(certificate has expired\)/);
  await lab.variant(server, 'wrong-name');
  t.match(await client(lab, at, ...named), /Verify return code: 62 \(hostname mismatch\)/);
  await lab.variant(server, 'weak');
  const weak = await client(lab, at, ...old);
  t.match(weak, /Server public key is 1024 bit/);
  t.match(weak, /a:PKEY: rsaEncryption, 1024 \(bit\); sigalg: RSA-SHA1/);
  await lab.variant(server, 'good');
  t.match(await client(lab, at, ...named), /Verify return code: 0 \(ok\)/);
  await t.rejects(lab.variant('edge1 xmpp', 'expired'), /no variants/);
  await t.rejects(lab.variant('edge9', 'expired'), /no server "edge9"/);
});

t.test('a client that stays keeps nobody waiting', everything, async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  for (const [at, ...flags] of [
    ['131.107.155.20:443', '-verify_hostname', 'webcon.contoso.com'],
    ['172.25.33.10:4443', '-verify_hostname', 'edge1.contoso.internal'],
  ] as const) {
    const [host = '', port = ''] = at.split(':');
    const vantage = at.startsWith('131.') ? 'outside' : 'inside';
    const stays = lab.spawn(vantage, ['bash', '-c', `exec 3<>/dev/tcp/${host}/${port}; echo there; sleep 60`]);
    t.teardown(() => stays.kill('SIGKILL'));
    await once(stays.stdout ?? stays, 'data');
    t.match(await client(lab, at, ...flags), /Verify return code: 0 \(ok\)/, at);
  }
});

t.test('a server can go away and come back; the path stays open', everything, async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const row = dialOf(lab, rowOf(lab, 'external-stun-udp-3478-in'));
  await lab.stopServer('edge1 av-edge udp/3478');
  t.strictSame(await dialAll(lab, [row]), ['refused']);
  await lab.startServer('edge1 av-edge udp/3478');
  t.strictSame(await dialAll(lab, [row]), ['open']);
});
