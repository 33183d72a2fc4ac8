import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import type { Report } from '../../agent/report.ts';
import { as, beside, sampleRuns } from '../agent/sample-runs.ts';

/** A folder with the reports of three vantages, as `check --output json=FILE` writes them. */
export const mergeFolder = (
  t: Test,
): { cwd: string; write: (name: string, report: unknown) => string; runs: Record<string, Report> } => {
  const cwd = t.testdir({});
  const write = (name: string, report: unknown): string => {
    writeFileSync(path.join(cwd, name), typeof report === 'string' ? report : JSON.stringify(report));
    return name;
  };
  const runs = sampleRuns([beside('external-stun-udp-3478-in', 'edge2', '131.107.155.31', 'answered', { port: 3478 })]);
  for (const [name, report] of Object.entries(runs)) write(`${name}.json`, report);
  return { cwd, write, runs: { ...runs, later: as(runs.outside, { id: 'later', host: 'jump-ext-01', minutes: 30 }) } };
};
