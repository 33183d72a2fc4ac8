import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { mergeReports } from '../../../agent/merge.ts';
import { readPack } from '../../../agent/packs.ts';
import { displayWidth } from '../../../agent/printable.ts';
import { formats, renderMerged } from '../../../agent/sinks/index.ts';
import { startedAt } from '../fixtures.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { as, beside, file, sampleRuns } from '../sample-runs.ts';

const { outside, dmz, inside } = sampleRuns([
  beside('external-stun-udp-3478-in', 'edge1', '131.107.155.30', 'answered', { port: 3478 }),
  beside('external-stun-udp-3478-in', 'edge2', '131.107.155.31', 'answered', { port: 3478 }),
  beside('external-sip-tcp-5061-in', 'edge1', '131.107.155.10', 'answered', { port: 5061, onHost: true }),
]);
const { rules } = readPack('lync2013-edge-public', '.');
const options = { maxAge: 4 * 3600, mixed: false, now: new Date(startedAt.getTime() + 3600_000), rules };
const repaired = as(inside, { id: 'again', host: 'jump-int-02', minutes: 30, note: 'CHG4711' });
const broken = {
  ...inside,
  rules: inside.rules.map((rule, index) => (index === 0 ? { ...rule, verdict: 'fail' as const } : rule)),
};
const merged = mergeReports(
  [file(outside, 'outside.json'), file(dmz, 'dmz.json'), file(broken, 'inside.json'), file(repaired, 'again.json')],
  options,
);
const plain = { colour: false, ascii: false, exitCode: merged.exitCode };

/** Tests run from the repository's root, and golden texts are not compiled. UPDATE_GOLDEN=1 writes them anew. */
const golden = (name: string, text: string): string => {
  const path = `test/agent/sinks/golden/${name}.txt`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

t.test('merged runs at 80, 100 and 200 columns, and in ASCII', async (t) => {
  for (const columns of [80, 100, 200]) {
    const text = renderMerged('table', merged, { ...plain, columns });
    t.equal(text, golden(`merged-${columns}`, text), `${columns} columns`);
  }
  const text = renderMerged('table', merged, { ...plain, columns: 80, ascii: true });
  t.equal(text, golden('merged-80-ascii', text), 'ASCII');
  t.match(text, /^[\n\x20-\x7e]*$/, 'nothing but ASCII');
});

t.test('no line is wider than the terminal or ends in a blank, at any width', async (t) => {
  for (let columns = 60; columns <= 200; columns += 3) {
    const lines = renderMerged('table', merged, { ...plain, columns }).split('\n');
    t.strictSame(
      lines.filter((line) => displayWidth(line) > columns || line.endsWith(' ')),
      [],
      `${columns} columns`,
    );
  }
});

t.test('places have columns of their own where there is room, and share one elsewhere', async (t) => {
  t.match(renderMerged('table', merged, { ...plain, columns: 120 }), /PATH {2}OUTSIDE {2}DMZ +INSIDE\n/);
  t.match(renderMerged('table', merged, { ...plain, columns: 60 }), /FLOW +NODES\n/);
});

t.test('who blocks, what it was before, and whether more is open', async (t) => {
  const text = renderMerged('table', merged, { ...plain, columns: 200 });
  t.match(text, /\n {12}who {2}the external segment drops the request or the reply: edge2 answers the DMZ\n/);
  t.match(
    text,
    /who {2}something between outside and edge1 opens the connection and swallows .*\(the DMZ asked on the host itself/,
  );
  t.match(text, /internal-sip-tcp-5061-in .*\n {12}was {2}inside fail 20:06Z, pass 20:36Z\n/);
  t.match(text, /\nrun 3 {2}inside, jump-int-02, .* · superseded by a later run\n/);
  t.match(text, /\nrun 4 {2}.* · again\.json cafe0123 · CHG4711\n/);
  t.match(text, /\nwider\? +nothing seen: 4 control ports, all shut\n/);
  t.match(
    text,
    /\nresult +FAIL, exit 1 · 8 pass, 2 fail, 1 unknown, 4 not asked; 22 more rows of the packs in no run\n/,
  );
});

t.test('hostile texts reach no terminal raw, in any format', async (t) => {
  for (const text of harms) {
    const hostile = mergeReports([file(poisonedReport(text), text), file(dmz, 'dmz.json')], {
      ...options,
      mixed: true,
    });
    for (const format of formats) {
      const shown = renderMerged(format, hostile, { ...plain, columns: 80 });
      t.notMatch(
        shown.replaceAll('\r\n', '\n'),
        /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\p{Cs}/u,
        format,
      );
      if (format !== 'table') continue;
      t.strictSame(
        shown.split('\n').filter((line) => displayWidth(line) > 80),
        [],
      );
      t.notMatch(shown, /^✓ pass everything/m, 'no line can be forged');
    }
  }
});

t.test('who blocks is in every format', async (t) => {
  for (const format of ['json', 'junit', 'tap', 'markdown', 'csv'] as const) {
    const text = renderMerged(format, merged, { ...plain, columns: 100 });
    t.match(text, 'the external segment drops the request or the reply: edge2 answers the DMZ', format);
  }
});
