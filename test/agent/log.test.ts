import t from 'tap';
import { createLog, logChange } from '../../agent/log.ts';
import type { VerdictChange } from '../../agent/watch-changes.ts';

const now = (): Date => new Date('2026-01-02T03:04:05.678Z');
const nasty = 'a\nb\u001b[2J\u009b\u202e\u2028"\\ level=error {"level":"x"}';

const change: VerdictChange = {
  ...{ pack: 'p', rule: 'r', endpoint: 'e', target: '192.0.2.1', source: '' },
  ...{ at: 'x', from: 'pass', verdict: 'fail', because: 'filtered', explain: nasty },
};

for (const format of ['json', 'logfmt'] as const) {
  t.test(`${format}: one line per event, and nothing breaks out of it`, async (t) => {
    const lines: string[] = [];
    const log = createLog('info', format, now, (line) => lines.push(line));
    logChange(log, change);
    log.debug('not at this level');
    t.equal(lines.length, 1);
    const [line = ''] = lines;
    t.match(line, /^[^\n]+\n$/);
    t.notMatch(line.slice(0, -1), /[\x00-\x1f\x7f-\x9f\u2028\u202e]/);
    t.match(line, /2026-01-02T03:04:05\.678Z/);
    if (format === 'json')
      t.match(JSON.parse(line), { level: 'warn', msg: 'verdict changed', from: 'pass', explain: nasty });
    else t.match(line, /^level=warn time=2026-01-02T03:04:05\.678Z .*msg="verdict changed"\n$/);
  });
}

t.test('levels, first verdicts, length', async (t) => {
  const lines: string[] = [];
  const log = createLog('debug', 'json', now, (line) => lines.push(line));
  logChange(log, { ...change, from: null, verdict: 'pass' });
  logChange(log, { ...change, from: null, verdict: 'fail' });
  logChange(log, { ...change, from: 'fail', verdict: 'pass' });
  log.error('x', { long: 'y'.repeat(10_000) });
  const parsed = lines.map((line) => JSON.parse(line) as { level: string; msg: string; long?: string });
  t.strictSame(
    parsed.map(({ level, msg }) => `${level} ${msg}`),
    ['debug first verdict', 'warn first verdict', 'info verdict changed', 'error x'],
  );
  t.ok((parsed[3]?.long?.length ?? 0) < 3_000);
});
