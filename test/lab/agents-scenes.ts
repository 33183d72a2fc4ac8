import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { hurried, type LabAgent, writeTargets } from './agents.ts';
import { command, type LabVantage, writeSite } from './check-run.ts';
import type { Lab } from './lab.ts';
import type { Monitoring } from './monitoring.ts';
import { must } from './net.ts';
import { query, until } from './prometheus-api.ts';

/** Three agents that are watched, in a lab whose firewalls and servers can be changed. */
export interface Watched {
  readonly lab: Lab;
  readonly monitoring: Monitoring;
  readonly agents: Map<LabVantage, LabAgent>;
  readonly start: (vantage: LabVantage) => void;
}

/** Something that happens to people, and the alerts that come of it. */
export interface Scene {
  readonly name: string;
  /** Gives what mends it. */
  readonly happens: (watched: Watched) => Promise<() => unknown>;
  /** Labels of alerts that fire, and resolve once it is mended. */
  readonly alerts: readonly Readonly<Record<string, string>>[];
  /** Further alerts that it brings about for a while, or may. */
  readonly beside?: readonly string[];
}

/** The agent of a vantage. */
const agentAt = ({ agents }: Watched, vantage: LabVantage): LabAgent => {
  const agent = agents.get(vantage);
  if (agent === undefined) throw new Error(`no agent ${vantage}`);
  return agent;
};

const good = ({ lab }: Watched): string => lab.site(hurried);

/** The rows that lead the dmz to its controls. */
export const waysToControls = ({ lab }: Watched): string[] =>
  ['external-dns-tcp-53-out', 'external-http-tcp-80-out'].flatMap((row) => lab.sameFlow(row));

/** Has an agent ask by another site file; gives what brings the good one back. */
const otherwise = (watched: Watched, vantage: LabVantage, site: string): (() => void) => {
  agentAt(watched, vantage).load(site);
  return () => agentAt(watched, vantage).load(good(watched));
};

