import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, ReportRule } from '../../agent/report.ts';
import type { Lab } from './lab.ts';

/** The command under test: the one file people use. Tests run from the root of the repository. */
export const command = [process.execPath, join(process.cwd(), 'dist/edgeprobe.mjs')];

export const labVantages = ['outside', 'dmz', 'inside'] as const;
export type LabVantage = (typeof labVantages)[number];

/** Ports that stand for the media range where ten thousand of them would prove nothing more. */
const narrowRange = '50000-50099';

/** The lab's site file with its media ranges narrowed, on our Edge and at the partner. */
export const narrowed = (text: string): string => {
  const ports = `ports: { "50000-59999": "${narrowRange}" }`;
  const edge = text.replace(/^( +)av-edge:\n/gm, `$&$1  ${ports}\n`);
  return edge.replace(/^( +)litware-av:\n/gm, `$&$1  ${ports}\n`);
};

/** Writes a site file into the lab's folder. */
export const writeSite = (lab: Lab, text: string, name = 'site.yaml'): string => {
  const file = join(lab.folder, name);
  writeFileSync(file, text);
  return file;
};

/** Runs `edgeprobe check` at a vantage of the lab; the report is null where standard output held none. */
export const check = async (
  lab: Lab,
  vantage: LabVantage,
  file: string,
  flags: readonly string[] = ['--format', 'json'],
  limitMs?: number,
): Promise<{ report: Report | null; stdout: string; stderr: string; code: number | null }> => {
  const argv = [...command, 'check', '--config', file, '--vantage', vantage, ...flags];
  const { stdout, stderr, code } = await lab.run(vantage, argv, limitMs);
  const report = stdout.startsWith('{') ? (JSON.parse(stdout) as Report) : null;
  return { report, stdout, stderr, code };
};

/** `verdict because` by `pack/rule`: what a mutation must or must not change. */
export const verdictsOf = (report: Report | null): Map<string, string> =>
  new Map((report?.rules ?? []).map((rule) => [rule.rule, `${rule.verdict} ${rule.because}`]));

/** Rules that this version has a probe for. */
export const isCovered = (rule: ReportRule): boolean => rule.because !== 'no-probe-yet';
