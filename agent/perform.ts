import { attentiveClock } from '../probes/attention.ts';
import type { Fence } from '../probes/fence.ts';
import { probeNamed } from '../probes/index.ts';
import type { Meter } from '../probes/meter.ts';
import { createPacer } from '../probes/pace.ts';
import type { Asking, TlsMaterial, TurnCredential } from '../probes/probe.ts';
import { systemWorld } from '../probes/world.ts';
import { askAlongside } from './alongside.ts';
import { askHairpins } from './ask-hairpins.ts';
import { type JudgedRule, judgeRun } from './judge.ts';
import { askNames, lookUpNames } from './names.ts';
import type { Plan } from './plan.ts';
import { isSweep } from './question.ts';
import { makeReport, type Report, type RunIdentity } from './report.ts';
import { type Resolver, resolvePlan, systemDns } from './resolve.ts';
import { questionsAtOnce, type RunEvent, type RunSettings, run } from './run.ts';
import { selfTest } from './self-test.ts';
import { askForSwappedSip } from './swapped-sip.ts';

/** What a whole check needs beside its plan. */
export interface Performance {
  readonly plan: Plan;
  readonly families: ReadonlySet<4 | 6>;
  readonly tls: TlsMaterial;
  /** What the questions of the plan may log on with, by their `credentials`. */
  readonly credentials?: (name: string) => TurnCredential | null;
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
  /** What the administrator of this host allows. */
  readonly fence: Fence;
  readonly identity: RunIdentity;
  readonly watch?: (event: RunEvent) => void;
  /** Counts what is sent. */
  readonly meter?: Meter;
}

/** Asks a plan on the real network, judges it, and makes the report. */
export const perform = async (input: Performance): Promise<Report> => {
  const { plan, resolver, families, signal, tls, credentials = () => null, watch, meter } = input;
  const { sweep, timeouts } = plan.site;
  const world = { ...systemWorld(signal, input.fence), ...(meter === undefined ? {} : { meter }) };
  const asking: Asking = {
    ...world,
    pace: createPacer(() => world.fence.rate(sweep.rate), world.clock),
    tls,
    credentials,
  };
  const attentive: Asking = { ...asking, clock: attentiveClock(world.clock) };
  const rules = await resolvePlan(plan, resolver, families);
  const settings: RunSettings = {
    deadline: timeouts.check,
    concurrency: questionsAtOnce(sweep.concurrency),
    controlPort: sweep.controlPort,
    clock: world.clock,
    signal,
    resolver,
    ask: async (question, progress) => {
      const manner = isSweep(question) ? asking : attentive;
      const told = progress === undefined ? manner : { ...manner, progress };
      const observation = await probeNamed(question.probe).run(question, told);
      meter?.observed(observation);
      return observation;
    },
    ...(watch === undefined ? {} : { watch }),
  };
  const secured = rules.some(({ rule, checks }) => rule.security !== 'none' && checks.length > 0);
  const self = secured ? await selfTest(tls, world) : null;
  // The Edge asks the DNS server that its rows name, after they have been asked; others look names up meanwhile.
  const lookedUp = plan.vantage === 'dmz' ? [] : lookUpNames(plan.site, rules, systemDns);
  const result = await run(plan, rules, settings);
  const names = [...(await lookedUp), ...(await askNames(plan, rules, result, settings))];
  const swapped = await askForSwappedSip(rules, result, settings);
  const hairpins = await askHairpins(plan.hairpins ?? [], result, settings);
  const judged: JudgedRule[] = judgeRun(plan, rules, result, timeouts.check);
  const report = makeReport(plan, judged, result, input.identity, { self, names, swapped, hairpins });
  const alongside = await askAlongside(plan, settings, families);
  return alongside.length === 0 ? report : { ...report, alongside };
};