/** A server in the place of another whose certificate ends in 20 days; gives what ends it. */
const shortLived = ({ lab }: Watched): (() => Promise<unknown>) => {
  const base = join(lab.folder, 'short-lived');
  const files = ['-keyout', `${base}.key`, '-out', `${base}.pem`];
  must(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-days', '20', '-subj', '/CN=webcon', ...files]);
  const shown = ['-cert', `${base}.pem`, '-key', `${base}.key`];
  const child = lab.spawn('dmz', ['openssl', 's_server', '-quiet', '-accept', '131.107.155.21:443', ...shown]);
  const gone = once(child, 'exit');
  return () => {
    child.kill('SIGKILL');
    return gone;
  };
};

/** A responder of ours in the place of an A/V Edge: it speaks MSTURN, which coturn does not. */
const mediaRelay = async ({ lab }: Watched): Promise<{ end: () => Promise<unknown>; said: () => string }> => {
  const secret = writeSite(lab, 'lab:0123456789abcdef0123456789abcdef', 'secret.txt');
  chmodSync(secret, 0o600);
  const relay = { address: '131.107.155.31', responder: true, ports: { '50000-59999': '59990-59991' } };
  const site = {
    ...{ site: 'contoso', packs: ['lync2013-edge-public'], features: 'all', servers: { edge2: { 'av-edge': relay } } },
    responder: { credentialsFile: secret },
  };
  const file = writeSite(lab, stringify(site), 'respond.yaml');
  const words = ['respond', '--config', file, '--as', 'edge', '--allow', '203.0.113.0/24', '--for', '1h'];
  const child = lab.spawn('dmz', [...command, ...words], { PATH: process.env['PATH'] });
  const gone = once(child, 'exit');
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(
    'the responder is ready',
    () => said.includes('ready'),
    () => said,
  );
  return {
    said: () => `${said}${child.exitCode === null ? '' : `exit ${child.exitCode}`}`,
    end: () => {
      child.kill('SIGTERM');
      return gone;
    },
  };
};

const stun = 'external-stun-udp-3478-in';
const webconf = 'external-psom-tcp-443-in';
const relays = ['edge2 av-edge udp/3478', 'edge2 av-edge tcp/443'];
const [edge1Webconf, edge2Webconf] = ['edge1 webconf-edge tcp/443', 'edge2 webconf-edge tcp/443'];

/** Alerts of ours, brought about by what they are there for. */
export const scenes: readonly Scene[] = [
  {
    name: 'a row is taken away',
    happens: async ({ lab }) => {
      lab.remove(lab.sameFlow(stun));
      return lab.restore;
    },
    alerts: ['edge1', 'edge2'].map((endpoint) => ({
      ...{ alertname: 'EdgeFlowFiltered', team: 'network', rule: stun, endpoint, vantage: 'outside' },
      ...{ transport: 'udp', ports: '3478', to: 'av-edge' },
    })),
  },
  {
    name: 'a service of one node is down',
    happens: async ({ lab }) => {
      await lab.stopServer(edge2Webconf);
      return () => lab.startServer(edge2Webconf);
    },
    alerts: [
      { alertname: 'EdgeServiceDown', team: 'uc', rule: webconf, endpoint: 'edge2', vantage: 'outside' },
      { alertname: 'EdgePoolMemberDiffers', team: 'uc', rule: webconf, endpoint: 'edge2', severity: 'warning' },
    ],
  },
  {
    name: "a partner's server is gone, which proves nothing of the row",
    happens: async ({ lab }) => {
      await lab.stopServer('far sip');
      return () => lab.startServer('far sip');
    },
    alerts: [{ alertname: 'EdgeVerdictLost', rule: 'external-sip-tcp-5061-out', vantage: 'dmz' }],
  },
  {
    name: 'what should be blocked is open',
    happens: async (watched) => {
      const expect = [{ to: 'webconf-edge', ports: '443', vantage: 'outside', expect: 'blocked' }];
      const back = otherwise(watched, 'outside', watched.lab.site({ ...hurried, expect }));
      return async () => {
        // Closing it is what ends the alert; then the lab is as it was.
        watched.lab.remove(watched.lab.sameFlow(webconf));
        const exposed = 'ALERTS{alertname="EdgeFlowExposed"}';
        await until('it is closed', async () => (await query(watched.monitoring, exposed)).length === 0);
        watched.lab.restore();
        back();
      };
    },
    alerts: [{ alertname: 'EdgeFlowExposed', team: 'security', endpoint: 'edge1', expect: 'blocked' }],
  },
  {
    name: 'a certificate has ended, another will soon',
    happens: async (watched) => {
      const { lab } = watched;
      await lab.variant(edge1Webconf, 'expired');
      await lab.stopServer(edge2Webconf);
      const end = shortLived(watched);
      return async () => {
        await end();
        await lab.variant(edge1Webconf, 'good');
        await lab.startServer(edge2Webconf);
      };
    },
    alerts: [
      { alertname: 'EdgeCertificateExpiring', severity: 'critical', endpoint: 'edge1', target: '131.107.155.20' },
      { alertname: 'EdgeCertificateExpiring', severity: 'warning', endpoint: 'edge2', target: '131.107.155.21' },
    ],
  },
  {
    name: 'a media relay that speaks MSTURN',
    happens: async (watched) => {
      const { lab, monitoring } = watched;
      for (const name of relays) await lab.stopServer(name);
      const { end, said } = await mediaRelay(watched);
      const told = 'edgeprobe_msturn_server_info{endpoint="edge2"}';
      const story = async (): Promise<string> => {
        const asked = await query(monitoring, '{__name__=~"up|edgeprobe_rule_outcome", rule=~"|.*-stun-.*-in"} == 1');
        const lines = agentAt(watched, 'outside').log().slice(-5);
        return [said(), ...asked.map(({ metric }) => JSON.stringify(metric)), JSON.stringify(lines)].join('\n');
      };
      await until('it tells its version', async () => (await query(monitoring, told)).length > 0, story);
      return async () => {
        await end();
        for (const name of relays) await lab.startServer(name);
      };
    },
    alerts: [],
  },
  {
    name: 'an agent is stopped',
    happens: async (watched) => {
      await agentAt(watched, 'inside').end();
      return () => watched.start('inside');
    },
    alerts: [{ alertname: 'EdgeAgentSilent', reason: 'scrape', vantage: 'inside', team: 'monitoring' }],
  },
  {
    name: 'an agent is no target any more',
    happens: async ({ lab, monitoring }) => {
      writeTargets(lab, monitoring, ['outside', 'dmz']);
      return () => writeTargets(lab, monitoring);
    },
    alerts: [{ alertname: 'EdgeAgentSilent', reason: 'gone', vantage: 'inside' }],
  },
  {
    name: 'a configuration cannot be loaded',
    happens: async (watched) => otherwise(watched, 'inside', 'site: [broken\n'),
    alerts: [{ alertname: 'EdgeAgentSilent', reason: 'reload', vantage: 'inside', severity: 'warning' }],
  },
  {
    name: 'rounds take much longer than their interval',
    happens: async (watched) => {
      const { lab } = watched;
      const back = otherwise(watched, 'inside', lab.site({ ...hurried, timeouts: { check: '30s' } }));
      lab.remove(lab.sameFlow('internal-stun-udp-3478-in'));
      return () => {
        lab.restore();
        back();
      };
    },
    alerts: [{ alertname: 'EdgeAgentSilent', reason: 'stale', vantage: 'inside', severity: 'warning' }],
    beside: ['EdgeFlowFiltered'],
  },
  {
    name: 'everything is lost at once',
    happens: async ({ lab }) => {
      lab.remove(lab.rules.map(({ id }) => id));
      return lab.restore;
    },
    alerts: ['outside', 'dmz', 'inside'].map((vantage) => ({ alertname: 'EdgeVantageBlind', vantage })),
    // Before most have failed; and ranges that were asked meanwhile are asked again later than all else.
    beside: ['EdgeFlowFiltered'],
  },
];
