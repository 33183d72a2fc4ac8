import t from 'tap';
import { formatDuration, parseDuration } from '../../agent/duration.ts';
import { throwsMatching } from '../require.ts';

t.test('durations are read into seconds', async (t) => {
  const good: [string, number][] = [
    ['250ms', 0.25],
    ['3s', 3],
    ['5m', 300],
    ['2h', 7200],
    ['1d', 86_400],
    ['1h30m', 5400],
    ['1d2h3m4s5ms', 93_784.005],
    ['1.1s', 1.1],
    ['0.5h', 1800],
    ['0s', 0],
    ['90m', 5400],
  ];
  for (const [text, seconds] of good) t.equal(parseDuration(text), seconds, text);
});

t.test('everything else is refused with a remedy', async (t) => {
  const bad: [string, RegExp][] = [
    ['', /"" is not a duration: write a number and a unit/],
    ['8', /^8 has no unit: write 8s/],
    ['1.5', /^1\.5 has no unit: write 1\.5s/],
    ['-3s', /"-3s" is negative/],
    ['s', /is not a duration/],
    ['.5s', /is not a duration/],
    ['5.s', /is not a duration/],
    ['3 s', /is not a duration/],
    ['3S', /is not a duration/],
    ['3sec', /is not a duration/],
    ['1w', /is not a duration/],
    ['30m1h', /is not a duration/],
    ['1s1s', /is not a duration/],
    ['1e3s', /is not a duration/],
    ['3s\n', /is not a duration/],
    ['٣s', /is not a duration/],
    [`${'9'.repeat(400)}s`, /^"9{32}\.\.\." is not a duration/],
  ];
  for (const [text, message] of bad) await throwsMatching(t, () => parseDuration(text), message);
});

t.test('seconds are written in the largest unit without a fraction', async (t) => {
  const spelled: [number, string][] = [
    [0, '0s'],
    [0.25, '250ms'],
    [1.5, '1500ms'],
    [3, '3s'],
    [90, '90s'],
    [300, '5m'],
    [5400, '90m'],
    [7200, '2h'],
    [86_400, '1d'],
    [90_000, '25h'],
    [0.0004, '0s'],
    [1.0004, '1s'],
  ];
  for (const [seconds, text] of spelled) t.equal(formatDuration(seconds), text);
  for (let seconds = 0; seconds < 200_000; seconds += 613.007) {
    const text = formatDuration(seconds);
    t.equal(formatDuration(parseDuration(text)), text, `${text} there and back`);
  }
});
