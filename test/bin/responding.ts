import type { ChildProcess } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Report, ReportCheck } from '../../agent/report.ts';
import { ownLoopback } from '../loopback.ts';
import { until } from '../until.ts';
import { type Ended, edgeprobe, start } from './command.ts';

const ports = (map: Readonly<Record<string, number | string>>): string => JSON.stringify(map);

const accessPorts = { '5269': 21269, '443': 21443, '5061': 21061, '53': 21053, '80': 21080 };
const internalPorts = {
  ...{ '443': 24443, '3478': 24478, '5061': 24061, '5062': 24062, '8057': 24057, '4443': 24444, '23456': 24456 },
  ...{ '50001': 24501, '50002': 24502, '50003': 24503 },
};
const farPorts = {
  ...{ '5269': 23269, '443': 23443, '5061': 23061, '53': 23053, '80': 23080, '3478': 23478 },
  '50000-59999': '23500-23531',
};

/** Everybody asks from the same address as everybody answers at. */
const bind = (...froms: string[]): string =>
  JSON.stringify({ bind: Object.fromEntries(['any', ...froms].map((from) => [from, ownLoopback])) });

/** A whole site on loopback; on the Edge three services share one address and one port 443. */
export const site = `
site: lab
packs: [lync2013-edge-public]
features: all
servers:
  edge1:
    access-edge: { address: ${ownLoopback}, fqdn: sip.contoso.example, sipDomain: contoso.example, xmppDomain: contoso.example, responder: true, ports: ${ports(accessPorts)} }
    webconf-edge: { address: ${ownLoopback}, fqdn: webcon.contoso.example, responder: true, ports: { "443": 21443 } }
    av-edge: { address: ${ownLoopback}, responder: true, ports: { "443": 21443, "3478": 21478, "50000-59999": "22000-22031" } }
    edge-internal: { address: ${ownLoopback}, fqdn: edge1.corp.contoso.example, responder: true, ports: ${ports(internalPorts)} }
  fe1: { front-end: { address: ${ownLoopback}, fqdn: fe1.corp.contoso.example, responder: true, ports: { "5061": 25061 } } }
absent: [director]
far:
  lab: { address: ${ownLoopback}, responder: true, fqdn: sip.litware.example, xmppDomain: litware.example, sipDomain: litware.example, ports: ${ports(farPorts)} }
vantages: { outside: ${bind()}, inside: ${bind()}, dmz: ${bind('access-edge', 'webconf-edge', 'av-edge', 'edge-internal')} }
responder: { credentialsFile: secret.txt }
timeouts: { check: 10s }
sweep: { rate: 0 }
`;

/** A folder with the site file and a credential that nobody else may read. */
export const folderOf = (t: Test, secret = 'prober:a good secret', text = site): string => {
  const folder = t.testdir({ 'site.yaml': text, 'secret.txt': secret });
  chmodSync(join(folder, 'secret.txt'), 0o600);
  return folder;
};

/** Waits for a responder to listen; what it said by then. */
const ready = async (t: Test, part: string, child: ChildProcess): Promise<string> => {
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (chunk: string) => {
    said += chunk;
  });
  await until(t, `${part} is ready`, () => said.includes('\nready: ') || child.exitCode !== null);
  return said;
};

/** A responder that listens. */
export interface Responding {
  /** What it had said when it was ready. */
  readonly said: string;
  readonly pid: number;
  /** Everything on standard error so far. */
  readonly stderr: () => string;
  /** Ends it as a person would, with Ctrl-C. */
  readonly end: () => Promise<Ended>;
}

/** Starts a responder that records to PART.json. */
export const respond = async (
  t: Test,
  cwd: string,
  part: string,
  flags: readonly string[] = [],
  within: readonly string[] = [],
): Promise<Responding> => {
  const words = ['respond', '--config', 'site.yaml', '--as', part, '--for', '1h', '--record', `${part}.json`];
  const { child, ended } = start([...words, ...flags], { cwd, within });
  const said = await ready(t, part, child);
  t.equal(child.exitCode, null, `${part} listens: ${said}`);
  let later = said;
  child.stderr?.on('data', (chunk: string) => {
    later += chunk;
  });
  return {
    said,
    pid: child.pid ?? 0,
    stderr: () => later,
    end: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
};

/** The report of a vantage. */
export const checkFrom = async (cwd: string, vantage: string, flags: readonly string[] = []): Promise<Report> => {
  const words = ['check', '--config', 'site.yaml', '--vantage', vantage, '--format', 'json'];
  const { stdout } = await edgeprobe([...words, ...flags], { cwd });
  return JSON.parse(stdout) as Report;
};

/** Every check of a report, with its rule. */
export const checksOf = ({ rules }: Report): { rule: string; check: ReportCheck }[] =>
  rules.flatMap(({ rule, checks }) => checks.map((check) => ({ rule, check })));

/** A shell that leaves a command so few descriptors that a responder of the Edge takes two processes. */
export const fewDescriptors = ['sh', '-c', 'ulimit -n 200; exec "$@"', 'sh'];
