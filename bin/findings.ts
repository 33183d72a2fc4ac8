import { findingFormats, findingsText, type Listed, listed } from '../agent/findings-text.ts';
import { didYouMean, oneOf, text, type Values, word } from './command.ts';
import { quoted, UsageError } from './usage-error.ts';

const find = (what: string | null): Listed[] => {
  const hint = "'edgeprobe findings list' shows all codes.";
  if (what === null) throw new UsageError('findings show needs a code', hint);
  const found = listed.filter(({ code }) => code === what);
  if (found.length > 0) return found;
  const near = didYouMean(
    what,
    listed.map(({ code }) => code),
  );
  throw new UsageError(`there is no finding ${quoted(what)}`, `${near}${hint}`);
};

/** `edgeprobe findings list|show`. */
export const findings = async (values: Values): Promise<number> => {
  const given = word(values, 'action');
  const actions = ['list', 'show'] as const;
  if (given === null) throw new UsageError('findings needs to know what to do', `One of: ${actions.join(', ')}.`);
  const action = oneOf(given, actions, 'action');
  const format = oneOf(text(values, 'format') ?? 'table', findingFormats, 'format');
  const what = word(values, 'what');
  if (action === 'list' && what !== null) {
    const hint = "Use 'edgeprobe findings show' for one of them.";
    throw new UsageError(`findings list cannot use the word ${quoted(what)}`, hint);
  }
  process.stdout.write(findingsText(action === 'show' ? find(what) : listed, format, action === 'show'));
  return 0;
};
