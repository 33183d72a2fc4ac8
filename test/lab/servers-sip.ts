import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import type { Listening, Service } from './processes.ts';

/** One kamailio: where it speaks SIP over TLS, and as whom. */
export interface SipServer {
  namespace: string;
  at: Listening;
  certificate: Certificate;
  /** Path of the CA whose client certificates it insists on; null: it asks for none. */
  clientCa: string | null;
  /** Versions of TLS, in kamailio's words, such as `TLSv1.2`, or `TLSv1.2+` (the default). */
  versions?: string;
}

const quoted = (text: string): string => JSON.stringify(text);

// Without `mpath` kamailio looks where it was installed. OPTIONS gets 200, as from a Lync Mediation Server.
const configuration = ({ at, certificate, clientCa, versions = 'TLSv1.2+' }: SipServer): string => `#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
disable_tcp=no
enable_tls=yes
auto_aliases=no
dns=no
rev_dns=no
listen=tls:${at.address}:${at.port}
loadmodule "tls.so"
loadmodule "sl.so"
loadmodule "textops.so"
modparam("tls", "tls_method", ${quoted(versions)})
modparam("tls", "certificate", ${quoted(certificate.cert)})
modparam("tls", "private_key", ${quoted(certificate.key)})
modparam("tls", "verify_certificate", ${clientCa === null ? 0 : 1})
modparam("tls", "require_certificate", ${clientCa === null ? 0 : 1})
${clientCa === null ? '' : `modparam("tls", "ca_list", ${quoted(clientCa)})`}
request_route {
  if (method == "OPTIONS") { sl_send_reply("200", "OK"); exit; }
  sl_send_reply("405", "Method Not Allowed");
}
`;

/** What a kamailio of ours needs beyond Node. */
export const kamailioNeeds = ['root', 'kamailio', 'unshare'] as const;

/** The command of a kamailio with a configuration and a folder of its own below `folder`. */
export const kamailioArgv = (server: SipServer, folder: string): string[] => {
  const own = join(folder, `kamailio-${server.at.address}-${server.at.port}`);
  mkdirSync(own, { recursive: true });
  const file = join(own, 'kamailio.cfg');
  writeFileSync(file, configuration(server));
  // Kamailio is several processes. In a pid namespace of their own they all end with the first, whatever ends that.
  const together = ['unshare', '--pid', '--fork', '--kill-child'];
  const memory = ['-m', '32', '-M', '4'];
  return [...together, 'kamailio', '-DD', '-E', '-f', file, '-w', own, '-Y', own, ...memory];
};

/** The service that runs it. */
export const kamailio = (server: SipServer, folder: string): Service => ({
  namespace: server.namespace,
  argv: kamailioArgv(server, folder),
  listens: [server.at],
});
