import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { demoNames, demoSite, type StandInPorts } from '../agent/demo-site.ts';
import { exitCodeOf } from '../agent/exit-code.ts';
import { readPack } from '../agent/packs.ts';
import { perform } from '../agent/perform.ts';
import { makePlan, type Plan } from '../agent/plan.ts';
import type { Report } from '../agent/report.ts';
import { systemResolver } from '../agent/resolve.ts';
import { render } from '../agent/sinks/index.ts';
import { type Vantage, vantages } from '../agent/site-roles.ts';
import { startStandIn } from '../agent/stand-in.ts';
import { generateCertificate } from '../probes/certificate.ts';
import { systemWorld } from '../probes/world.ts';
import { didYouMean, isOn, oneOf, text, type Values } from './command.ts';
import { serveDemo } from './demo-serve.ts';
import { hostFence } from './fence.ts';
import { interruptible } from './signals.ts';
import { terminalLook } from './terminal.ts';
import { quoted, UsageError } from './usage-error.ts';
import { version } from './version.ts';

const formats = ['table', 'json'] as const;

/** The demo needs nothing but loopback. */
const families: ReadonlySet<4 | 6> = new Set([4] as const);

const plansOf = (ports: StandInPorts, now: Date): Plan[] => {
  const site = demoSite(ports, now);
  const { rules } = readPack('lync2013-edge-public', '.');
  return vantages.map((vantage: Vantage) =>
    makePlan({ site, vantage, place: vantage, rules, owned: new Set(['127.0.0.1']) }),
  );
};

/** The worst exit code of several reports: a failure before anything unknown before success. */
const worst = (codes: readonly number[]): number => {
  if (codes.includes(1)) return 1;
  return codes.includes(3) ? 3 : 0;
};

/** `edgeprobe demo`: stands in for an Edge on loopback, checks it from all three vantages, and may stay for others. */
export const demo = async (values: Values): Promise<number> => {
  const format = oneOf(text(values, 'format') ?? 'table', formats, 'format');
  const broken = text(values, 'break');
  const fence = await hostFence();
  const now = new Date();
  const wanted = plansOf(new Map(), now);
  const breakable = wanted.flatMap((plan) => plan.rules.filter(({ skip }) => skip === null).map(({ rule }) => rule.id));
  if (broken !== null && !breakable.includes(broken)) {
    const hint = `${didYouMean(broken, breakable)}'edgeprobe demo' shows the rules that it asks.`;
    throw new UsageError(`--break ${quoted(broken)}: the demo asks no such rule`, hint);
  }
  const interrupt = interruptible();
  const world = systemWorld(interrupt.signal, fence);
  const material = await generateCertificate({ names: demoNames, days: 90, now });
  const standIn = await startStandIn(wanted, material, world);
  const reports: Report[] = [];
  try {
    if (broken !== null) await standIn.withdraw(broken);
    for (const plan of plansOf(standIn.ports, now)) {
      if (interrupt.signal.aborted) break;
      const identity = {
        id: randomUUID(),
        host: hostname(),
        platform: process.platform,
        note: null,
        version: version(),
      };
      const tls = { ca: material.cert };
      const report = await perform({
        plan,
        families,
        tls,
        resolver: systemResolver,
        signal: interrupt.signal,
        fence,
        identity,
      });
      reports.push(report);
      if (format === 'table') {
        const command = `edgeprobe check --config site.yaml --vantage ${plan.vantage}`;
        const told = { exitCode: interrupt.exitCode() ?? exitCodeOf(report), command };
        process.stdout.write(`${render(format, report, { ...terminalLook(), ...told })}\n`);
      }
    }
    if (format === 'json') {
      const documents = reports.map((report) => render(format, report, { ...terminalLook(), exitCode: 0 }).trimEnd());
      process.stdout.write(`{ "reports": [\n${documents.join(',\n')}\n] }\n`);
    }
    if (isOn(values, 'serve') && !interrupt.signal.aborted) await serveDemo(standIn.ports, material.cert, world);
  } finally {
    await standIn.close();
    interrupt.release();
  }
  return interrupt.exitCode() ?? worst(reports.map(exitCodeOf));
};
