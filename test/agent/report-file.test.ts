import { ftruncateSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { FileError } from '../../agent/file-error.ts';
import { largestReport } from '../../agent/json-file.ts';
import { mergeReports } from '../../agent/merge.ts';
import type { Report } from '../../agent/report.ts';
import { parseReport, readReport } from '../../agent/report-file.ts';
import { renderMerged } from '../../agent/sinks/index.ts';
import { startedAt } from './fixtures.ts';
import { harms, poisonedReport } from './hostile-report.ts';
import { sampleRuns } from './sample-runs.ts';

const { outside, dmz } = sampleRuns();
const text = JSON.stringify(outside);

/** The report with a value put in, by its path. */
const withValue = (keys: readonly (string | number)[], value: unknown): string => {
  const copy: unknown = JSON.parse(text);
  let at = copy as Record<string | number, unknown>;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[keys.at(-1) ?? ''] = value;
  return JSON.stringify(copy);
};

const refusal = (source: string): string => {
  try {
    parseReport(source, 'run.json');
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
  return 'it was read';
};

t.test('what check wrote is read back unchanged', async (t) => {
  t.strictSame(parseReport(text, 'run.json'), JSON.parse(text));
  t.strictSame(parseReport(`\ufeff${JSON.stringify(dmz, null, 2)}`, 'run.json'), JSON.parse(JSON.stringify(dmz)));
});

t.test('additions are kept, and what was added later may be missing', async (t) => {
  const newer = JSON.parse(withValue(['rules', 0, 'checks', 0, 'novelty'], { deep: [1] })) as { extra?: unknown };
  newer.extra = true;
  t.match(parseReport(JSON.stringify(newer), 'run.json'), {
    extra: true,
    rules: [{ checks: [{ novelty: { deep: [1] } }] }],
  });
  const first = JSON.parse(text) as Record<string, unknown> & {
    rules: { waiver?: unknown; checks: Record<string, unknown>[] }[];
  };
  first['run'] = { id: 'x', host: 'h', platform: 'linux', note: null };
  for (const rule of first.rules) {
    rule.waiver = undefined;
    for (const check of rule.checks) for (const key of ['attempts', 'explain', 'advice', 'log']) check[key] = undefined;
  }
  const report = parseReport(JSON.stringify(first), 'run.json');
  t.match(report.run, { interrupted: false, packs: [], features: [], timezone: 'UTC' });
  t.match(report.rules[0], { waiver: null, checks: [{ attempts: [], explain: '', advice: null, log: '' }] });
  const options = { maxAge: 1, mixed: false, now: startedAt };
  const merged = mergeReports([{ report, file: null, digest: null }], options);
  for (const format of ['table', 'junit', 'tap', 'markdown', 'csv', 'nagios'] as const) {
    t.doesNotThrow(
      () => renderMerged(format, merged, { columns: 80, colour: false, ascii: false, exitCode: 1 }),
      format,
    );
  }
});

t.test('what is no report is refused with the file, the place and what was expected', async (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['empty', '', /^run\.json:1:1: is not JSON; expected a report of .*edgeprobe\/report\/v1/],
    ['cut off', `{\n  "schema": `, /^run\.json:\d+:\d+: is not JSON/],
    ['a list', '[]', /is no report: expected an object with the schema edgeprobe\/report\/v1/],
    ['null', 'null', /is no report/],
    ['another document', '{"a":1}', /it has no schema; expected edgeprobe\/report\/v1/],
    [
      'a newer version',
      withValue(['schema'], 'edgeprobe/report/v2'),
      /has the schema edgeprobe\/report\/v2; this version reads edgeprobe\/report\/v1/,
    ],
    [
      'a merged report',
      withValue(['schema'], 'edgeprobe/merged-report/v1'),
      /give the reports that it was merged from/,
    ],
    ['a hostile schema', withValue(['schema'], '\x1b[2Jv1'), /has the schema \\x1b\[2Jv1;/],
    ['a schema of another kind', withValue(['schema'], { a: 1 }), /has the schema object/],
    ['a verdict of its own', withValue(['rules', 1, 'verdict'], 'great'), /run\.json:1:1: rules\[1\]\.verdict: /],
    ['an outcome of its own', withValue(['rules', 0, 'checks', 0, 'outcome'], 'constructor'), /outcome/],
    ['no time', withValue(['startedAt'], 'yesterday'), /startedAt: must be a time like/],
    ['no time zone', withValue(['run', 'timezone'], 'Mars/Olympus'), /run\.timezone: must be the name of a time zone/],
    ['a negative duration', withValue(['rules', 0, 'checks', 0, 'durationSeconds'], -1), /durationSeconds/],
    ['a port too far', withValue(['rules', 0, 'checks', 0, 'target', 'port'], 70000), /target\.port/],
    ['no rules', withValue(['rules'], {}), /rules/],
    ['a row twice', withValue(['rules'], [outside.rules[0], outside.rules[0]]), /rules: names a row twice/],
    [
      'a text without end',
      withValue(['rules', 0, 'explain'], 'x'.repeat(20_001)),
      /rules\[0\]\.explain: is longer than any text/,
    ],
    [
      'nested without end',
      text.replace('"facts":{', `"facts":{"deep":${'['.repeat(5000)}${']'.repeat(5000)},`),
      /more than 32 deep/,
    ],
    [
      'wrong all over',
      withValue(
        ['rules'],
        Array.from({ length: 50 }, () => ({})),
      ),
      /and \d+ more problems$/,
    ],
  ];
  for (const [name, source, message] of cases) {
    const found = refusal(source);
    t.match(found, message, name);
    t.notMatch(found, /[\x00-\x09\x0b-\x1f\x7f]/, `${name}: nothing hostile reaches the terminal`);
    t.ok(found.length < 4000, `${name}: ${found.length} characters`);
  }
});

t.test('hostile texts are read as they are, and prototypes stay what they were', async (t) => {
  for (const harm of harms) {
    const report: Report = poisonedReport(harm);
    const source = JSON.stringify(report);
    t.strictSame(parseReport(source, 'run.json'), JSON.parse(source), JSON.stringify(harm.slice(0, 20)));
  }
  const poisoned = text.replace('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},');
  const report = parseReport(poisoned, 'run.json');
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
  t.equal((report as { polluted?: unknown }).polluted, undefined);
  const facts = text.replace('"facts":{', '"facts":{"__proto__":{"certificate":{"subject":"CN=x"}},');
  t.doesNotThrow(() => parseReport(facts, 'run.json'));
});

t.test('files', async (t) => {
  const folder = t.testdir({ 'run.json': text, 'big.json': '', folder: {} });
  const at = (name: string): string => path.join(folder, name);
  t.match(readReport(at('run.json')), { file: at('run.json'), digest: /^[0-9a-f]{8}$/, report: { site: 'contoso' } });
  writeFileSync(at('other.json'), `${text}\n`);
  t.not(readReport(at('run.json')).digest, readReport(at('other.json')).digest, 'the digest is that of the file');
  ftruncateSync(openSync(at('big.json'), 'r+'), largestReport + 1);
  t.throws(() => readReport(at('big.json')), { name: 'FileError', message: /is larger than 67108864 bytes/ });
  t.throws(() => readReport(at('none.json')), /there is no such file/);
  t.throws(() => readReport(at('folder')), /is not a file/);
  if (process.platform === 'linux') {
    t.throws(() => readReport('/dev/zero'), /is not a file/, 'nor do we read without end');
  }
});
