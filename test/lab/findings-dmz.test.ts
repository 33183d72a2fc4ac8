import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import type { Finding } from '../../agent/findings.ts';
import type { Report } from '../../agent/report.ts';
import { needing } from '../require.ts';
import { far } from './addresses.ts';
import { check, command, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { must } from './net.ts';

t.setTimeout(900_000);

interface SiteShape {
  readonly servers: Record<string, Record<string, Record<string, unknown>>>;
  readonly far: Record<string, Record<string, unknown>>;
}

/** The lab's site file with something of it changed. */
const siteWith = (lab: Lab, name: string, change: (site: SiteShape) => void): string => {
  const site = parse(lab.site({ timeouts: { check: '2s' } })) as SiteShape;
  change(site);
  return writeSite(lab, stringify(site), name);
};

const findings = (report: Report | null): Finding[] => [
  ...(report?.findings ?? []),
  ...(report?.rules ?? []).flatMap((rule) => rule.findings),
];

const has = (t: Test, report: Report | null, code: string, message: RegExp): void => {
  const found = findings(report).filter((one) => one.code === code);
  t.match(
    found[0]?.message,
    message,
    `${code} among ${findings(report)
      .map((one) => one.code)
      .join(', ')}`,
  );
};

const crl = 'external-http-tcp-80-out';
const sip = 'external-sip-tcp-5061-out';
const dns = 'external-dns-udp-53-out';

/** Signs a list with the lab's CA and puts it where nginx finds it. */
const publish = (lab: Lab, name: string, ...how: string[]): void => {
  const pem = join(lab.folder, `${name}.pem`);
  must(['openssl', 'ca', '-config', join(lab.folder, 'openssl.cnf'), '-md', 'sha256', '-gencrl', ...how, '-out', pem]);
  must(['openssl', 'crl', '-in', pem, '-outform', 'DER', '-out', join(lab.folder, 'nginx/www', name)]);
};

t.test('seen from the Edge', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const ask = async (file: string, ...rules: string[]): Promise<Report | null> =>
    (await check(lab, 'dmz', file, [...rules.flatMap((rule) => ['--rule', rule]), '--format', 'json'])).report;
  const list = (name: string): string =>
    siteWith(lab, `${name}.yaml`, (site) => Object.assign(site.far['crl'] ?? {}, { url: `http://${far.crl}/${name}` }));

  await t.test('a site that is as it should be has no findings', async (t) => {
    const report = await ask(
      siteWith(lab, 'good.yaml', () => undefined),
      crl,
      dns,
    );
    t.same(findings(report), []);
    t.same(
      report?.rules.map(({ verdict }) => verdict),
      ['pass', 'pass'],
    );
  });

  await t.test('revocation lists: not there, no list, too old', async (t) => {
    has(t, await ask(list('missing.crl'), crl), 'crl-unreachable', /missing\.crl: the server says 404$/);
    must(['cp', join(lab.folder, 'openssl.cnf'), join(lab.folder, 'nginx/www/text.crl')]);
    has(t, await ask(list('text.crl'), crl), 'crl-unreachable', /what came is no list/);
    publish(lab, 'old.crl', '-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200201000000Z');
    has(t, await ask(list('old.crl'), crl), 'crl-stale', /was due 2020-02-01 00:00 UTC$/);
    lab.remove(lab.sameFlow(crl));
    has(t, await ask(list('lab.crl'), crl), 'crl-unreachable', /it is filtered$/);
    lab.restore();
  });

  await t.test('a partner whose certificate is on the list that was fetched beside it', async (t) => {
    must([
      ...['openssl', 'ca', '-config', join(lab.folder, 'openssl.cnf'), '-md', 'sha256'],
      ...['-revoke', join(lab.folder, 'sip.litware.com-good.pem')],
    ]);
    publish(lab, 'revoked.crl', '-crldays', '7');
    has(
      t,
      await ask(list('revoked.crl'), crl, sip),
      'certificate-revoked',
      /^sip\.litware\.com, serial number [0-9A-F]+, is on/,
    );
  });

  await t.test('names that lead elsewhere, and service records that are missing', async (t) => {
    const file = siteWith(lab, 'names.yaml', ({ servers }) => {
      Object.assign(servers['edge1']?.['access-edge'] ?? {}, {
        fqdn: 'edge.contoso.com',
        xmppDomain: 'chat.contoso.com',
      });
      Object.assign(servers['edge1']?.['webconf-edge'] ?? {}, { fqdn: 'sip.contoso.com' });
    });
    const report = await ask(file, dns);
    has(t, report, 'dns-split', /^resolver says 131\.107\.155\.10; the site file says 131\.107\.155\.20$/);
    t.same(
      report?.findings
        .filter(({ code }) => code === 'srv-missing')
        .map(({ target, message }) => `${target}: ${message}`),
      [
        '_sipfederationtls._tcp.contoso.com: resolver says sip.contoso.com port 5061; needed is edge.contoso.com port 5061',
        '_sip._tls.contoso.com: resolver says sip.contoso.com port 443; needed is edge.contoso.com port 443',
        '_xmpp-server._tcp.chat.contoso.com: resolver knows no such record',
      ],
    );
  });

  /** The findings of the runs at both sides of the external firewall, put together. */
  const reported = async (...ids: string[]): Promise<readonly Finding[]> => {
    const rules = ids.flatMap((id) => ['--rule', id]);
    const site = writeSite(lab, lab.site({ timeouts: { check: '2s' } }), 'both.yaml');
    const files = await Promise.all(
      (['outside', 'dmz'] as const).map(async (vantage) => {
        const file = join(lab.folder, `${vantage}.json`);
        const { stderr } = await check(lab, vantage, site, [...rules, '--output', `json=${file}`]);
        t.equal(stderr, '', vantage);
        return file;
      }),
    );
    const { stdout, stderr } = await lab.run('inside', [...command, 'report', ...files, '--format', 'json']);
    t.equal(stderr, '');
    return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
  };

  await t.test('XMPP in one direction only, as the runs of both sides tell together', async (t) => {
    const out = 'xmpp-xmpp-tcp-5269-out';
    t.notOk((await reported('xmpp-xmpp-tcp-5269-*')).some(({ code }) => code === 'xmpp-one-way'));
    lab.remove(lab.sameFlow(out));
    const found = (await reported('xmpp-xmpp-tcp-5269-*')).find(({ code }) => code === 'xmpp-one-way');
    t.equal(found?.message, 'partners reach us, and our streams do not reach them (filtered)');
    lab.restore();
  });

  await t.test('TLS inspection: outside is shown the certificate of a proxy', async (t) => {
    const rows = ['external-sip-tcp-443-in', 'external-dns-udp-53-out'];
    t.notOk(
      (await reported(...rows)).some(({ code }) => code === 'tls-inspection'),
      'the same certificate for all',
    );
    const [key, cert] = [join(lab.folder, 'proxy.key'), join(lab.folder, 'proxy.pem')];
    const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '90'];
    must([
      'openssl',
      'req',
      '-x509',
      '-subj',
      '/CN=Inspecting Proxy',
      '-addext',
      'subjectAltName=DNS:sip.contoso.com',
      ...made,
    ]);
    const proxy = lab.spawn('dmz', [
      ...['openssl', 's_server', '-quiet', '-accept', '131.107.155.10:8443', '-key', key, '-cert', cert],
    ]);
    await lab.run('dmz', ['sh', '-c', 'until ss -Hltn | grep -q ":8443 "; do sleep 0.1; done']);
    const taken = 'iifname "ext" ip daddr 131.107.155.10 tcp dport 443 dnat ip to 131.107.155.10:8443';
    const chain = `chain in { type nat hook prerouting priority -100; ${taken}; }`;
    const table = `table inet trouble {\n${chain}\n}\n`;
    t.equal((await lab.run('dmz', ['nft', '-f', '-'], undefined, table)).stderr, '');
    const found = (await reported(...rows)).find(({ code }) => code === 'tls-inspection');
    t.match(found, { severity: 'error', message: /outside is shown one issued by CN=Inspecting Proxy/ });
    proxy.kill();
  });
});
