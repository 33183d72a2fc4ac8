import { counted, inWords, listed, socketAddress } from '../explain-words.ts';
import type { Severity } from '../findings-entry.ts';
import { keptIn, keptWords } from '../kept.ts';
import type { Report, ReportControl, ReportRule } from '../report.ts';
import { type Block, checkKey } from './blocks.ts';
import { indent } from './columns.ts';
import { findingLines } from './details.ts';
import { grouped } from './grouped.ts';
import { hanging } from './layout.ts';
import { sharedFindingLines } from './shared-findings.ts';
import type { Colour, Theme } from './theme.ts';

const lead = (label: string): string => label.padEnd(indent);

/** Rules that one line of what was not asked names, before it counts them. */
const namedAtMost = 2;

/** Rules that the next command names. */
const askedAgainAtMost = 3;

const at = ({ address, port }: ReportControl): string => socketAddress(address, String(port));

const portControlWords = (controls: readonly ReportControl[]): string[] => {
  const [first] = controls;
  if (first === undefined) return [];
  const addresses = (wanted: (control: ReportControl) => boolean): number =>
    new Set(controls.filter(wanted).map(({ address }) => address)).size;
  const shut = addresses(({ outcome }) => outcome === 'filtered' || outcome === 'closed');
  const open = controls.filter(({ outcome }) => outcome === 'open' || outcome === 'answered');
  const told = new Set(['filtered', 'closed', 'open', 'answered']);
  const unclear = addresses(({ outcome }) => !told.has(outcome));
  return [
    ...(shut > 0 ? [`${first.port} shut on ${shut === 1 ? '1 address' : `${shut} addresses`}`] : []),
    ...(open.length > 0 ? [`${first.port} OPEN on ${listed(open.map(({ address }) => address).slice(0, 3))}`] : []),
    ...(unclear > 0 ? [`${first.port} not known on ${unclear}`] : []),
  ];
};

const sightWords = (controls: readonly ReportControl[], needed: boolean): string[] => {
  const good = controls.filter(({ asExpected }) => asExpected);
  const bad = controls.filter(({ asExpected }) => !asExpected);
  if (controls.length === 0) {
    return needed ? ['no host is named under "vantages" that must answer from here, so silence may be ours'] : [];
  }
  return [
    ...(good.length > 0 ? [`${listed(good.map(at))} answers, so we are not blind`] : []),
    ...bad.map((one) => `${at(one)} must answer and is ${one.outcome}${good.length === 0 ? ': we are blind' : ''}`),
  ];
};

const repeatWords = (controls: readonly ReportControl[]): string[] => {
  const shunned = controls.filter(({ asExpected }) => !asExpected);
  if (controls.length === 0) return [];
  if (shunned.length === 0) return ['after the sweep a row asked again still answers'];
  return shunned.map((one) => `${at(one)} is ${one.outcome} since the sweep`);
};

const controlWords = ({ controls }: Report, blocks: readonly Block[]): string[] => {
  const of = (kind: string): ReportControl[] => controls.filter((control) => control.kind === kind);
  const silent = blocks.some(({ checks }) => checks.some(({ outcome }) => outcome === 'filtered'));
  return [...portControlWords(of('port')), ...sightWords(of('vantage'), silent), ...repeatWords(of('repeat'))];
};

/** What was asked for other vantages, as controls: it counts nowhere here. */
const besideWords = ({ alongside = [] }: Report): string[] => {
  if (alongside.length === 0) return [];
  const outcomes = grouped(alongside, ({ outcome }) => outcome).map((same) => `${same.length} ${same[0].outcome}`);
  const what = `${counted(alongside.length, 'question')} of other vantages, as controls without a verdict: ${outcomes.join(', ')}`;
  return [`${what} ('edgeprobe report' puts the runs together)`];
};

const skippedWords = (rules: readonly ReportRule[]): string[] =>
  grouped(
    rules.filter(({ verdict }) => verdict === 'skipped'),
    ({ explain }) => explain,
  )
    .toSorted((a, b) => a.length - b.length)
    .map((alike) => {
      const reason = alike[0].explain.replace(/^not asked: /, '');
      const names = alike.map(({ rule }) => rule);
      return `${alike.length <= namedAtMost ? listed(names) : counted(alike.length, 'row')}: ${reason}`;
    });

