import t from 'tap';
import { openFilesLimit, readOpenFiles } from '../../probes/open-files.ts';
import { mostDialsInFlight } from '../../probes/sweep-limits.ts';

t.test('the soft limit is read', async (t) => {
  const text = (soft: string): string =>
    `Limit                     Soft Limit           Hard Limit           Units
Max processes             96000                96000                processes
Max open files            ${soft}                 20000                files
`;
  t.equal(readOpenFiles(text('1024')), 1024);
  t.equal(readOpenFiles(text('unlimited')), Number.POSITIVE_INFINITY);
  t.equal(readOpenFiles('nothing of the kind'), null);
  t.ok(openFilesLimit() > 0);
});

t.test('dials in flight', async (t) => {
  t.equal(mostDialsInFlight(undefined, 1024), 824);
  t.equal(mostDialsInFlight(0, 1024), 824);
  t.equal(mostDialsInFlight(100, 1024), 100);
  t.equal(mostDialsInFlight(5_000, 1024), 824);
  t.equal(mostDialsInFlight(undefined, 1_000_000), 10_000);
  t.equal(mostDialsInFlight(undefined, Number.POSITIVE_INFINITY), 10_000);
  t.equal(mostDialsInFlight(undefined, 64), 16);
});
