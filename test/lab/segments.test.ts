import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import type { MergedReport } from '../../agent/merge.ts';
import { needing } from '../require.ts';
import { command, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab, type Vantage } from './lab.ts';
import { entering, forwarding, trouble } from './trouble.ts';

t.setTimeout(900_000);

const sip = 'external-sip-tcp-443-in';
const xmpp = 'external-xmpp-tcp-5269-in';
const stun = 'external-stun-udp-3478-in';
const access = '131.107.155.10';

/** One run: where, as which vantage and place, and which rows. */
interface Run {
  readonly at: Vantage;
  readonly vantage: 'outside' | 'dmz' | 'inside';
  readonly place?: string;
  readonly rules: readonly string[];
}

const outside = (...rules: string[]): Run => ({ at: 'outside', vantage: 'outside', rules });
const beside = (...rules: string[]): Run => ({ at: 'beside', vantage: 'dmz', place: 'beside', rules });

/** Asks at each of these places, merges the runs with the command people use, and gives what it deduces of one row. */
const deduce = async (lab: Lab, site: string, runs: readonly Run[], rule: string): Promise<string> => {
  const files = await Promise.all(
    runs.map(async ({ at, vantage, place = vantage, rules }, index) => {
      const file = `${lab.folder}/run-${index}.json`;
      const flags = ['--vantage', vantage, '--place', place, ...rules.flatMap((one) => ['--rule', one])];
      const { code, stderr } = await lab.run(at, [...command, 'check', '--config', site, ...flags, '--output', file]);
      if (code === null || code === 2) throw new Error(`${at}: ${stderr}`);
      return file;
    }),
  );
  const { stdout } = await lab.run('outside', [...command, 'report', ...files, '--format', 'json']);
  const merged = JSON.parse(stdout) as MergedReport;
  const told = merged.deductions.filter((one) => one.rule === rule);
  return told.map(({ code, blame, sure, explain }) => `${code} ${blame}${sure ? ' sure' : ''}: ${explain}`).join('\n');
};

t.test(
  'who blocks an inbound row: runs from outside and from a host beside the Edge',
  needing(...labNeeds),
  async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    const site = writeSite(lab, labSite(lab));
    const two = [outside(sip, xmpp, stun), beside(sip, xmpp, stun)];
    const told = async (t: Test, rule: string, runs: readonly Run[], wanted: RegExp): Promise<void> => {
      const text = await deduce(lab, site, runs, rule);
      t.match(text, wanted, `${text}`);
    };
    const healed = async (): Promise<void> => {
      lab.restore();
      for (const where of ['fwext', 'dmz'] as const) await trouble(lab, where, '');
    };

    await t.test('answered, and the same identity beside: nobody', (t) =>
      told(t, sip, two, /^nobody-blocks nobody sure/),
    );

    await t.test('answered with another certificate: somebody stands in between', async (t) => {
      const taking = 'iifname "outside" ip daddr 131.107.155.10 tcp dport 443 redirect to :8443';
      await trouble(lab, 'fwext', `chain n { type nat hook prerouting priority dstnat - 10; ${taking}; }`);
      const own = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=sip.contoso.com', '-days', '2'];
      const [key, cert] = [`${lab.folder}/proxy.key`, `${lab.folder}/proxy.pem`];
      await lab.run('fwext', ['openssl', ...own, '-keyout', key, '-out', cert]);
      const proxy = lab.spawn('fwext', [
        'openssl',
        's_server',
        '-accept',
        '8443',
        '-cert',
        cert,
        '-key',
        key,
        '-quiet',
      ]);
      t.teardown(() => proxy.kill('SIGKILL'));
      await lab.run('fwext', ['sh', '-c', 'until ss -Hltn | grep -q ":8443 "; do sleep 0.1; done']);
      await told(t, sip, two, /^intercepted-outside segment sure/);
      await healed();
    });

    await t.test('silent, other ports heard, answered beside: the segment drops it', async (t) => {
      lab.remove(lab.sameFlow(sip));
      await told(t, sip, two, /^request-or-reply-dropped segment sure/);
      await t.test('not asked beside: unknown', (t) =>
        told(t, sip, [outside(sip, xmpp), beside(xmpp)], /^ask-beside unknown/),
      );
      await healed();
    });

    await t.test('silent outside and beside: the host', async (t) => {
      await trouble(lab, 'dmz', entering(`ip daddr ${access} ip saddr != ${access} tcp dport 443 drop`));
      await told(t, sip, two, /^host-silent server sure/);
      await healed();
    });

    await t.test('silent, refused beside: two owners', async (t) => {
      lab.remove(lab.sameFlow(sip));
      await lab.stopServer('edge1 access-edge tcp/443');
      await told(t, sip, two, /^service-down-perhaps-more segment-and-server sure/);
      lab.restore();
      await t.test('refused, control silent, refused beside: the service', (t) =>
        told(t, sip, two, /^service-down server sure/),
      );
      lab.policy('reset');
      await t.test('refused, control refused, refused beside: unknown', (t) => told(t, sip, two, /^unclear unknown/));
      await lab.startServer('edge1 access-edge tcp/443');
      await healed();
    });

    await t.test('a dark address that answers beside: no rule is blamed', async (t) => {
      await trouble(lab, 'fwext', forwarding(`ip daddr ${access} drop`));
      await told(t, sip, two, /^whole-address unknown/);
      await healed();
    });

    await t.test('a dark address, dark beside: the host is absent', async (t) => {
      await trouble(lab, 'dmz', entering(`ip daddr ${access} ip saddr != ${access} drop`));
      await told(t, sip, two, /^host-absent nobody sure/);
      await healed();
    });

    await t.test('refused, answered beside: unknown without the responder', async (t) => {
      lab.reject(lab.sameFlow(sip), 'reset');
      await told(t, sip, two, /^unclear unknown/);
      await healed();
    });

    await t.test('an ICMP refusal, answered beside: a router or firewall', async (t) => {
      lab.reject(lab.sameFlow(sip), 'icmp');
      await told(t, sip, two, /^refused-outside segment sure/);
      await healed();
    });

    await t.test('unreachable from outside and beside: the host is absent', async (t) => {
      await lab.run('dmz', ['ip', 'address', 'del', `${access}/24`, 'dev', 'ext']);
      await told(t, sip, two, /^host-absent nobody sure/);
      await lab.run('dmz', ['ip', 'address', 'add', `${access}/24`, 'dev', 'ext']);
    });

    await t.test('opens and says nothing, answered beside: inspection', async (t) => {
      await trouble(lab, 'fwext', forwarding(`ip daddr ${access} tcp dport 443 tcp flags & psh == psh drop`));
      await told(t, sip, two, /^inspected-outside segment sure/);
      await healed();
    });

    await t.test('opens and says nothing, beside as well: the service', async (t) => {
      await trouble(lab, 'dmz', entering(`ip daddr ${access} tcp dport 443 tcp flags & psh == psh drop`));
      await told(t, sip, two, /^service-mute server sure/);
      await healed();
    });
  },
);

