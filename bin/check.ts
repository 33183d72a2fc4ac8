import { randomUUID } from 'node:crypto';
import { alone } from '../agent/merge.ts';
import { perform } from '../agent/perform.ts';
import type { Report } from '../agent/report.ts';
import { systemResolver } from '../agent/resolve.ts';
import type { RunEvent } from '../agent/run.ts';
import { exitCodeFor, type RenderOptions, type RunFormat, render, runFormats } from '../agent/sinks/index.ts';
import { commandAgain } from './again.ts';
import { text, type Values } from './command.ts';
import { hostFence } from './fence.ts';
import { load } from './load.ts';
import { type Outputs, readOutputs, refuseUnwritable, writeAtomically } from './outputs.ts';
import { interruptible, resolverUntil } from './signals.ts';
import { progressLine, terminalLook, warn } from './terminal.ts';
import { readTlsFiles } from './tls-files.ts';
import { readTurnFiles } from './turn-files.ts';
import { version } from './version.ts';

const progressText = (event: RunEvent): string => {
  if (event.kind === 'asked') return `asked ${event.done} of ${event.total} single ports`;
  const { address, port, lastPort } = event.question.target;
  return `sweeping ${address} ${port}-${lastPort}: ${event.done} of ${event.total} ports`;
};

/** What only the command knows of a report. */
type Told = Pick<RenderOptions, 'exitCode' | 'command'>;

/** Writes a report where the flags say. A file that cannot be written any more must not cost the other results. */
const writeReport = (report: Report, outputs: Outputs<RunFormat>, told: Told): void => {
  const plain = { columns: 100, colour: false, ascii: false, ...told };
  const errors: unknown[] = [];
  for (const { format, file } of outputs.files) {
    try {
      writeAtomically(file, render(format, report, plain));
    } catch (error) {
      errors.push(error);
    }
  }
  if (outputs.stdout !== null) {
    process.stdout.write(render(outputs.stdout, report, { ...terminalLook(), ...told }));
  }
  if (errors.length > 0) throw errors[0];
};

/** `edgeprobe check`: asks, judges, reports; resolves to the exit code. */
export const check = async (values: Values): Promise<number> => {
  const now = new Date();
  const outputs = readOutputs(values, runFormats, 'table');
  const note = text(values, 'note');
  const { plan, host, hostName } = load(values, now, warn);
  const tls = readTlsFiles(plan.site);
  const credentials = readTurnFiles(plan);
  const fence = hostFence();
  refuseUnwritable(outputs.files.map(({ file }) => file));
  const interrupt = interruptible();
  const line = progressLine();
  try {
    const report = await perform({
      plan,
      families: host.families,
      tls,
      credentials,
      resolver: resolverUntil(interrupt.signal, systemResolver),
      signal: interrupt.signal,
      fence,
      identity: { id: randomUUID(), host: hostName, platform: process.platform, note, version: version() },
      watch: (event) => line.show(progressText(event)),
    });
    line.clear();
    const code = interrupt.exitCode() ?? exitCodeFor(outputs.stdout, alone(report));
    writeReport(report, outputs, { exitCode: code, command: commandAgain(values) });
    return code;
  } finally {
    line.clear();
    interrupt.release();
  }
};
