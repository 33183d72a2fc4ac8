import type { Command } from './command.ts';

export const command: Command = {
  name: 'probe',
  summary: 'Ask one question of one host, without a site file',
  usage: 'PROBE HOST[:PORT[-PORT]] [flags]',
  words: {
    probe: 'stun, msturn, tls, sip, xmpp, dns, http, tcp or udp',
    host: 'HOST[:PORT[-PORT]]; IPv6 with a port as [ADDRESS]:PORT',
  },
  flags: {
    transport: { describe: 'udp or tcp, where the probe has both' },
    servername: { describe: 'NAME for SNI, for the certificate, for SIP and for XMPP (default: the host)' },
    query: { describe: 'NAME that dns asks for (default: the root)' },
    url: { describe: 'A path on that host, or a whole URL, for http (default: /)' },
    source: { describe: 'ADDRESS[:PORT] to ask from' },
    rate: { describe: 'N: new connections a second of a range; 0 for no limit (default 500)' },
    timeout: { describe: 'The deadline of the question, 250ms to 60s (default 8s)' },
    expect: { describe: 'OUTCOME: exit 1 unless every address gives this one' },
    stats: { describe: 'Say what was sent and what it cost this host, on standard error', isSwitch: true },
    format: { describe: 'table or json (one object a line for each address)' },
  },
  examples: [
    ['probe stun av.contoso.com', 'STUN and MSTURN on udp/3478, every dialect'],
    ['probe msturn av.contoso.com --transport tcp', 'MSTURN alone, behind pseudo-TLS on tcp/443'],
    ['probe tls sip.contoso.com:5061', 'handshake and certificate'],
    ['probe sip sip.contoso.com', 'OPTIONS inside TLS, on tcp/5061'],
    ['probe xmpp 131.107.155.10 --servername contoso.com', 'a stream to a domain, on tcp/5269'],
    ['probe dns 203.0.113.53 --query contoso.com', 'a query over udp/53'],
    ['probe http 203.0.113.80 --url /root.crl', 'fetch a CRL over tcp/80'],
    ['probe tcp 131.107.155.30:50000-59999 --rate 0', 'sweep a range'],
    ['probe udp 131.107.155.30:50000-50099', 'STUN Binding to a range of UDP ports'],
  ],
  run: async (values) => (await import('./probe.ts')).probe(values),
};
