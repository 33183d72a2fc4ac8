import { planCsv } from '../agent/plan-csv.ts';
import { planNotice } from '../agent/plan-notice.ts';
import { type PlanSummary, summarisePlan } from '../agent/plan-summary.ts';
import { planText } from '../agent/plan-text.ts';
import { type Resolver, resolvePlan, systemResolver } from '../agent/resolve.ts';
import { grouped } from '../agent/sinks/grouped.ts';
import { isOn, oneOf, text, type Values } from './command.ts';
import { load } from './load.ts';
import { terminalLook, warn } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

/** Leaves names as they are: nothing is sent, not even to the resolver. */
const noResolver: Resolver = async (host) => ({ kind: 'addresses', addresses: [host] });

const everyFamily: ReadonlySet<4 | 6> = new Set([4, 6]);

/** Rows that the site needs and a list lacks: whoever gets the list sees neither them nor why. */
const leftOut = ({ skipped }: PlanSummary): string[] => {
  const missing = skipped.filter(({ because }) => because !== 'not-required' && because !== 'absent');
  return grouped(missing, ({ explain }) => explain).map(
    (alike) => `not in here: ${alike.map(({ rule }) => rule).join(', ')}: ${alike[0].explain}`,
  );
};

/** `edgeprobe plan`: what a check with the same flags would do. */
export const plan = async (values: Values): Promise<number> => {
  const format = oneOf(text(values, 'format') ?? 'table', ['table', 'json', 'csv'], 'format');
  const notice = isOn(values, 'notice');
  const note = text(values, 'note');
  if (notice && text(values, 'format') !== null) {
    throw new UsageError('--notice is a text by itself', 'Leave --format out, or --notice.');
  }
  if (note !== null && !notice) throw new UsageError('--note belongs to --notice here', 'A plan keeps no notes.');
  const resolve = isOn(values, 'resolve');
  // The firewall team opens for every Edge, and who lists it for them may sit anywhere.
  const listing = format === 'csv';
  const loaded = load(values, new Date(), warn, listing);
  const families = listing ? everyFamily : loaded.host.families;
  const rules = await resolvePlan(loaded.plan, resolve ? systemResolver : noResolver, families);
  const summary = summarisePlan(loaded.plan, rules);
  if (listing || notice) for (const line of leftOut(summary)) warn(line);
  const named = rules.some(({ checks }) => checks.some((check) => check.host !== null));
  const names = named ? (resolve ? 'resolved' : 'kept') : 'none';
  const { columns } = terminalLook();
  const host = loaded.host.shown;
  if (notice) {
    process.stdout.write(planNotice(summary, { version: version(), hostName: loaded.hostName, host, note, columns }));
  } else if (format === 'table') process.stdout.write(planText(summary, { host, names, columns }));
  else process.stdout.write(format === 'csv' ? planCsv(summary) : `${JSON.stringify(summary, null, 2)}\n`);
  return 0;
};
