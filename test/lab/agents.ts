import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { createAuthority } from './certificates.ts';
import { command, type LabVantage, labVantages, writeSite } from './check-run.ts';
import type { Lab } from './lab.ts';
import type { Monitoring } from './monitoring.ts';
import { type PrometheusWishes, writeAlertmanager, writePrometheus } from './prometheus-files.ts';

/** A line of an agent's log. */
interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** An agent at a vantage, served on the network of the monitoring with TLS and users. */
export interface LabAgent {
  readonly child: ChildProcess;
  readonly log: () => readonly Line[];
  /** Writes another site file and has it loaded. */
  readonly load: (site: string) => void;
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const password = 'lab';
const serverName = 'agent.contoso.internal';

/** Agents in an unhurried lab would take minutes to see what these see in seconds. */
export const hurried = {
  timeouts: { check: '4s' },
  agent: { interval: '3s', sweepInterval: '10s', sweepSample: 8 },
};

/** Starts an agent, as docs/deploy.md has it for one that is scraped from elsewhere. */
export const startAgent = (
  lab: Lab,
  monitoring: Monitoring,
  vantage: LabVantage,
  site: string,
  flags: readonly string[] = [],
): LabAgent => {
  const name = `${vantage}.yaml`;
  const file = writeSite(lab, site, name);
  const child = lab.spawn(
    vantage,
    [
      ...[...command, 'agent', '--config', file, '--vantage', vantage],
      ...['--web.listen-address', `${monitoring.address[vantage]}:9763`],
      ...['--web.config.file', join(lab.folder, 'web.yaml'), ...flags],
    ],
    { PATH: process.env['PATH'] },
  );
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  return {
    child,
    log: () =>
      said
        .slice(0, said.lastIndexOf('\n') + 1)
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : [])),
    load: (text) => {
      writeSite(lab, text, name);
      child.kill('SIGHUP');
    },
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
};

/** What agents and Prometheus need to talk to each other: certificate, users, password. */
export const writeSecrets = (lab: Lab): PrometheusWishes => {
  // Not the lab's own: that one stands in the same folder, and signs what the rows show.
  const own = join(lab.folder, 'agents');
  mkdirSync(own);
  const authority = createAuthority(own, Date.now());
  const { cert, key } = authority.issue([serverName]);
  const passwordFile = join(lab.folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const web = {
    tls_server_config: { cert_file: cert, key_file: key },
    basic_auth_users: { prometheus: hashSync(password, 4) },
  };
  writeFileSync(join(lab.folder, 'web.yaml'), JSON.stringify(web));
  return { ca: authority.ca, passwordFile, serverName };
};

/** The agents of these vantages as targets, with `site` and `vantage` as docs/deploy.md has them. */
export const writeTargets = (
  lab: Lab,
  { address }: Monitoring,
  vantages: readonly LabVantage[] = labVantages,
): void => {
  const targets = vantages.map((vantage) => ({
    targets: [`${address[vantage]}:9763`],
    labels: { site: 'contoso', vantage },
  }));
  writeFileSync(join(lab.folder, 'targets/edgeprobe-contoso.json'), JSON.stringify(targets));
};

/** Starts Prometheus and Alertmanager with our files. */
export const startPrometheus = async (lab: Lab, monitoring: Monitoring, wishes: PrometheusWishes): Promise<void> => {
  const { folder } = lab;
  const file = writePrometheus(folder, wishes);
  writeTargets(lab, monitoring);
  const alertmanager = writeAlertmanager(folder);
  await monitoring.start(
    'alertmanager',
    [
      ...['prometheus-alertmanager', `--config.file=${alertmanager}`, `--storage.path=${folder}/alertmanager`],
      ...['--web.listen-address=127.0.0.1:9093', '--cluster.listen-address='],
    ],
    9093,
  );
  await monitoring.start(
    'prometheus',
    [
      ...['prometheus', `--config.file=${file}`, `--storage.tsdb.path=${folder}/tsdb`],
      ...['--web.listen-address=127.0.0.1:9090', '--rules.alert.resend-delay=1s'],
    ],
    9090,
  );
};
