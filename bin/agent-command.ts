import type { Command } from './command.ts';

export const command: Command = {
  name: 'agent',
  summary: 'Ask every row again and again; metrics for Prometheus and a page to look at',
  usage: '--config FILE --vantage V [flags]',
  words: {},
  flags: {
    config: { alias: 'c', describe: 'FILE: the site file' },
    vantage: { describe: 'Where this runs: inside, dmz or outside' },
    place: { describe: 'NAME of this place, a subnet or a node (default: the vantage)' },
    watch: { describe: 'Load the configuration anew when one of its files changes', isSwitch: true },
    'web.listen-address': { describe: 'HOST:PORT to serve at (repeatable; default 127.0.0.1:9763)' },
    'web.config.file': { describe: "FILE with TLS and users, in the format of Prometheus' exporter toolkit" },
    'web.enable-lifecycle': { describe: 'POST /-/reload loads the configuration anew', isSwitch: true },
    'push.textfile': { describe: 'FILE to write the metrics to, for a textfile collector' },
    'push.gateway': { describe: 'URL of a Pushgateway to send the metrics to' },
    'push.interval': { describe: 'Time from one push to the next (default 30s)' },
    'log.level': { describe: 'debug, info, warn or error (default info)' },
    'log.format': { describe: 'json or logfmt (default json), on standard error' },
  },
  examples: [
    ['agent --config site.yaml --vantage dmz', 'serves http://127.0.0.1:9763/'],
    [
      'agent -c site.yaml --vantage outside --web.listen-address 10.0.0.5:9763 \\\n                  --web.config.file web.yaml',
      'reached from elsewhere, with TLS and users',
    ],
  ],
  run: async (values) => (await import('./agent.ts')).agent(values),
};
