import { outcomes } from '../probes/observation.ts';

/** One metric: everything that is said of it, wherever it is written. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

const ofVantage = ['site', 'vantage', 'place'] as const;

/** The labels of everything that belongs to one check. */
export const ofCheck = [...ofVantage, 'pack', 'rule', 'endpoint', 'target', 'source'] as const;

const cached = 'Results are kept from one check to the next: rule_last_check_timestamp_seconds says how old they are.';

const gauge = (name: string, help: string, labels: readonly string[]): Metric => ({
  ...{ name: `edgeprobe_${name}`, help, labels },
  type: 'gauge',
});
const counter = (name: string, help: string, labels: readonly string[]): Metric => ({
  ...{ name: `edgeprobe_${name}`, help, labels },
  type: 'counter',
});

export const verdictStates = ['pass', 'fail', 'unknown', 'skipped'] as const;
export const outcomeStates = outcomes;

/** Upper bounds of round trips, in seconds. An answer to a repeated request comes just after 0.5, 1.5 or 3.5 s. */
export const roundTripBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.45, 0.6, 1, 1.45, 1.8, 3.45, 4, 7.45, 8];

/** Every metric, by the name it has in code. */
export const metrics = {
  verdict: gauge(
    'rule_verdict',
    `The opinion on the last result of a check: 1 for the verdict it has, 0 for the others. Alert on this. ${cached}`,
    [...ofCheck, 'verdict'],
  ),
  reachable: gauge(
    'rule_reachable',
    `Whether the last check got through (1) or not (0), whatever was expected; absent while that is unknown. ${cached}`,
    ofCheck,
  ),
  outcome: gauge(
    'rule_outcome',
    `What happened in the last check: 1 for the outcome it had, 0 for the others. ${cached}`,
    [...ofCheck, 'outcome'],
  ),
  info: gauge('rule_info', 'Always 1: the row that a check belongs to, and what is expected of it.', [
    ...ofCheck,
    ...['table', 'role', 'protocol', 'security', 'transport', 'ports', 'from', 'to', 'expect'],
  ]),
  lastCheck: gauge('rule_last_check_timestamp_seconds', 'When the last check with a result began.', ofCheck),
  interval: gauge('rule_interval_seconds', 'Seconds from one check to the next, as configured.', ofCheck),
  duration: gauge('check_duration_seconds', `How long the last check took. ${cached}`, ofCheck),
  checks: counter('checks_total', 'Checks by outcome: also those between two scrapes are counted.', [
    ...ofCheck,
    'outcome',
  ]),
  roundTrip: {
    name: 'edgeprobe_stun_round_trip_seconds',
    type: 'histogram',
    help: 'From the first sending of the request that was answered to its answer: a repeated one shows as 0.5 s or more.',
    labels: ofCheck,
  },
  sweepPorts: gauge('sweep_ports', `Ports of a range by outcome, of those that the last sweep asked. ${cached}`, [
    ...ofCheck,
    'outcome',
  ]),
  certificateEnd: gauge(
    'tls_certificate_not_after_timestamp_seconds',
    `When the certificate that was shown last ends. ${cached}`,
    ofCheck,
  ),
  tls: gauge(
    'tls_info',
    `Always 1: protocol version and cipher of the last handshake, and whether a client certificate was requested. ${cached}`,
    [...ofCheck, 'version', 'cipher', 'client_certificate'],
  ),
  crlNextUpdate: gauge(
    'crl_next_update_timestamp_seconds',
    `When the revocation list that was fetched last runs out. ${cached}`,
    ofCheck,
  ),
  stunRequests: counter(
    'stun_requests_total',
    'STUN and MSTURN requests sent over UDP, repetitions included. A dialect that a server does not speak is never answered.',
    [...ofCheck, 'dialect'],
  ),
  stunResponses: counter('stun_responses_total', 'STUN and MSTURN requests over UDP that were answered.', [
    ...ofCheck,
    'dialect',
  ]),
  mappedAddress: gauge('stun_mapped_address_info', `Always 1: our address as the server last saw it. ${cached}`, [
    ...ofCheck,
    'address',
  ]),
  serverVersion: gauge('msturn_server_info', `Always 1: the MS-Version of the server. ${cached}`, [
    ...ofCheck,
    'version',
  ]),
  finding: gauge(
    'finding_info',
    '1 while a diagnosis holds. Without rule and endpoint it is about the vantage as a whole.',
    [...ofCheck, 'code', 'severity'],
  ),
  control: gauge(
    'vantage_control_reachable',
    'Whether a host that must answer from this vantage did. 0: this agent is blind, its silence says nothing.',
    [...ofVantage, 'control'],
  ),
  reloadSuccessful: gauge(
    'config_last_reload_successful',
    'Whether the last attempt to load the configuration succeeded. 0: the one before is in force.',
    [],
  ),
  reloadTime: gauge('config_last_reload_success_timestamp_seconds', 'When the configuration in force was loaded.', []),
  build: gauge('build_info', 'Always 1: the version of edgeprobe.', ['version']),
  processCpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'User and system CPU time spent, in seconds.',
    labels: [],
  },
  processMemory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory, in bytes.',
    labels: [],
  },
  processFiles: {
    name: 'process_open_fds',
    type: 'gauge',
    help: 'Open file descriptors. Only where the system tells.',
    labels: [],
  },
  processStart: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process started.',
    labels: [],
  },
} as const satisfies Record<string, Metric>;

export type MetricKey = keyof typeof metrics;

/** Labels with their values. */
export type Labels = Readonly<Record<string, string>>;

/** One value of one series. */
export interface Sample {
  readonly metric: MetricKey;
  readonly labels: Labels;
  /** Further labels, in one object for all series of a check: they are made and written once. */
  readonly shared?: Labels;
  readonly value: number;
}

/** A sample whose labels stand in two parts. */
export interface Series extends Sample {
  readonly shared: Labels;
}

export const noLabels: Labels = {};
