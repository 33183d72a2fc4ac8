import t from 'tap';
import { needing } from '../require.ts';
import { buildPairNet, ruleOf, toldOf } from './pair-net.ts';

const av = '131.107.155.30';
const far = '131.107.155.50';

const site = `site: contoso
packs: [lync2013-edge-public]
features: [federation, av]
servers:
  edge1:
    av-edge: { address: ${av} }
far:
  lab: { address: ${far}, responder: true, ports: { "50000-59999": "50000-50003" } }
responder: { credentialsFile: secret.txt }
timeouts: { check: 2s }
sweep: { rate: 0 }
`;

const media = 'derived/external-rtp-tcp-50000-59999-to-443-out';
const stun = 'derived/external-stun-udp-3478-to-3478-out';
const ordinary = 'lync2013-edge-public/external-stun-tcp-443-out';

/** A firewall before the far end. */
const firewall = (rules: string) => `
table inet sources {
  chain guard {
    type filter hook input priority 0;
    ${rules}
  }
}
`;

/** Holds a UDP port of the A/V address, as an Edge at work does. */
const holder = [
  process.execPath,
  '-e',
  `require('dgram').createSocket('udp4').bind({ port: 3478, address: '${av}', exclusive: true }, () => console.log('ready'))`,
];

t.test('source ports of the A/V Edge', { ...needing('root', 'ip', 'nft'), timeout: 900_000 }, async (t) => {
  const net = buildPairNet({ near: [av], far: [far] });
  t.teardown(net.remove);
  net.write('secret.txt', 'lab:correct horse battery staple\n');
  const file = net.write('site.yaml', site);
  const flags = ['--config', file, '--vantage', 'dmz', '--rule', 'derived/*', '--rule', '*-stun-tcp-443-out'];
  const check = () => net.check('near', ...flags, '--source-ports');
  const checkStun = () => net.check('near', '--config', file, '--vantage', 'dmz', '--rule', stun, '--source-ports');
  await net.start('far', [process.execPath, 'dist/edgeprobe.mjs', 'respond', '--config', file, '--as', 'far']);

  await t.test('without the flag they are not asked', async (t) => {
    const { stdout } = await net.edgeprobe('near', 'plan', '--config', file, '--vantage', 'dmz', '--format', 'json');
    t.notMatch(stdout, /derived/);
  });

  await t.test('all of them get through, and our responder proves it', async (t) => {
    const report = await check();
    t.equal(toldOf(report, media), 'pass answered');
    const [one] = ruleOf(report, media).checks;
    t.match(one?.facts, { asked: 10_000, of: 10_000, counts: { answered: 10_000 }, proof: true });
    t.match(one, { evidence: 'proven', target: { port: 443 }, source: { address: av, ports: '50000-59999' } });
    t.match(
      one?.explain,
      /tcp\/443 from source ports 50000-59999 dmz → av-partner lab.*10000 source ports, all answered/,
    );
    t.equal(toldOf(report, stun), 'pass answered');
    t.match(ruleOf(report, stun).checks[0], { source: { address: av, port: 3478 }, facts: { mappedPort: 3478 } });
    t.same(ruleOf(report, stun).findings, []);
    t.equal(toldOf(report, ordinary), 'pass answered');
  });

  await t.test('a firewall that lets only a part of the source ports out', async (t) => {
    net.firewall('far', firewall('tcp sport 55000-59999 tcp dport 443 drop'));
    const report = await check();
    t.equal(toldOf(report, media), 'fail range-partial');
    t.match(ruleOf(report, media).explain, /50000-54999 answered, 55000-59999 filtered/);
    t.match(ruleOf(report, media).explain, /answers to other source ports/);
    t.equal(toldOf(report, ordinary), 'pass answered', 'an ordinary source port is no witness');
  });

  await t.test('all of them lost, while ordinary ports pass: the sentence says so', async (t) => {
    net.firewall('far', firewall('tcp sport 50000-59999 tcp dport 443 drop'));
    const report = await check();
    t.equal(toldOf(report, media), 'fail filtered');
    t.match(ruleOf(report, media).explain, /tcp\/443 and udp\/3478 from source port 3478 there answer: lab is up/);
  });

  await t.test('a translation that does not keep 3478', async (t) => {
    net.firewall('far', '');
    net.firewall(
      'near',
      `table ip sources {
  chain rewrite {
    type nat hook postrouting priority 100;
    udp sport 3478 snat to ${av}:61007
  }
}`,
    );
    const report = await checkStun();
    t.equal(toldOf(report, stun), 'pass answered');
    t.same(
      ruleOf(report, stun).findings.map(({ code }) => code),
      ['source-port-rewritten'],
    );
    net.firewall('near', '');
  });

  await t.test('a live Edge: nothing is taken from it, and nothing is said of the rules', async (t) => {
    const edge = await net.start('near', holder);
    const report = await check();
    t.equal(toldOf(report, media), 'unknown unasked');
    t.match(ruleOf(report, media).explain, /udp\/3478 of 131\.107\.155\.30 is in use on this host/);
    t.equal(toldOf(report, stun), 'unknown unasked');
    t.equal(edge.exitCode, null);
    await net.stop(edge);
  });
});
