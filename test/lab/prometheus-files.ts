import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { repository } from '../sources.ts';

const read = (name: string): string => readFileSync(path.join(repository, 'dashboards/prometheus', name), 'utf8');

/** Milliseconds that stand for a minute of ours. */
const minute = 400;

const inMinutes = (seconds: string): string => `${Number(seconds) * minute}ms`;

/** A stale result is one of twenty seconds here, not of five minutes. */
export const staleSooner = (text: string): string => text.replace(', 300)', ', 20)');

/** Our rules, faster: what holds for minutes holds for moments. */
const faster = (text: string): string =>
  staleSooner(text)
    .replace(/^( +)interval: \S+$/gm, '$1interval: 1s')
    .replace(/^( +)for: (\d+)m$/gm, (_line, indent: string, minutes: string) => `${indent}for: ${inMinutes(minutes)}`);

/** What the lab needs to know beside our own files. */
export interface PrometheusWishes {
  readonly ca: string;
  readonly passwordFile: string;
  /** A name in the agents' certificate: they are scraped by their addresses. */
  readonly serverName: string;
}

/** Seconds between two scrapes. */
const scrapeEvery = 3;

/**
 * A Prometheus configuration: our scrape.yaml with the lines for TLS and users switched on as its comment says, and
 * nothing changed but times and file names. Rules stand in `rules/` beside it, targets in `targets/`.
 */
export const writePrometheus = (folder: string, { ca, passwordFile, serverName }: PrometheusWishes): string => {
  for (const name of ['rules', 'targets']) mkdirSync(path.join(folder, name), { recursive: true });
  for (const name of ['alerts.yaml', 'recording.yaml'])
    writeFileSync(path.join(folder, 'rules', name), faster(read(name)));
  const text = read('scrape.yaml')
    .replace(/^ {4}# ((scheme|tls_config|basic_auth): )/gm, '    $1')
    .replace('edgeprobe-ca.pem', `${ca}, server_name: ${serverName}`)
    .replace('password_file: edgeprobe-password', `password_file: ${passwordFile}`)
    .replace('scrape_interval: 30s', `scrape_interval: ${scrapeEvery}s`)
    .replace('scrape_timeout: 10s', `scrape_timeout: ${scrapeEvery}s`)
    .replace('refresh_interval: 1m', 'refresh_interval: 1s');
  const around = {
    global: { evaluation_interval: '1s' },
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] },
  };
  const file = path.join(folder, 'prometheus.yml');
  writeFileSync(file, `${stringify(around)}\n${text}`);
  return file;
};

/** Our Alertmanager, its inhibition appended as its comment says, that waits for nothing. */
export const writeAlertmanager = (folder: string): string => {
  const text = (read('alertmanager.yaml') + read('alertmanager-inhibition.yaml'))
    .replace('group_wait: 30s', 'group_wait: 0s')
    .replace('group_interval: 5m', 'group_interval: 1s');
  const file = path.join(folder, 'alertmanager.yml');
  writeFileSync(file, text);
  return file;
};

/** An alerting or recording rule of ours. */
export interface OurRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Every rule of our files, in their order. */
export const ourRules = (): OurRule[] =>
  ['alerts.yaml', 'recording.yaml'].flatMap((name) =>
    (parse(read(name)) as { groups: { rules: OurRule[] }[] }).groups.flatMap(({ rules }) => rules),
  );
