import { matchesRule } from '../agent/asked-rule.ts';
import { isAddedByFlag, type Rule, readPack, shippedPackNames } from '../agent/packs.ts';
import { listRules, ruleFormats, showRule } from '../agent/rules-text.ts';
import { didYouMean, oneOf, text, texts, type Values, word } from './command.ts';
import { withHint } from './complaint.ts';
import { quoted, UsageError } from './usage-error.ts';

const readOne = (name: string) =>
  withHint('rules/README.md of edgeprobe says what a pack file holds; the shipped packs are examples.', () =>
    readPack(name, process.cwd()),
  );

const readAll = (names: readonly string[], otherwise: readonly string[]): Rule[] =>
  (names.length > 0 ? [...new Set(names)] : otherwise).flatMap((name) => readOne(name).rules);

/** The packs of documents, which is what somebody means who has not heard of others. */
const documented = (): string[] => shippedPackNames().filter((name) => !isAddedByFlag(name));

/** What a glob means: rules of documents, and only where none of those is meant, others. */
const find = (rules: readonly Rule[], what: string | null): Rule[] => {
  if (what === null) throw new UsageError('rules show needs a rule id', "'edgeprobe rules list' shows them.");
  const all = rules.filter((rule) => matchesRule(what, rule));
  const found = all.filter(({ pack }) => !isAddedByFlag(pack));
  if (all.length > 0) return found.length > 0 ? found : all;
  const ids = rules.map(({ pack, id }) => (what.includes('/') ? `${pack}/${id}` : id));
  throw new UsageError(
    `there is no rule ${quoted(what)}`,
    `${didYouMean(what, ids)}'edgeprobe rules list' shows all ids.`,
  );
};

const checkPacks = (names: readonly string[]): string =>
  names
    .map((name) => {
      const pack = readOne(name);
      return `${name} is good: pack ${pack.pack}, ${pack.rules.length} rules\n`;
    })
    .join('');

/** `edgeprobe rules list|show|check`. */
export const rules = async (values: Values): Promise<number> => {
  const given = word(values, 'action');
  const actions = ['list', 'show', 'check'] as const;
  if (given === null) throw new UsageError('rules needs to know what to do', `One of: ${actions.join(', ')}.`);
  const action = oneOf(given, actions, 'action');
  const packs = texts(values, 'pack');
  const asked = text(values, 'format');
  const format = asked === null ? null : oneOf(asked, ruleFormats, 'format');
  const what = word(values, 'what');
  if (action === 'check') {
    if (format !== null) throw new UsageError('rules check has no formats', 'Its exit code tells: 0 good, 2 not.');
    const named = what === null ? packs : [what, ...packs];
    process.stdout.write(checkPacks(named.length > 0 ? named : shippedPackNames()));
  } else if (action === 'show') {
    const found = find(readAll(packs, shippedPackNames()), what);
    process.stdout.write(format === null ? found.map(showRule).join('\n') : listRules(found, format));
  } else {
    const hint = "Use --pack to choose a pack, or 'edgeprobe rules show' for single rules.";
    if (what !== null) throw new UsageError(`rules list cannot use the word ${quoted(what)}`, hint);
    process.stdout.write(listRules(readAll(packs, documented()), format ?? 'table'));
  }
  return 0;
};
