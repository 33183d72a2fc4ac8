import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';
import type { Service } from './processes.ts';

/** One prosody: where it speaks XMPP between servers, for which domain and with which certificate. */
export interface XmppServer {
  namespace: string;
  name: string;
  domain: string;
  /** Where it listens on 5269, STARTTLS offered and required. */
  plain: string;
  /** Where it listens on 23456 with TLS from the first byte, asking for a client certificate; null: nowhere. */
  direct: string | null;
  certificate: Certificate;
}

const quoted = (text: string): string => JSON.stringify(text);

// Lua. Prosody refuses to run as root unless told so; in the lab nobody else may bind in a fresh namespace.
const configuration = (server: XmppServer, folder: string): string => `
run_as_root = true
pidfile = ${quoted(join(folder, 'prosody.pid'))}
data_path = ${quoted(folder)}
log = "*console"
modules_enabled = { "tls", "dialback", "saslauth", "disco" }
modules_disabled = { "c2s", "http", "admin_shell" }
s2s_ports = { 5269 }
s2s_interfaces = { ${quoted(server.plain)} }
s2s_direct_tls_ports = { ${server.direct === null ? '' : '23456'} }
s2s_direct_tls_interfaces = { ${quoted(server.direct ?? server.plain)} }
s2s_require_encryption = true
s2s_secure_auth = false
authentication = "internal_hashed"
storage = "memory"
ssl = { certificate = ${quoted(server.certificate.cert)}, key = ${quoted(server.certificate.key)} }
VirtualHost ${quoted(server.domain)}
`;

/** The service that runs a prosody with a configuration and a data folder of its own below `folder`. */
export const prosody = (server: XmppServer, folder: string): Service => {
  const own = join(folder, `prosody-${server.name}`);
  mkdirSync(own, { recursive: true });
  const file = join(own, 'prosody.cfg.lua');
  writeFileSync(file, configuration(server, own));
  const direct = server.direct === null ? [] : [{ transport: 'tcp' as const, address: server.direct, port: 23456 }];
  return {
    namespace: server.namespace,
    argv: ['prosody', '-F', '--config', file],
    listens: [{ transport: 'tcp', address: server.plain, port: 5269 }, ...direct],
  };
};
