import { parseDuration } from '../agent/duration.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../agent/log.ts';
import type { ListenAddress } from '../agent/serve-listen.ts';
import { isOn, oneOf, text, texts, type Values } from './command.ts';
import { quoted, UsageError } from './usage-error.ts';

/** What the flags of `edgeprobe agent` say beside site and vantage. */
export interface AgentFlags {
  readonly addresses: readonly ListenAddress[];
  readonly webConfig: string | null;
  readonly lifecycle: boolean;
  readonly watch: boolean;
  readonly textfile: string | null;
  readonly gateway: URL | null;
  /** Seconds. */
  readonly pushInterval: number;
  readonly level: LogLevel;
  readonly format: LogFormat;
}

const readAddress = (given: string): ListenAddress => {
  const [, literal, host = '', port] = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:\s]*)):(\d{1,5})$/.exec(given) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new UsageError(
      `--web.listen-address ${quoted(given)} is not HOST:PORT`,
      'For example 127.0.0.1:9763, [::1]:9763, or :9763 for every address of this host.',
    );
  }
  return { host: literal ?? host, port: Number(port) };
};

const readGateway = (given: string): URL => {
  try {
    const url = new URL(given);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch {
    // Said below.
  }
  throw new UsageError('--push.gateway is not an http or https URL', 'For example http://pushgateway.contoso.com:9091');
};

const readInterval = (given: string): number => {
  try {
    const seconds = parseDuration(given);
    if (seconds >= 1 && seconds <= 86_400) return seconds;
  } catch (error) {
    throw new UsageError(`--push.interval: ${(error as Error).message}`);
  }
  throw new UsageError(`--push.interval ${quoted(given)} is not between 1s and 1d`);
};

/** Reads the flags of `edgeprobe agent`. Throws UsageError. */
export const readAgentFlags = (values: Values): AgentFlags => {
  const given = texts(values, 'web.listen-address');
  const gateway = text(values, 'push.gateway');
  return {
    addresses: given.length > 0 ? given.map(readAddress) : [{ host: '127.0.0.1', port: 9763 }],
    webConfig: text(values, 'web.config.file'),
    lifecycle: isOn(values, 'web.enable-lifecycle'),
    watch: isOn(values, 'watch'),
    textfile: text(values, 'push.textfile'),
    gateway: gateway === null ? null : readGateway(gateway),
    pushInterval: readInterval(text(values, 'push.interval') ?? '30s'),
    level: oneOf(text(values, 'log.level') ?? 'info', logLevels, 'log level'),
    format: oneOf(text(values, 'log.format') ?? 'json', logFormats, 'log format'),
  };
};
