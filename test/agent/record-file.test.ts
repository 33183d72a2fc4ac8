import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { FileError } from '../../agent/file-error.ts';
import { judgeAgain, openRecords } from '../../agent/judge-again.ts';
import { parseRecord, readRecord, readRunOrRecord } from '../../agent/record-file.ts';
import { again, heard, record, sent, witnessed } from './far-record.ts';
import { judged, row } from './fixtures.ts';
import { harms } from './hostile-report.ts';

const sound = record({ heard: [witnessed(), heard(1)] }).record;
const text = JSON.stringify(sound);

const refusal = (source: string): string => {
  try {
    parseRecord(source, 'far.json');
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
  return 'it was read';
};

t.test('what a responder wrote is read back, also of an older version', async (t) => {
  t.strictSame(parseRecord(text, 'far.json'), JSON.parse(text));
  const { ended, heardRanges, halfOpen, ...older } = JSON.parse(text);
  t.match(parseRecord(JSON.stringify(older), 'far.json'), { ended: true, heardRanges: [], halfOpen: null });
});

t.test('what is no record is refused with the file, the place and what was expected', async (t) => {
  const withValue = (key: string, value: unknown): string => JSON.stringify({ ...JSON.parse(text), [key]: value });
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      'empty',
      '',
      /^far\.json:1:1: is not JSON; expected a record of 'edgeprobe respond --record' \(edgeprobe\/record\/v1\)/,
    ],
    ['a list', '[]', /is no record/],
    ['a report', JSON.stringify(judged([]).report), /has the schema edgeprobe\/report\/v1; .*report of a run/],
    ['a hostile schema', withValue('schema', '\x1b[2J'), /has the schema \\x1b\[2J/],
    ['no time', withValue('startedAt', 'now'), /startedAt: must be a time/],
    ['another part', withValue('as', 'prober'), /as: is none of edge, far, inside/],
    ['ports of its own', withValue('heardRanges', [{ ports: 'all' }]), /ports: must be ports like/],
    ['an id of its own', withValue('heard', [heard(1, { transaction: '../x' })]), /transaction: must be hex/],
    [
      'too many',
      withValue(
        'heard',
        Array.from({ length: 60_001 }, () => 0),
      ),
      /heard/,
    ],
    ['deep', text.replace('"heard":[', `"deep":${'['.repeat(5000)}${']'.repeat(5000)},"heard":[`), /more than 32 deep/],
  ];
  for (const [name, source, message] of cases) {
    const found = refusal(source);
    t.match(found, message, name);
    t.notMatch(found, /[\x00-\x09\x0b-\x1f\x7f]/, `${name}: nothing hostile reaches the terminal`);
  }
});

t.test('hostile texts in a record reach no sentence as they are', async (t) => {
  const rows = [{ rule: row('external-stun-udp-3478-in'), at: { edge1: sent('filtered', [1]) } }];
  for (const harm of harms) {
    const host = harm.slice(0, 1500);
    const elsewhere = heard(1, { to: { address: host, port: 1 }, from: { address: host, port: 1 } });
    const { report } = again(rows, record({ host, heard: [witnessed(), elsewhere] }));
    const { explain = '', findings = [], checks = [] } = report.rules[0] ?? {};
    const said = [explain, checks[0]?.explain, checks[0]?.advice ?? '', ...findings.map(({ message }) => message)];
    for (const one of said)
      t.notMatch(one, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/, JSON.stringify(harm.slice(0, 20)));
  }
});

t.test('a hostile record costs little: its lists of ports are read once', async (t) => {
  const ports = Array.from({ length: 20_000 }, (_, n) => 2 * n + 1).join(',');
  const [place] = sound.listening;
  const listening = Array.from({ length: 20 }, () => ({ ...place, ports }));
  const line = { ports, firstAt: sound.startedAt, lastAt: sound.finishedAt, transport: 'tcp', prefix: null };
  const ranges = Array.from({ length: 20 }, () => ({
    ...{ ...line, times: 1, served: true, from: { address: 'a' }, to: { address: 'b' } },
  }));
  const hostile = parseRecord(JSON.stringify({ ...sound, listening, heardRanges: ranges }), 'far.json');
  const { report } = judged([{ rule: row('external-stun-udp-3478-in'), at: { edge1: sent('filtered', [1]) } }]);
  t.doesNotThrow(() => judgeAgain(report, openRecords([{ record: hostile, file: 'far.json', digest: '' }])));
});

t.test('files: a run and a record are told apart by what they say they are', async (t) => {
  const folder = t.testdir({ 'far.json': text, 'run.json': JSON.stringify(judged([]).report), 'x.json': '{}' });
  const at = (name: string): string => path.join(folder, name);
  t.match(readRecord(at('far.json')), { file: at('far.json'), digest: /^[0-9a-f]{8}$/, record: { host: 'edge-1' } });
  t.match(readRunOrRecord(at('far.json')), { record: { digest: /./ } });
  t.match(readRunOrRecord(at('run.json')), { run: { report: { site: 'contoso' } } });
  t.throws(() => readRunOrRecord(at('x.json')), /is no report: it has no schema/);
  writeFileSync(at('far.json'), text.replace('"edge-1"', '7'));
  t.throws(() => readRunOrRecord(at('far.json')), /host: is no string/);
});
