import { matchesRule } from '../agent/asked-rule.ts';
import { nearMiss } from '../agent/near-miss.ts';
import { type Rule, readPack, shippedPackNames } from '../agent/packs.ts';
import { listRules, ruleFormats, showRule } from '../agent/rules-text.ts';
import { oneOf, text, texts, type Values } from './command.ts';
import { UsageError } from './usage-error.ts';

const readAll = (names: readonly string[]): Rule[] =>
  (names.length > 0 ? names : shippedPackNames()).flatMap((name) => readPack(name, process.cwd()).rules);

const show = (rules: readonly Rule[], what: unknown): string => {
  if (typeof what !== 'string')
    throw new UsageError('rules show needs a rule id', "'edgeprobe rules list' shows them.");
  const found = rules.filter((rule) => matchesRule(what, rule));
  if (found.length > 0) return found.map(showRule).join('\n');
  const near = nearMiss(
    what,
    rules.flatMap((rule) => [rule.id, `${rule.pack}/${rule.id}`]),
  );
  const hint = near === null ? "'edgeprobe rules list' shows all ids." : `Did you mean ${near}?`;
  throw new UsageError(`there is no rule ${JSON.stringify(what)}`, hint);
};

const checkPacks = (names: readonly string[]): string =>
  names
    .map((name) => {
      const pack = readPack(name, process.cwd());
      return `${name} is good: pack ${pack.pack}, ${pack.rules.length} rules\n`;
    })
    .join('');

/** `edgeprobe rules list|show|check`. */
export const rules = async (values: Values): Promise<number> => {
  const action = oneOf(String(values['action']), ['list', 'show', 'check'], 'the action');
  const packs = texts(values, 'pack');
  const format = oneOf(text(values, 'format') ?? 'table', ruleFormats, 'the format');
  const { what } = values;
  if (action === 'check') {
    const named = typeof what === 'string' ? [what, ...packs] : packs;
    process.stdout.write(checkPacks(named.length > 0 ? named : shippedPackNames()));
  } else if (action === 'show') {
    process.stdout.write(show(readAll(packs), what));
  } else {
    if (what !== undefined)
      throw new UsageError(`rules list takes no ${JSON.stringify(what)}`, 'Use --pack or rules show.');
    process.stdout.write(listRules(readAll(packs), format));
  }
  return 0;
};
