import t from 'tap';
import { parse, stringify } from 'yaml';
import type { MergedReport } from '../../agent/merge.ts';
import { needing } from '../require.ts';
import { command, narrowed, writeSite } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';
import { startResponder } from './responders.ts';
import { forwarding, trouble } from './trouble.ts';

t.setTimeout(900_000);

const av = '131.107.155.30';
const access = '131.107.155.10';

/** Each fault, the row that has it, and what follows with what the responder in the Edge's place heard. */
const faults = [
  ['external-stun-udp-3478-in', `ip daddr ${av} udp dport 3478 drop`, /^request-dropped segment/],
  ['external-sip-tcp-5061-in', `ip saddr ${access} tcp sport 5061 drop`, /^reply-dropped segment/],
  ['external-sip-tcp-443-in', `ip daddr ${access} tcp dport 443 reject with tcp reset`, /^reset-outside segment/],
  [
    'external-xmpp-tcp-5269-in',
    `ip daddr ${access} tcp dport 5269 tcp flags & psh == psh drop`,
    /^inspected-outside segment/,
  ],
  ['external-stun-tcp-443-in', '', /^nobody-blocks nobody/],
] as const;

t.test('who blocks, with the record of the responder', needing(...labNeeds), async (t) => {
  const lab = await startLab({ servers: 'controls' });
  t.teardown(() => lab.close());
  const site = parse(narrowed(lab.site({ timeouts: { check: '2s' }, responders: true }))) as {
    vantages: { dmz: object };
  };
  site.vantages.dmz = { control: [] };
  const file = writeSite(lab, stringify(site));
  // The host beside the Edge is in no site file: it is served because somebody says so.
  const allow = ['--allow', '131.107.155.40/32'];
  const [edge] = await Promise.all([startResponder(lab, 'edge', file, allow), startResponder(lab, 'far', file)]);
  const rules = faults.flatMap(([rule]) => ['--rule', rule]);
  const lines = faults.flatMap(([, line]) => (line === '' ? [] : [line]));
  await trouble(lab, 'fwext', forwarding(lines.join('; ')));
  const flags = ['--config', file, ...rules];
  const [seen, beside] = [`${lab.folder}/outside.json`, `${lab.folder}/beside.json`];
  await lab.run('outside', [...command, 'check', ...flags, '--vantage', 'outside', '--output', seen]);
  await lab.run('beside', [...command, 'check', ...flags, '--vantage', 'dmz', '--place', 'beside', '--output', beside]);
  const { summary } = await edge.end();
  const made = await lab.run('outside', [...command, 'report', seen, beside, edge.recordFile, '--format', 'json']);
  t.equal(made.code, 1, `${made.stderr}\n${summary}`);
  const { deductions, rows } = JSON.parse(made.stdout) as MergedReport;
  for (const [rule, , wanted] of faults) {
    const told = deductions.filter((one) => one.rule === rule);
    const text = told.map(({ code, blame, sure, explain }) => `${code} ${blame}${sure ? ' sure' : ''}: ${explain}`);
    t.match(text.join('\n'), wanted, `${rule}: ${text.join('\n')} / ${rows.find((one) => one.rule === rule)?.explain}`);
  }
});
