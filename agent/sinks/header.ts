import { basename } from 'node:path';
import type { Report } from '../report.ts';
import { hanging } from './layout.ts';
import type { Theme } from './theme.ts';

/** Addresses named before there are "more". */
const mostAddresses = 3;

/** Names of hosts and notes are as long as somebody made them. */
const headerCap = 400;

/** Making one takes as long as using it a hundred times; a site has one time zone. */
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timezone: string): Intl.DateTimeFormat => {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  formats.set(timezone, made);
  return made;
};

/** `Fri 2026-11-20 21:04:11 +01:00`: the clock of the site, and how far it is from UTC. */
export const localTime = (iso: string, timezone: string): string => {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(new Date(iso))
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const date = `${part('weekday')} ${part('year')}-${part('month')}-${part('day')}`;
  return `${date} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`;
};

const few = (words: readonly string[]): string =>
  words.length > mostAddresses
    ? `${words.slice(0, mostAddresses).join(', ')} and ${words.length - mostAddresses} more`
    : words.join(', ');

const distinct = (values: readonly unknown[]): string[] => [
  ...new Set(values.filter((value): value is string => typeof value === 'string' && value !== '')),
];

const fromWords = ({ rules }: Report): string => {
  const checks = rules.flatMap((rule) => rule.checks);
  const bound = distinct(checks.map(({ source }) => source.address));
  const mapped = distinct(checks.map(({ facts }) => facts['mappedAddress'])).filter((one) => !bound.includes(one));
  if (bound.length === 0) return '';
  return `, from ${few(bound)}${mapped.length === 0 ? '' : ` (the far side saw ${few(mapped)})`}`;
};

/** Who asked, from where, with which configuration, and when. */
export const headerLines = (report: Report, columns: number, theme: Theme): string[] => {
  const { tool, site, vantage, place, run, siteDigest } = report;
  const where = place === vantage ? vantage : `${vantage} (${place})`;
  const who = `${[site, where, run.host].join(theme.dot)}${fromWords(report)}`;
  const packs = run.packs.map((pack) => basename(pack)).join(' ');
  const what = [packs, run.features.join(' '), localTime(report.startedAt, run.timezone)]
    .filter((part) => part !== '')
    .join(theme.dot);
  const label = (text: string): string => `${text}  `;
  const lines = [
    ...hanging(label(theme.say(`${tool.name} ${tool.version}`)), theme.say(who, headerCap), columns),
    ...hanging(label(theme.say(`config ${siteDigest}`)), theme.say(what, headerCap), columns),
  ];
  return run.note === null ? lines : [...lines, ...hanging('note  ', theme.say(run.note, headerCap), columns)];
};