/** The lab's site for these runs: nothing in the DMZ must answer the host beside the Edge, whom no row lets out. */
const labSite = (lab: Lab, more: object = {}): string => {
  const site = parse(lab.site({ timeouts: { check: '1500ms' }, ...more })) as { vantages: Record<string, object> };
  site.vantages['dmz'] = { ...site.vantages['dmz'], control: [] };
  return stringify(site);
};

t.test('who blocks an outbound row: runs from the Edge and from outside', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = writeSite(lab, labSite(lab));
  const [udp, tcp] = ['external-stun-udp-3478-out', 'external-stun-tcp-443-out'];
  const edge: Run = { at: 'dmz', vantage: 'dmz', rules: [udp, tcp] };
  const told = async (t: Test, runs: readonly Run[], wanted: RegExp): Promise<void> => {
    const text = await deduce(lab, site, runs, udp);
    t.match(text, wanted, text);
  };

  await t.test('silent, but others hear that port, and we another one: the segment', async (t) => {
    lab.remove(lab.sameFlow(udp));
    await told(t, [edge, outside(udp)], /^segment-drops segment sure/);
    lab.restore();
  });

  await t.test('silent to others as well: the far side, and nothing is known of the way', async (t) => {
    await trouble(lab, 'outside', entering('ip daddr 203.0.113.62 udp dport 3478 drop'));
    await told(t, [edge, outside(udp)], /^far-side-dead unknown/);
    await trouble(lab, 'outside', '');
  });
});

t.test('who blocks an outbound row of one node: a rule on the source', needing(...labNeeds), async (t) => {
  const lab = await startLab({ nodes: 2 });
  t.teardown(() => lab.close());
  // Both nodes are one host here: without an address to bind it asks from each of its own.
  const site = parse(labSite(lab)) as { vantages: Record<string, object> };
  site.vantages['dmz'] = { control: [] };
  const file = writeSite(lab, stringify(site));
  const rule = 'external-stun-udp-3478-out';
  await trouble(lab, 'fwext', forwarding('ip saddr 131.107.155.31 udp dport 3478 drop'));
  const text = await deduce(lab, file, [{ at: 'dmz', vantage: 'dmz', rules: [rule] }, outside(rule)], rule);
  t.match(text, /^source-rule segment sure/, text);
});

t.test('who blocks an internal row: the sources that may ask', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = parse(labSite(lab)) as { vantages: Record<string, object> };
  site.vantages['inside'] = { control: ['tcp://10.1.0.53:53'] };
  const file = writeSite(lab, stringify(site));
  const rule = 'internal-stun-udp-3478-in';
  await trouble(lab, 'fwint', forwarding('ip saddr != 10.1.0.20 udp dport 3478 drop'));
  const asked = async (place: string): Promise<string> => {
    const output = `${lab.folder}/${place}.json`;
    const flags = ['--config', file, '--vantage', 'inside', '--place', place, '--rule', rule, '--output', output];
    await lab.run('inside', [...command, 'check', ...flags]);
    return output;
  };
  const frontEnds = await asked('front-ends');
  // The same host without the servers' addresses is a client.
  for (const address of ['10.1.0.20', '10.1.0.21']) {
    await lab.run('inside', ['ip', 'address', 'del', `${address}/24`, 'dev', 'fw']);
  }
  const clients = await asked('clients');
  const { stdout } = await lab.run('outside', [...command, 'report', frontEnds, clients, '--format', 'json']);
  const { deductions } = JSON.parse(stdout) as MergedReport;
  t.match(
    deductions,
    [{ label: 'inside clients', code: 'source-scope', blame: 'segment', sure: true }],
    stdout.slice(0, 2000),
  );
});
