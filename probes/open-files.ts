import { readFileSync } from 'node:fs';

/** Reads the soft limit from the text of /proc/self/limits: `Max open files   1024   4096   files`. Null: not there. */
export const readOpenFiles = (limits: string): number | null => {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (found === undefined) return null;
  return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found);
};

const fromProc = (): number | null => {
  try {
    return readOpenFiles(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return null;
  }
};

/** Other systems than Linux tell it in the diagnostic report; Windows, which has no such limit, does not. */
const fromReport = (): number | null => {
  const report: unknown = process.report?.getReport();
  const limits = report && typeof report === 'object' && 'userLimits' in report ? report.userLimits : null;
  const open = limits && typeof limits === 'object' && 'open_files' in limits ? limits.open_files : null;
  const soft = open && typeof open === 'object' && 'soft' in open ? open.soft : null;
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY;
  return typeof soft === 'number' ? soft : null;
};

let known: number | null = null;

/** Files this process may open: its soft limit, which Node raises to the hard one at start. 1024 where nobody tells. */
export const openFilesLimit = (): number => {
  known ??= fromProc() ?? fromReport() ?? 1024;
  return known;
};
