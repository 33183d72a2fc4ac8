import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { far } from './addresses.ts';
import { must } from './net.ts';
import type { Service } from './processes.ts';
import type { Surroundings } from './servers.ts';

/** The name that the lab's DNS server is asked for, and the address it gives. */
const known = { name: 'sip.contoso.com', address: '131.107.155.10' } as const;

/** Records of a deployment as dnsmasq's options. What it does not know it refuses: nothing is asked of anybody else. */
const records = (domain: string): string[] => [
  `--local=/${domain}/`,
  `--host-record=${known.name},${known.address}`,
  `--host-record=${domain},${known.address}`,
  `--srv-host=_sipfederationtls._tcp.${domain},${known.name},5061`,
  `--srv-host=_sip._tls.${domain},${known.name},443`,
  `--srv-host=_xmpp-server._tcp.${domain},${known.name},5269`,
];

/** dnsmasq, over UDP and TCP, for the domain of the lab. */
export const dnsmasq = ({ namespace }: Surroundings, domain: string): Service => ({
  namespace: namespace('outside'),
  argv: [
    // In this mode it answers TCP itself: a process for each connection would outlive the lab.
    ...['dnsmasq', '--no-daemon', '--log-facility=-', '--conf-file=/dev/null', '--pid-file='],
    ...['--no-resolv', '--no-hosts', '--bind-interfaces', '--except-interface=lo', `--listen-address=${far.dns}`],
    ...records(domain),
  ],
  listens: [
    { transport: 'udp', address: far.dns, port: 53 },
    { transport: 'tcp', address: far.dns, port: 53 },
  ],
});

const configuration = (own: string): string => `
daemon off;
master_process off;
user root;
pid ${own}/pid;
error_log stderr;
events {}
http {
  access_log off;
  types { application/pkix-crl crl; }
  client_body_temp_path ${own}/body;
  proxy_temp_path ${own}/proxy;
  fastcgi_temp_path ${own}/fastcgi;
  uwsgi_temp_path ${own}/uwsgi;
  scgi_temp_path ${own}/scgi;
  server {
    listen ${far.crl}:80;
    root ${own}/www;
  }
}
`;

/** nginx with the CRL of the lab's authority, which lists one certificate, at /lab.crl in DER. */
export const nginx = ({ namespace, authority, folder }: Surroundings): Service => {
  const own = join(folder, 'nginx');
  mkdirSync(join(own, 'www'), { recursive: true });
  writeFileSync(join(own, 'nginx.conf'), configuration(own));
  const ca = ['openssl', 'ca', '-config', join(folder, 'openssl.cnf'), '-md', 'sha256'];
  must([...ca, '-revoke', authority.issue(['revoked.contoso.com']).cert]);
  must([...ca, '-gencrl', '-crldays', '7', '-out', join(own, 'crl.pem')]);
  must(['openssl', 'crl', '-in', join(own, 'crl.pem'), '-outform', 'DER', '-out', join(own, 'www', 'lab.crl')]);
  return {
    namespace: namespace('outside'),
    argv: ['nginx', '-p', own, '-e', 'stderr', '-c', join(own, 'nginx.conf')],
    listens: [{ transport: 'tcp', address: far.crl, port: 80 }],
  };
};
