import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPack } from '../../agent/packs.ts';
import { type EdgeNode, edgeNodes, far } from './addresses.ts';
import { createAuthority, type Variant } from './certificates.ts';
import { guard, ownFolder, unguard } from './clean-up.ts';
import {
  counters,
  type FirewallState,
  load,
  type Ports,
  type Rejection,
  type Row,
  restored,
  ruleset,
  sameFlow,
  stealth,
} from './firewall.ts';
import { buildNetwork, type Place, places, sysctl } from './net.ts';
import { createProcesses, type Finished } from './processes.ts';
import { holder, labServers } from './servers.ts';
import { type SiteWishes, siteText } from './site.ts';
import { type SourceTranslation, translation } from './translation.ts';
import { udpHolder } from './udp-hold.ts';

/** What a lab needs beyond Node: `needing(...labNeeds)`. */
export const labNeeds = [
  ...['root', 'dnsmasq', 'ip', 'kamailio', 'nft', 'nginx', 'openssl', 'prosody', 'setpriv', 'sysctl', 'turnserver'],
  'unshare',
] as const;

/**
 * Where a command stands: `inside` is the Front End's host, `dmz` the Edge itself, `beside` another host of the DMZ,
 * `outside` everybody else. The firewalls are for tests that build a fault into them.
 */
export type Vantage = 'inside' | 'dmz' | 'beside' | 'outside' | 'fwext' | 'fwint';

/**
 * Ports 50000-59999 of one side: what listens, and what the external firewall does. All others are reset by the host.
 * TCP 50001-50003 of the A/V Edge are taken by its logging agent: all open is `['50000', '50004-59999']` there.
 */
export interface RangeWishes {
  open?: Ports;
  /** UDP ports that answer STUN; no others do. */
  answering?: Ports;
  dropped?: Ports;
  reset?: Ports;
  icmp?: Ports;
}