const resultName = (exitCode: number, report: Report): [string, Colour] => {
  if (report.run.interrupted || exitCode > 3) return ['ENDED EARLY', 'yellow'];
  if (exitCode === 0) return ['PASS', 'green'];
  return exitCode === 1 ? ['FAIL', 'red'] : ['UNKNOWN', 'yellow'];
};

const severities = (report: Report, severity: Severity): number =>
  new Set(
    [...report.findings, ...report.rules.flatMap(({ findings }) => findings)]
      .filter((one) => one.severity === severity)
      .map(({ code, target, message }) => `${code} ${target} ${message}`),
  ).size;

const resultWords = (report: Report, blocks: readonly Block[]): string => {
  const asked = report.rules.filter(({ verdict }) => verdict !== 'skipped');
  const count = (verdict: string): number =>
    asked.filter((rule) => rule.verdict === verdict && rule.waiver === null).length;
  const waived = asked.filter(({ waiver }) => waiver !== null).length;
  const checks = new Set(asked.flatMap((rule) => rule.checks.map((check) => checkKey(check, rule.transport)))).size;
  const seconds = (new Date(report.finishedAt).getTime() - new Date(report.startedAt).getTime()) / 1000;
  const [errors, warnings] = [severities(report, 'error'), severities(report, 'warning')];
  const counts = [
    `${count('pass')} pass`,
    `${count('fail')} fail`,
    `${count('unknown')} unknown`,
    ...(asked.length < report.rules.length ? [`${report.rules.length - asked.length} not asked`] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
    ...(errors > 0 ? [`${counted(errors, 'finding')} of severity error`] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  const rows = `${counted(asked.length, 'row')} in ${counted(blocks.length, 'flow')}: ${counts.join(', ')}`;
  return [rows, `${counted(checks, 'check')}, ${inWords(seconds)}`].join(' · ');
};

const nextWords = (report: Report, blocks: readonly Block[], exitCode: number, command: string | null): string => {
  if (report.run.interrupted || exitCode > 3) return 'run it again: what was not asked says nothing';
  const open = blocks.filter(({ rule }) => rule.verdict !== 'pass' && rule.waiver === null);
  const [first] = open;
  if (first === undefined) {
    if (exitCode === 1) return 'see the lines with !, repair, and run it again';
    const others = ['inside', 'dmz', 'outside'].filter((vantage) => vantage !== report.vantage);
    return `the same from ${listed(others)}: each vantage asks rows of its own`;
  }
  // A command that carries on the run knows the rows by itself.
  const again =
    open.length > askedAgainAtMost || command?.includes(' --again ')
      ? ''
      : open.map(({ rule }) => ` --rule ${rule.rule}`).join('');
  return `repair from the top (do), then ask again: ${command ?? `edgeprobe check --vantage ${report.vantage}`}${again}`;
};

/** Controls, what was not asked, the result with all its numbers, and what to do next. */
export const footerLines = (
  report: Report,
  blocks: readonly Block[],
  options: { readonly columns: number; readonly exitCode: number; readonly command?: string | null },
  theme: Theme,
): string[] => {
  const { columns, exitCode } = options;
  const say = (label: string, text: string): string[] => hanging(lead(label), theme.say(text), columns);
  const controls = controlWords(report, blocks);
  const skipped = skippedWords(report.rules);
  const kept = keptIn(report);
  const [name, colour] = resultName(exitCode, report);
  // The result is painted after it was broken into lines: colours have no width.
  const [result = '', ...more] = say('result', `${name}, exit ${exitCode} · ${resultWords(report, blocks)}`);
  return [
    ...sharedFindingLines(blocks, columns, theme),
    ...findingLines(report.findings, 0, columns, theme),
    ...(controls.length > 0 ? say('controls', controls.join(' · ')) : []),
    ...besideWords(report).flatMap((text) => say('beside', text)),
    ...skipped.flatMap((text, index) => say(index === 0 ? 'not asked' : '', text)),
    ...(kept === null ? [] : say('kept', keptWords(kept, report.finishedAt))),
    result.replace(name, theme.paint(colour, name)),
    ...more,
    ...say('next', nextWords(report, blocks, exitCode, options.command ?? null)),
  ];
};
