import type { Command } from './command.ts';

export const command: Command = {
  name: 'probe <probe> <host>',
  summary: 'Ask one question of one host, without a site file',
  configure: (argv) =>
    argv
      .positional('probe', { type: 'string', describe: 'stun, tls, xmpp, dns, http or tcp' })
      .positional('host', { type: 'string', describe: 'host[:port[-port]]' })
      .option('transport', { type: 'string', requiresArg: true, describe: 'udp or tcp, where the probe has both' })
      .option('servername', { type: 'string', requiresArg: true, describe: 'Name for SNI and for XMPP' })
      .option('query', { type: 'string', requiresArg: true, describe: 'dns: the name to ask for (default: the root)' })
      .option('url', { type: 'string', requiresArg: true, describe: 'http: a path on that host, or a whole URL' })
      .option('source', { type: 'string', requiresArg: true, describe: 'address[:port] to ask from' })
      .option('rate', { type: 'string', requiresArg: true, describe: 'New connections a second, 0 for no limit' })
      .option('timeout', { type: 'string', requiresArg: true, describe: 'Deadline of the question (default 8s)' })
      .option('expect', { type: 'string', requiresArg: true, describe: 'Exit 1 unless this is the outcome' })
      .option('format', { type: 'string', requiresArg: true, describe: 'table or json' })
      .example('$0 probe stun av.contoso.com', 'STUN and MSTURN on udp/3478')
      .example('$0 probe tls sip.contoso.com:5061', 'handshake and certificate')
      .example('$0 probe dns 203.0.113.53 --query contoso.com', 'a query over udp/53')
      .example('$0 probe http 203.0.113.80 --url /root.crl', 'fetch a CRL over tcp/80')
      .example('$0 probe tcp 131.107.155.30:50000-59999 --rate 0', 'sweep a range'),
  run: async (values) => (await import('./probe.ts')).probe(values),
};
