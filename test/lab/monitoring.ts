import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LabVantage } from './check-run.ts';
import { labVantages } from './check-run.ts';
import type { Lab } from './lab.ts';
import { must } from './net.ts';
import { createProcesses, type Listening, type Processes } from './processes.ts';

const childProgram = fileURLToPath(new URL('monitoring-child.js', import.meta.url));

/** An alert as Alertmanager tells its receivers. */
export interface Told {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where it was posted: the receiver's name. */
  readonly receiver: string;
}

/** A namespace beside a lab from which its three vantages can be scraped: a network that no firewall of the lab sees. */
export interface Monitoring {
  /** The address of an agent on this network. */
  readonly address: Readonly<Record<LabVantage, string>>;
  /** Everything that was posted to the receiver, in order. */
  readonly told: readonly Told[];
  readonly processes: Processes;
  /** Starts a Prometheus or Alertmanager at a port of 127.0.0.1 there, and waits until it says that it is ready. */
  start(name: string, argv: readonly string[], port: number): Promise<void>;
  /** Asks for a URL from there; status 0 where nobody answered. */
  http(url: string, method?: 'GET' | 'POST'): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

let serial = 0;

const isPosted = (line: unknown): line is { posted: string; body: string } =>
  typeof line === 'object' && line !== null && 'posted' in line;

// A link of its own for each vantage: they must not reach each other this way.
const links = (lab: Lab, namespace: string): Promise<unknown>[] =>
  labVantages.map(async (vantage, index) => {
    const [here, there] = [1, 2].map((end) => `192.0.2.${4 * index + end}/30`);
    const device = `m-${vantage}`;
    for (const words of [
      `link add mgmt type veth peer name ${device} netns ${namespace}`,
      `address add ${there} dev mgmt`,
      'link set mgmt up',
    ]) {
      const { code, stderr } = await lab.run(vantage, ['ip', ...words.split(' ')]);
      if (code !== 0) throw new Error(`lab: ip ${words}: ${stderr}`);
    }
    must(['ip', '-netns', namespace, 'address', 'add', `${here}`, 'dev', device]);
    must(['ip', '-netns', namespace, 'link', 'set', device, 'up']);
  });

/** Builds the network and starts the receiver. Needs what a lab needs. */
export const startMonitoring = async (lab: Lab): Promise<Monitoring> => {
  serial += 1;
  // Named as the namespaces of a lab are: if we are killed, the next lab removes it.
  const namespace = `ep${process.pid}-${serial}-mon`;
  const processes = createProcesses(lab.folder);
  const close = (): void => {
    processes.killAll();
    spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
  };
  must(['ip', 'netns', 'add', namespace]);
  try {
    must(['ip', '-netns', namespace, 'link', 'set', 'lo', 'up']);
    await Promise.all(links(lab, namespace));
    const env = { PATH: process.env['PATH'] };
    const child = processes.spawn(namespace, [process.execPath, childProgram], env);
    const waiting = new Map<number, (answer: { status: number; body: string }) => void>();
    const told: Told[] = [];
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const ready = new Promise<void>((resolve) => lines.once('line', () => resolve()));
    lines.on('line', (text) => {
      const line: unknown = JSON.parse(text);
      if (isPosted(line)) {
        const { alerts } = JSON.parse(line.body) as { alerts: Omit<Told, 'receiver'>[] };
        told.push(...alerts.map((one) => ({ ...one, receiver: line.posted.slice(1) })));
        return;
      }
      const answer = line as { id: number; status: number; body: string };
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
    await ready;
    let asked = 0;
    const http: Monitoring['http'] = (url, method = 'GET') =>
      new Promise((resolve) => {
        asked += 1;
        waiting.set(asked, resolve);
        child.stdin?.write(`${JSON.stringify({ id: asked, url, method })}\n`);
      });
    return {
      ...{ told, processes, close },
      address: { outside: '192.0.2.2', dmz: '192.0.2.6', inside: '192.0.2.10' },
      start: async (name, argv, port) => {
        const listens: Listening[] = [{ transport: 'tcp', address: '127.0.0.1', port }];
        await processes.start(new Map([[name, { namespace, argv, listens }]]));
        // It listens while it reads what it has stored, and answers no question yet.
        for (let waited = 0; waited < 120_000; waited += 50) {
          if ((await http(`http://127.0.0.1:${port}/-/ready`)).status === 200) return;
          await sleep(50);
        }
        throw new Error(`lab: ${name} is not ready\n${processes.log(name).slice(-2000)}`);
      },
      http,
    };
  } catch (error) {
    close();
    throw error;
  }
};
