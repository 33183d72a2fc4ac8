import { Pushgateway, type Registry } from 'prom-client';
import type { PushTarget } from './push.ts';

/** Seconds that a gateway gets for its answer. */
const patience = 5;

/** A URL without user and password: for logs. */
const withoutPassword = (url: URL): string => {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
};

/**
 * A Pushgateway as the place to push to. What was pushed before by the same site, vantage and place is replaced.
 * @param refresh brings the registry up to date
 */
export const gatewayTarget = (
  url: URL,
  grouping: Readonly<Record<string, string>>,
  registry: Registry,
  refresh: () => Promise<unknown>,
): PushTarget => {
  const headers = { 'Content-Type': registry.contentType };
  const gateway = new Pushgateway(url.href.replace(/\/$/, ''), { timeout: patience * 1000, headers }, registry);
  return {
    name: withoutPassword(url),
    push: async () => {
      await refresh();
      const { resp } = await gateway.push({ jobName: 'edgeprobe', groupings: { ...grouping } });
      const status = (resp as { statusCode?: number } | undefined)?.statusCode ?? 0;
      if (status >= 300) throw new Error(`the gateway answered ${status}`);
    },
  };
};
