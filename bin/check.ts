import { randomUUID } from 'node:crypto';
import { exitCodeOf } from '../agent/exit-code.ts';
import { perform } from '../agent/perform.ts';
import type { Report } from '../agent/report.ts';
import { systemResolver } from '../agent/resolve.ts';
import type { RunEvent } from '../agent/run.ts';
import { formats, render } from '../agent/sinks/index.ts';
import { text, type Values } from './command.ts';
import { load } from './load.ts';
import { readOutputs, writeAtomically } from './outputs.ts';
import { interruptible } from './signals.ts';
import { progressLine, terminalLook } from './terminal.ts';
import { readTlsFiles } from './tls-files.ts';
import { version } from './version.ts';

const warn = (line: string): void => {
  process.stderr.write(`edgeprobe: warning: ${line}\n`);
};

const progressText = (event: RunEvent): string => {
  if (event.kind === 'asked') return `asked ${event.done} of ${event.total} single ports`;
  const { address, port, lastPort } = event.question.target;
  return `sweeping ${address} ${port}-${lastPort}: ${event.done} of ${event.total} ports`;
};

/** Writes a report where the flags say. Files first: standard output may be a pipe that somebody closes. */
const writeReport = (report: Report, outputs: ReturnType<typeof readReportOutputs>, exitCode: number): void => {
  const plain = { columns: 100, colour: false, ascii: false, exitCode };
  for (const { format, file } of outputs.files) writeAtomically(file, render(format, report, plain));
  if (outputs.stdout !== null) {
    process.stdout.write(render(outputs.stdout, report, { ...terminalLook(), exitCode }));
  }
};

const readReportOutputs = (values: Values) => readOutputs(values, formats, 'table');

/** `edgeprobe check`: asks, judges, reports; resolves to the exit code. */
export const check = async (values: Values): Promise<number> => {
  const now = new Date();
  const outputs = readReportOutputs(values);
  const note = text(values, 'note');
  const { plan, host, hostName } = load(values, now, warn);
  const tls = readTlsFiles(plan.site);
  const interrupt = interruptible();
  const line = progressLine();
  try {
    const report = await perform({
      plan,
      families: host.families,
      tls,
      resolver: systemResolver,
      signal: interrupt.signal,
      identity: { id: randomUUID(), host: hostName, platform: process.platform, note, version: version() },
      watch: (event) => line.show(progressText(event)),
    });
    line.clear();
    const code = interrupt.exitCode() ?? exitCodeOf(report);
    writeReport(report, outputs, code);
    return code;
  } finally {
    interrupt.release();
  }
};
