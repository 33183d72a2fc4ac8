import { setTimeout as sleep } from 'node:timers/promises';
import type { Monitoring, Told } from './monitoring.ts';

/** A series of a result; of a range query its last value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

const prometheus = 'http://127.0.0.1:9090';

const data = async <T>(monitoring: Monitoring, path: string, words: Readonly<Record<string, string>>): Promise<T> => {
  const { status, body } = await monitoring.http(`${prometheus}${path}?${new URLSearchParams(words)}`);
  if (status !== 200) throw new Error(`${path} ${JSON.stringify(words)}: ${status} ${body}`);
  return (JSON.parse(body) as { data: T }).data;
};

const seriesOf = (result: readonly Result[]): Series[] =>
  result.map(({ metric, value, values }) => ({ metric, value: Number((value ?? values?.at(-1))?.[1]) }));

/** What an expression gives now. Throws for one that Prometheus does not understand. */
export const query = async (monitoring: Monitoring, expr: string): Promise<Series[]> =>
  seriesOf((await data<{ result: readonly Result[] }>(monitoring, '/api/v1/query', { query: expr })).result);

/** What it gives over the last seconds, a value each second. */
export const queryRange = async (monitoring: Monitoring, expr: string, seconds: number): Promise<Series[]> => {
  const end = Date.now() / 1000;
  const words = { query: expr, start: String(end - seconds), end: String(end), step: '1' };
  return seriesOf((await data<{ result: readonly Result[] }>(monitoring, '/api/v1/query_range', words)).result);
};

/** The values of a label among these series. */
export const labelValues = (monitoring: Monitoring, label: string, match: string): Promise<string[]> =>
  data<string[]>(monitoring, `/api/v1/label/${label}/values`, { 'match[]': match });

const holds = (labels: Told['labels'], wanted: Told['labels']): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** What was told since a mark of alerts with these labels, in order. */
export const toldOf = ({ told }: Monitoring, since: number, wanted: Told['labels']): Told[] =>
  told.slice(since).filter(({ labels }) => holds(labels, wanted));

/** Alerts that Alertmanager has now, with what holds them back. */
export const alertsNow = async (
  monitoring: Monitoring,
  wanted: Told['labels'],
): Promise<{ readonly labels: Told['labels']; readonly state: string; readonly inhibitedBy: readonly string[] }[]> => {
  const { body } = await monitoring.http('http://127.0.0.1:9093/api/v2/alerts');
  const all = JSON.parse(body) as {
    labels: Told['labels'];
    status: { state: string; inhibitedBy: readonly string[] };
  }[];
  return all.filter(({ labels }) => holds(labels, wanted)).map(({ labels, status }) => ({ labels, ...status }));
};

/** Milliseconds until a wait is in vain: many times what any of them takes on a machine with nothing else to do. */
const patience = 90_000;

/** Waits until something holds. Throws with `what` after a while, and with what `otherwise` says. */
export const until = async (
  what: string,
  holdsNow: () => Promise<boolean> | boolean,
  otherwise: () => Promise<string> | string = () => '',
): Promise<void> => {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    if (await holdsNow()) return;
    await sleep(200);
  }
  throw new Error(`waited in vain: ${what}\n${await otherwise()}`);
};
