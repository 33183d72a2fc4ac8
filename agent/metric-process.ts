import { readdirSync } from 'node:fs';
import type { Sample } from './metric-catalogue.ts';

/** Open descriptors of this process, less the one that reads them; null where the system does not tell. */
const openFiles = (): number | null => {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return null;
  }
};

/** Resident memory in bytes; null where there is no descriptor left to read it with. */
const memory = (): number | null => {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
};

/** What this process takes. CPU time is in microseconds as Node tells it. */
export const processSamples = (startedAt: Date): Sample[] => {
  const { user, system } = process.cpuUsage();
  const files = openFiles();
  const resident = memory();
  return [
    { metric: 'processCpu', labels: {}, value: (user + system) / 1e6 },
    ...(resident === null ? [] : [{ metric: 'processMemory', labels: {}, value: resident } as const]),
    ...(files === null ? [] : [{ metric: 'processFiles', labels: {}, value: files } as const]),
    { metric: 'processStart', labels: {}, value: startedAt.getTime() / 1000 },
  ];
};
