import { alignColumns } from './columns.ts';
import type { Rule } from './packs.ts';
import { printable } from './printable.ts';
import { vantageOf } from './vantage.ts';

const head = ['pack', 'id', 'protocol', 'security', 'transport', 'ports', 'from', 'to', 'asked from', 'required for'];

const cells = (rule: Rule): string[] => [
  rule.pack,
  rule.id,
  rule.protocol,
  rule.security,
  rule.transport,
  rule.ports,
  rule.from,
  rule.to,
  vantageOf(rule),
  rule.requiredFor.join(' ') || 'always',
];

/** One cell of a CSV file: quoted where needed, and never a formula to a spreadsheet. */
const csvCell = (value: string): string => {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const byPack = (rules: readonly Rule[]): Map<string, Rule[]> => {
  const packs = new Map<string, Rule[]>();
  for (const rule of rules) packs.set(rule.pack, [...(packs.get(rule.pack) ?? []), rule]);
  return packs;
};

/** The rules for a terminal: a block per pack and, in it, the columns people compare with their firewall. */
const asTable = (rules: readonly Rule[]): string =>
  [...byPack(rules)]
    .map(([pack, members]) => {
      const rows = members.map((rule) => [
        rule.id,
        rule.security === 'none' ? rule.protocol : `${rule.protocol} ${rule.security}`,
        `${rule.transport}/${rule.ports}`,
        `${rule.from} → ${rule.to}`,
        vantageOf(rule),
        rule.requiredFor.join(' ') || 'always',
      ]);
      const columns = alignColumns([['RULE', 'PROTOCOL', 'PORTS', 'FLOW', 'ASKED FROM', 'NEEDED FOR'], ...rows]);
      return `${pack}: ${members.length} rules\n${columns.replace(/^/gm, '  ').trimEnd()}\n`;
    })
    .join('\n');

/** The rules as CSV (RFC 4180), one line a rule. */
const asCsv = (rules: readonly Rule[]): string =>
  [head, ...rules.map(cells)].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

const asMarkdown = (rules: readonly Rule[]): string => {
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rules.map((rule) => line(cells(rule))).join('');
};

export const ruleFormats = ['table', 'json', 'csv', 'markdown'] as const;
export type RuleFormat = (typeof ruleFormats)[number];

/** A list of rules in a format. */
export const listRules = (rules: readonly Rule[], format: RuleFormat): string => {
  switch (format) {
    case 'table':
      return asTable(rules);
    case 'json':
      return `${JSON.stringify({ rules }, null, 2)}\n`;
    case 'csv':
      return asCsv(rules);
    case 'markdown':
      return asMarkdown(rules);
  }
};

/** Texts of a pack file are shown whole; only a broken file has longer ones. */
const longestText = 10_000;

/** Everything that is known of one rule, for a terminal. */
export const showRule = (rule: Rule): string => {
  const { source, erratum } = rule;
  const secured = rule.security === 'none' ? '' : ` ${rule.security}`;
  const lines: [string, string][] = [
    ['flow', `${rule.protocol}${secured} ${rule.transport}/${rule.ports}, ${rule.from} → ${rule.to}`],
    ['why', rule.why],
    ['asked from', vantageOf(rule)],
    ['needed for', rule.requiredFor.join(', ') || 'always'],
    ...(rule.mayNarrowTo.length > 0 ? [['any may be', rule.mayNarrowTo.join(', ')] as [string, string]] : []),
    ['service', rule.role],
    ['source', `${source.document}, table ${source.table}, row ${source.row}`],
    ...(erratum === null
      ? []
      : [['erratum', `${erratum.field}: the document says ${erratum.documented}. ${erratum.why}`] as [string, string]]),
    ...rule.notes.map((note): [string, string] => ['note', note]),
  ];
  const shown = lines.map(([word, value]) => `  ${word.padEnd(10)}  ${printable(value, longestText)}\n`);
  return `${rule.pack}/${rule.id}\n${shown.join('')}`;
};
