import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemLinks } from '../agent/links.ts';
import { createLog, logChange } from '../agent/log.ts';
import { createAgentMetrics } from '../agent/metric-agent.ts';
import { createPage } from '../agent/page.ts';
import { pushRegularly } from '../agent/push.ts';
import { writeTextfile } from '../agent/push-file.ts';
import { gatewayTarget } from '../agent/push-gateway.ts';
import { systemDns, systemResolver } from '../agent/resolve.ts';
import { createHandler } from '../agent/serve.ts';
import { createEvents } from '../agent/serve-events.ts';
import { type ListenAddress, type Listener, listenHttp } from '../agent/serve-listen.ts';
import { reportText } from '../agent/serve-report.ts';
import { createWatch } from '../agent/watch.ts';
import { createReloader } from '../agent/watch-reload.ts';
import { openWebConfig, watchWebConfig } from '../agent/web-config.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { systemWorld } from '../probes/world.ts';
import { readAgentFlags } from './agent-flags.ts';
import { loadConfiguration } from './agent-load.ts';
import type { Values } from './command.ts';
import { hostFence } from './fence.ts';
import { interruptible, resolverUntil } from './signals.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

const spelled = ({ host, port }: ListenAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const cannotListen = (at: ListenAddress, error: unknown): UsageError => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'somebody listens there already',
    EADDRNOTAVAIL: 'this host does not own that address',
    EACCES: 'this user may not listen there',
  };
  return new UsageError(
    `cannot listen at ${spelled(at)}: ${reasons[code] ?? message}`,
    'Give another with --web.listen-address.',
  );
};

/** A process that is told to end has this long; then whatever still keeps it is left behind. In milliseconds. */
const endWithin = 2000;

/** `edgeprobe agent`: asks until it is told to end; resolves to the exit code. */
export const agent = async (values: Values): Promise<number> => {
  const startedAt = new Date();
  const flags = readAgentFlags(values);
  const interrupt = interruptible();
  const { signal } = interrupt;
  const fence = await hostFence(({ file, problem }) => {
    if (problem === null) log.warn('the fence of this host changed, and holds as it is now', { file });
    else log.error('the fence of this host cannot be relied on, nothing is dialled', { problem });
  });
  const world = systemWorld(signal, fence);
  const { clock } = world;
  const log = createLog(
    flags.level,
    flags.format,
    () => clock.now(),
    (line) => process.stderr.write(line),
  );
  const fault = (error: unknown): void =>
    log.error('a fault in edgeprobe itself, please report it', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  const load = () => loadConfiguration(values, world, (warning) => log.warn('site file', { warning }));
  const first = await load();
  const webConfig =
    flags.webConfig === null
      ? () => openWebConfig
      : watchWebConfig(
          flags.webConfig,
          readTextFile,
          ({ message: problem }) =>
            log.error('web configuration not loaded, the one before stays in force', { problem }),
          () => log.info('web configuration loaded', {}),
        );

  const events = createEvents(clock);
  const identity = { id: randomUUID(), host: hostname(), platform: process.platform, note: null, version: version() };
  const watch = createWatch({
    ...{ clock, signal, identity, fault },
    resolver: resolverUntil(signal, systemResolver),
    dns: systemDns,
    links: systemLinks(),
    published: (view, changes, news) => {
      metrics.count(view, news);
      for (const change of changes) logChange(log, change);
      events.add(changes);
    },
  });
  const reloader = createReloader({ load, adopt: watch.adopt, first, clock, log });
  const { report, view, ready } = watch;
  const metrics = createAgentMetrics({ report, view, reloads: reloader.state, version: version(), startedAt });
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const reload = (why: string) => begun.then(() => reloader.reload(why));
  // Before anybody can know of us: whoever reads "listening" may send a signal at once.
  const onHangup = (): void => void reload('SIGHUP');
  if (process.platform !== 'win32') process.on('SIGHUP', onHangup);
  const handler = createHandler(
    {
      page: createPage({ watch, changes: events.recent, clock, version: version() }),
      metrics: metrics.scrape,
      report: reportText(watch, events.recent),
      reload: flags.lifecycle ? () => reload('HTTP') : null,
      ...{ ready, events, fault, config: webConfig },
    },
    world,
  );
  const listeners: Listener[] = [];
  const complain = (error: Error): void => log.error('certificate not used', { problem: error.message });
  for (const at of flags.addresses) {
    const listener = await listenHttp(at, () => webConfig().tls, handler, complain).catch((error: unknown) => {
      throw cannotListen(at, error);
    });
    listeners.push(listener);
    const { tls, users } = webConfig();
    if (tls === null && users.size === 0 && !/^(127\.|::1$|localhost$)/.test(at.host)) {
      log.warn('everybody who reaches this address may read everything: give --web.config.file', {
        address: spelled(at),
      });
    }
    log.info('listening', { address: spelled({ ...at, port: listener.port }), tls: tls !== null });
  }

  const { plan } = first.configuration;
  log.info('agent started', { site: plan.site.name, vantage: plan.vantage, place: plan.place, version: version() });
  void watch.adopt(first.configuration).then(begin);
  const ends: (() => void)[] = [watch.stop, events.close];
  if (flags.watch) ends.push(reloader.watchFiles());
  const scrape = async (): Promise<string> => (await metrics.scrape(false)).body;
  const { textfile, gateway, pushInterval } = flags;
  if (textfile !== null) {
    const push = async (): Promise<void> => writeTextfile(textfile, await scrape());
    ends.push(pushRegularly({ name: textfile, push }, pushInterval, clock, log));
  }
  if (gateway !== null) {
    const route = { resolver: resolverUntil(signal, systemResolver), fence: world.fence };
    const grouping = { site: plan.site.name, vantage: plan.vantage, place: plan.place };
    ends.push(
      pushRegularly(gatewayTarget(gateway, grouping, metrics.registry, scrape, route), pushInterval, clock, log),
    );
  }

  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
  log.info('agent ends', { signal: interrupt.exitCode() === 143 ? 'SIGTERM' : 'SIGINT' });
  for (const end of ends) end();
  const code = interrupt.exitCode() === 143 ? 0 : 130;
  // A name server that never answers must not keep us.
  setTimeout(() => process.exit(code), endWithin).unref();
  await Promise.all(listeners.map((listener) => listener.close()));
  process.off('SIGHUP', onHangup);
  interrupt.release();
  return code;
};
