import { summarisePlan } from '../agent/plan-summary.ts';
import { planText } from '../agent/plan-text.ts';
import { type Resolver, resolvePlan, systemResolver } from '../agent/resolve.ts';
import { isOn, oneOf, text, type Values } from './command.ts';
import { load } from './load.ts';
import { terminalLook, warn } from './terminal.ts';

/** Leaves names as they are: nothing is sent, not even to the resolver. */
const noResolver: Resolver = async (host) => ({ kind: 'addresses', addresses: [host] });

/** `edgeprobe plan`: what a check with the same flags would do. */
export const plan = async (values: Values): Promise<number> => {
  const format = oneOf(text(values, 'format') ?? 'table', ['table', 'json'], 'format');
  const resolve = isOn(values, 'resolve');
  const loaded = load(values, new Date(), warn);
  const rules = await resolvePlan(loaded.plan, resolve ? systemResolver : noResolver, loaded.host.families);
  const summary = summarisePlan(loaded.plan, rules);
  const named = rules.some(({ checks }) => checks.some((check) => check.host !== null));
  const names = named ? (resolve ? 'resolved' : 'kept') : 'none';
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify(summary, null, 2)}\n`
      : planText(summary, { host: loaded.host.shown, names, columns: terminalLook().columns }),
  );
  return 0;
};
