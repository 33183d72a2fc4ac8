import { familyOf } from '../agent/address.ts';
import { probeText } from '../agent/probe-text.ts';
import { isSweep, notMade } from '../agent/question.ts';
import { type Resolved, systemResolver } from '../agent/resolve.ts';
import { safeJson } from '../agent/sinks/json.ts';
import { attentiveClock } from '../probes/attention.ts';
import { probeNamed } from '../probes/index.ts';
import { type Observation, outcomes } from '../probes/observation.ts';
import { createPacer } from '../probes/pace.ts';
import type { Question } from '../probes/probe.ts';
import { systemWorld } from '../probes/world.ts';
import { isOn, oneOf, text, type Values, whole } from './command.ts';
import { hostFence } from './fence.ts';
import { readQuestion } from './probe-question.ts';
import { interruptible, resolverUntil } from './signals.ts';
import { startStats } from './stats.ts';
import { progressLine } from './terminal.ts';

/** The check object of the report without evidence and verdict. */
const asJson = (observation: Observation, { target }: Question, host: string, cost: object): string => {
  const { port, lastPort } = target;
  const range = lastPort > port;
  const address = observation.outcome === 'unresolved' ? null : target.address;
  const where = {
    host: host === address ? null : host,
    address,
    port: range ? null : port,
    ...(range ? { ports: `${port}-${lastPort}` } : {}),
  };
  const { probe, startedAt, source, ...seen } = observation;
  return safeJson({ probe, startedAt, source, target: where, ...seen, ...cost }, 0);
};

/** A bound source reaches its own family only; the other addresses of a name are not asked. */
const reachable = (resolved: Resolved, source: Question['source']): readonly string[] => {
  if (resolved.kind === 'unresolved') return [];
  const family = source.address === null ? null : familyOf(source.address);
  const fitting = resolved.addresses.filter((address) => family === null || familyOf(address) === family);
  return fitting.length > 0 ? fitting : resolved.addresses;
};

/** `edgeprobe probe`: one question to every address of a host, one object (or block) an address. */
export const probe = async (values: Values): Promise<number> => {
  const { host, to } = readQuestion(values);
  const format = oneOf(text(values, 'format') ?? 'table', ['table', 'json'], 'format');
  const expected = text(values, 'expect');
  const expect = expected === null ? null : oneOf(expected, outcomes, 'outcome');
  const rate = whole(values, 'rate', 0, 100_000) ?? 500;

  const fence = await hostFence();
  const interrupt = interruptible();
  const line = progressLine();
  const world = systemWorld(interrupt.signal, fence);
  const progress = (done: number, total: number): void => line.show(`${done} of ${total} ports`);
  const stats = isOn(values, 'stats') ? startStats() : null;
  const metered = stats === null ? {} : { meter: stats.meter };
  const pace = createPacer(() => world.fence.rate(rate), world.clock);
  const asking = { ...world, ...metered, pace, tls: {}, progress };
  const attentive = { ...asking, clock: attentiveClock(world.clock) };
  const seen: Observation[] = [];
  const show = (observation: Observation, question: Question): void => {
    line.clear();
    seen.push(observation);
    stats?.meter.observed(observation);
    const cost = stats === null ? {} : { stats: stats.read() };
    process.stdout.write(
      format === 'json' ? asJson(observation, question, host, cost) : probeText(observation, question),
    );
  };

  const resolver = resolverUntil(interrupt.signal, systemResolver);
  const resolved: Resolved = familyOf(host) === null ? await resolver(host) : { kind: 'addresses', addresses: [host] };
  if (resolved.kind === 'unresolved') {
    const failure = { step: 'resolve', code: resolved.code, message: resolved.message };
    show(notMade(to(host), world.clock.now(), 'unresolved', failure), to(host));
  }
  for (const address of reachable(resolved, to(host).source)) {
    if (interrupt.signal.aborted) break;
    const question = to(address);
    show(await probeNamed(question.probe).run(question, isSweep(question) ? asking : attentive), question);
  }
  interrupt.release();
  stats?.show();
  const signalled = interrupt.exitCode();
  if (signalled !== null) return signalled;
  if (expect !== null) return seen.every(({ outcome }) => outcome === expect) ? 0 : 1;
  return seen.some(({ outcome }) => outcome === 'unasked' || outcome === 'unresolved') ? 3 : 0;
};