/** A running lab. Changes to the firewalls are in force when the call returns; `restore` undoes them all. */
export interface Lab {
  /** The rows of the pack, in its order. */
  rules: readonly Row[];
  nodes: readonly EdgeNode[];
  /** Where logs, certificates and configurations are; gone when the lab is closed. */
  folder: string;
  /** Path of the lab CA's certificate. */
  ca: string;
  /** The ids of every row that lets packets of this row through, itself included. */
  sameFlow(ruleId: string): string[];
  /** Takes rows away: their packets meet the policy, silence. Replaces what was removed or rejected before. */
  remove(ruleIds: readonly string[]): void;
  /** Turns rows into refusals. Replaces what was removed or rejected before. */
  reject(ruleIds: readonly string[], how: Rejection): void;
  /** What both firewalls do with packets of no row, until `restore`. */
  policy(policy: FirewallState['policy']): void;
  /** Rules beside those of the pack on the external firewall, as nftables matches, until `restore`. */
  allow(matches: readonly string[]): void;
  /** Both firewalls as the pack wants them: no cuts, no loss. The ports that `range` opened stay open. */
  restore(): void;
  /** Loads the rules that are in force once more: what is connected stays so, as on a firewall that commits a policy. */
  reload(): void;
  /** Loses this share of the packets, each way independently. */
  loss(percent: number, firewall?: 'fwext' | 'fwint'): void;
  /** How the kernels of all vantages resend SYNs: every second four times before backing off, or 1, 2, 4 … s at once. */
  synTimers(kind: 'linear' | 'classic'): void;
  /** Packets since the rules last changed, by rule id; also `dropped`, `range` and `lost`, summed over both firewalls. */
  counters(): Map<string, number>;
  /** Sets up the range of one side anew. The cuts last until `restore`, the open ports until the next call. */
  range(wishes: RangeWishes, side?: 'av-edge' | 'av-partner'): Promise<void>;
  /** Windows' stealth mode on the Edge: its idle ports say nothing, neither reset nor ICMP. */
  stealth(on: boolean): void;
  /** Source translation on the external firewall other than what it publishes; null ends it. */
  translate(nat: SourceTranslation | null): void;
  /** Whether the external firewall lets the A/V Edges reach their own public addresses; `restore` allows it again. */
  hairpin(allowed: boolean): void;
  /** Restarts a TLS server with another certificate or age; `good` is what it began with. */
  variant(server: string, variant: Variant): Promise<void>;
  stopServer(server: string): Promise<void>;
  startServer(server: string): Promise<void>;
  serverNames(): string[];
  log(server: string): string;
  /** The text of a site file for this lab. */
  site(wishes?: SiteWishes): string;
  /** Runs a command at a vantage to its end, at most `limit` milliseconds (default ten minutes). */
  run(vantage: Vantage, argv: readonly string[], limit?: number, input?: string): Promise<Finished>;
  /** Starts a command at a vantage, for tests that talk to it or send it signals. */
  spawn(vantage: Vantage, argv: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  close(): Promise<void>;
}

const namespaceOf: Readonly<Record<Vantage, Place>> = {
  ...{ inside: 'inside', dmz: 'edge', beside: 'beside', outside: 'outside', fwext: 'fwext', fwint: 'fwint' },
};

/** What a lab is to be. */
export interface LabWishes {
  /** The pack whose rows are the firewalls'; with `lync2013-edge-nat` the external one translates addresses. */
  pack?: string;
  nodes?: 1 | 2;
  /** `controls`: nobody but the control inside listens, so that `respond` can stand everywhere. */
  servers?: 'all' | 'controls';
}
let serial = 0;

/** Builds a lab: namespaces, firewalls with exactly the rows of the pack, all servers listening. Needs root. */
export const startLab = async (wishes: LabWishes = {}): Promise<Lab> => {
  const { pack = 'lync2013-edge-public', nodes: count = 1, servers: wanted = 'all' } = wishes;
  const rules: readonly Row[] = readPack(pack, process.cwd()).rules;
  const nodes = edgeNodes(count, pack === 'lync2013-edge-nat');
  const folder = ownFolder();
  const processes = createProcesses(folder);
  serial += 1;
  const network = buildNetwork(serial, nodes);
  const close = (): void => {
    processes.killAll();
    network.remove();
    if (process.env['EDGEPROBE_LAB_KEEP'] !== '1') rmSync(folder, { recursive: true, force: true });
    unguard(close);
  };
  guard(close);

  const rowOf = (id: string): Row => {
    const row = rules.find((one) => one.id === id);
    if (row === undefined) throw new Error(`lab: ${pack} has no rule ${id}`);
    return row;
  };
  let state: FirewallState = restored;
  let generation = 0;
  const reload = (): void => {
    for (const firewall of ['fwext', 'fwint'] as const) {
      load(network.name(firewall), ruleset(firewall, rules, nodes, state, generation));
    }
  };
  const change = (next: Partial<FirewallState>): void => {
    state = { ...state, ...next };
    generation += 1;
    reload();
  };

  try {
    const authority = createAuthority(folder, Date.now());
    const agent = authority.issue(['edgeprobe.contoso.internal']);
    const credentialsFile = join(folder, 'credential.txt');
    writeFileSync(credentialsFile, 'lab:a-secret-of-the-lab\n', { mode: 0o600 });
    change({});
    load(network.name('fwext'), translation(nodes, []));
    const servers = labServers({ namespace: network.name, authority, folder }, nodes);
    const serverOf = (name: string) => {
      const server = servers.get(name);
      if (server === undefined)
        throw new Error(`lab: no server "${name}"; there are ${[...servers.keys()].join(', ')}`);
      return server;
    };
    const begin = [...servers].filter(([name]) => wanted === 'all' || name === 'control inside');
    await processes.start(new Map(begin.map(([name, server]) => [name, server.service('good')])));

    const hold = async (side: 'av-edge' | 'av-partner', ports: Ports, how: typeof holder): Promise<void> => {
      const held = side === 'av-edge' ? nodes.map((node) => node['av-edge']) : [far.av];
      const place = side === 'av-edge' ? 'edge' : 'outside';
      for (const address of held) {
        const name = `range ${how.name} ${address}`;
        await processes.stop(name);
        if (ports.length === 0) continue;
        await processes.start(new Map([[name, how(network.name(place), address, ports)]]));
      }
    };
    return {
      ...{ rules, nodes, folder, ca: authority.ca, log: processes.log },
      sameFlow: (id) => sameFlow(rowOf(id), rules, nodes),
      remove: (ids) => change({ removed: new Set(ids.map((id) => rowOf(id).id)), rejected: new Map() }),
      reject: (ids, how) => change({ removed: new Set(), rejected: new Map(ids.map((id) => [rowOf(id).id, how])) }),
      policy: (policy) => change({ policy }),
      allow: (matches) => change({ allowed: matches }),
      restore: () => change(restored),
      reload,
      loss: (percent, firewall = 'fwext') => change({ loss: { ...state.loss, [firewall]: percent } }),
      synTimers(kind) {
        const value = kind === 'linear' ? 4 : 0;
        for (const place of places) {
          sysctl(network.name(place), [`net.ipv4.tcp_syn_linear_timeouts=${value}`]);
        }
      },
      counters() {
        const both = [...counters(network.name('fwext')), ...counters(network.name('fwint'))];
        const sums = new Map<string, number>();
        for (const [name, packets] of both) sums.set(name, (sums.get(name) ?? 0) + packets);
        return sums;
      },
      async range({ open: opened = [], answering = [], dropped = [], reset = [], icmp = [] }, side = 'av-edge') {
        await hold(side, opened, holder);
        await hold(side, answering, udpHolder);
        change({ cuts: new Map([...state.cuts, [side, { dropped, reset, icmp }]]) });
      },
      translate: (nat) => load(network.name('fwext'), translation(nodes, nat === null ? [] : [nat])),
      hairpin: (allowed) => change({ hairpin: allowed }),
      stealth: (on) => load(network.name('edge'), stealth(on)),
      async variant(name, variant) {
        const server = serverOf(name);
        if (!server.hasVariants) throw new Error(`lab: ${name} is no TLS server, it has no variants`);
        await processes.stop(name);
        await processes.start(new Map([[name, server.service(variant)]]));
      },
      async stopServer(name) {
        serverOf(name);
        await processes.stop(name);
      },
      async startServer(name) {
        await processes.start(new Map([[name, serverOf(name).service('good')]]));
      },
      serverNames: () => [...servers.keys()],
      site: (wishes = {}) => siteText(pack, rules, nodes, { ca: authority.ca, agent, credentialsFile }, wishes),
      run: (vantage, argv, limit = 600_000, input = '') =>
        processes.run(network.name(namespaceOf[vantage]), argv, limit, input),
      spawn: (vantage, argv, env = process.env) => processes.spawn(network.name(namespaceOf[vantage]), argv, env),
      close: async () => close(),
    };
  } catch (error) {
    close();
    throw error;
  }
};
