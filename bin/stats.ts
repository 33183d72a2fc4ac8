import { readdirSync } from 'node:fs';
import { inWords } from '../agent/explain-words.ts';
import type { RunStats } from '../agent/report.ts';
import { createMeter, type Meter } from '../probes/meter.ts';

/** What this command costs, from the start of its process. */
export interface Stats {
  readonly meter: Meter;
  readonly read: () => RunStats;
  /** Writes a short block on standard error. */
  readonly show: () => void;
}

/** Descriptors this process holds; null where the system does not tell. The one that reads the folder is left out. */
const openDescriptors = (): number | null => {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return null;
  }
};

const most = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : Math.max(a, b));

const thousands = (count: number): string => count.toLocaleString('en').replaceAll(',', ' ');

/** Lines for people. */
const statsText = (stats: RunStats): string => {
  const { tcpDials, udpSockets, datagrams, bytes, retries, mostSockets, mostDescriptors } = stats;
  const descriptors = mostDescriptors === null ? 'not known here' : thousands(mostDescriptors);
  const lines = [
    `sent       ${thousands(tcpDials)} TCP dials, ${thousands(datagrams)} datagrams from ${thousands(udpSockets)} UDP sockets, ${thousands(bytes)} bytes in all`,
    `again      ${thousands(retries)} of them: dials and datagrams beyond the first of their question or port`,
    `at once    ${thousands(mostSockets)} sockets, ${descriptors}${mostDescriptors === null ? '' : ' descriptors'} at most`,
    `this host  ${inWords(stats.cpuUserSeconds)} of CPU and ${inWords(stats.cpuSystemSeconds)} in the kernel within ${inWords(stats.wallSeconds)}, ${Math.round(stats.mostMemoryBytes / 1e6)} MB at most`,
  ];
  return `${lines.join('\n')}\n`;
};

/** Begins to count. */
export const startStats = (): Stats => {
  let mostDescriptors = openDescriptors();
  let due = false;
  // A socket has its descriptor a tick after it was made; of many peaks in one tick the last is looked at.
  const look = (): void => {
    due = false;
    mostDescriptors = most(mostDescriptors, openDescriptors());
  };
  const meter = createMeter(() => {
    if (!due) process.nextTick(() => process.nextTick(look));
    due = true;
  });
  const read = (): RunStats => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    return {
      ...meter.read(),
      mostDescriptors,
      cpuUserSeconds: userCPUTime / 1e6,
      cpuSystemSeconds: systemCPUTime / 1e6,
      wallSeconds: Math.round(performance.now()) / 1000,
      mostMemoryBytes: maxRSS * 1024,
    };
  };
  return { meter, read, show: () => void process.stderr.write(statsText(read())) };
};
