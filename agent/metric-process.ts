import { readdirSync } from 'node:fs';
import { type MetricKey, noLabels, type Series } from './metric-catalogue.ts';

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
export const processSeries = (startedAt: Date): Series[] => {
  const { user, system } = process.cpuUsage();
  const files = openFiles();
  const resident = memory();
  const plain = (metric: MetricKey, value: number): Series => ({ metric, labels: noLabels, shared: noLabels, value });
  return [
    plain('processCpu', (user + system) / 1e6),
    ...(resident === null ? [] : [plain('processMemory', resident)]),
    ...(files === null ? [] : [plain('processFiles', files)]),
    plain('processStart', startedAt.getTime() / 1000),
  ];
};
