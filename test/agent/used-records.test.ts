import t from 'tap';
import { carryOn } from '../../agent/again.ts';
import { mergeReports } from '../../agent/merge.ts';
import { parseReport } from '../../agent/report-file.ts';
import { renderMerged } from '../../agent/sinks/index.ts';
import { joinRecords, recordWords, type UsedRecord } from '../../agent/used-records.ts';
import { again, heard, instant, record, witnessed } from './far-record.ts';
import { row, seen } from './fixtures.ts';
import { as, file } from './sample-runs.ts';

const used = (more: Partial<UsedRecord> = {}): UsedRecord => ({
  ...{ host: 'edge-1', as: 'edge', digest: 'cafe0123', ended: true },
  startedAt: '2026-11-20T09:00:10.000Z',
  finishedAt: '2026-11-20T09:30:59.000Z',
  ...more,
});

t.test('in words, with the day, and the second day where there is one', async (t) => {
  t.equal(recordWords(used()), 'edge-1 (respond --as edge) heard, 2026-11-20 09:00-09:30Z');
  t.equal(
    recordWords(used({ startedAt: '2026-11-20T23:50:00+01:00', finishedAt: '2026-11-21T01:10:00Z' })),
    'edge-1 (respond --as edge) heard, 2026-11-20 22:50Z to 2026-11-21 01:10Z',
  );
});

t.test('one responder is named once, as it was read last', async (t) => {
  const early = used({ finishedAt: '2026-11-20T09:10:00.000Z', digest: '00000000', ended: false });
  const other = used({ as: 'far' });
  const tomorrow = used({ startedAt: '2026-11-21T09:00:00.000Z', finishedAt: '2026-11-21T09:30:00.000Z' });
  t.strictSame(joinRecords([early, other, used(), early, tomorrow]), [used(), other, tomorrow]);
});

const silent = { rule: row('external-stun-udp-3478-in'), at: { edge1: seen('filtered') } };

t.test('a report names the records that it was judged with, and keeps them', async (t) => {
  const { report, before } = again([silent], record({ heard: [witnessed()] }));
  t.equal(before.records, undefined);
  const one = { host: 'edge-1', as: 'edge', digest: 'cafe0123', ended: true };
  t.match(report.records, [one]);
  t.equal(again([silent], record({ heard: [heard(4711)] })).report.records, undefined, 'not of this run: not named');
  t.match(parseReport(JSON.stringify(report), 'run.json').records, [one], 'through a file');
  t.match(carryOn(report, before).records, [one], 'rows that were kept were judged with it');
  const merged = mergeReports([file(report, 'run.json')], { maxAge: 60, mixed: false, now: new Date() });
  t.match(merged.records, [one]);
  const look = { columns: 100, colour: false, ascii: false, exitCode: 1 } as const;
  const words = /udged with what edge-1 \(respond --as edge\) heard, \d{4}-\d\d-\d\d \d\d:\d\d-\d\d:\d\dZ/;
  for (const format of ['html', 'table', 'markdown'] as const) {
    const text = renderMerged(format, merged, look).replaceAll('\\', '');
    t.match(text, words, format);
  }
});

t.test('how far the clocks of a run and of its responders are apart, where both hold the same requests', async (t) => {
  const look = { columns: 400, colour: false, ascii: false, exitCode: 1 } as const;
  for (const [ahead, words] of [
    [0, null],
    [10_800, '3 h behind the responder’s'],
    [-600, '10 min ahead of the responder’s'],
    [432_000, '5 days behind the responder’s'],
  ] as const) {
    const at = instant(0.004, ahead);
    const { report, before } = again([silent], record({ heard: [witnessed({ at })] }, ahead));
    t.match(report.records, [{ aheadSeconds: ahead + 0.004 }]);
    const read = parseReport(JSON.stringify(report), 'run.json');
    const options = { maxAge: 60, mixed: false, now: new Date() };
    const merged = mergeReports(
      [file(read, 'run.json'), file(as(before, { id: 'other', place: 'elsewhere' }), 'e.json')],
      options,
    );
    t.match(merged.runs, [{ clockOffsetSeconds: -ahead - 0.004 }, { clockOffsetSeconds: null }]);
    t.notOk(merged.records[0] && 'aheadSeconds' in merged.records[0], 'of one run only');
    const [html, table, markdown] = (['html', 'table', 'markdown'] as const).map((format) =>
      renderMerged(format, merged, look).replaceAll(/&#39;|&apos;|'/g, '’'),
    );
    const shown = words ?? 'within 2 s of the responder’s';
    t.match(html, `<dt>Clock</dt><dd>${shown}</dd>`);
    t.match(html, '<dt>Clock</dt><dd>not compared: no record of a responder</dd>');
    t.match(markdown, ` | ${shown} | `);
    if (words === null) t.notMatch(table, /clock/);
    else t.match(table, ` · its clock is ${words}`);
  }
});
