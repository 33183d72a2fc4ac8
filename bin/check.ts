import { randomUUID } from 'node:crypto';
import { alone } from '../agent/merge.ts';
import { perform } from '../agent/perform.ts';
import type { Report } from '../agent/report.ts';
import { systemResolver } from '../agent/resolve.ts';
import type { RunEvent } from '../agent/run.ts';
import { exitCodeFor, type RenderOptions, type RunFormat, render, runFormats } from '../agent/sinks/index.ts';
import { askUntilPass } from '../agent/until-pass.ts';
import { systemWorld } from '../probes/world.ts';
import { commandAgain, readAgain, readUntilPass, sayChange, sayNoneDue, sayWaiting } from './again.ts';
import { isOn, text, type Values } from './command.ts';
import { readFar } from './far.ts';
import { hostFence } from './fence.ts';
import { load } from './load.ts';
import { type Outputs, readOutputs, refuseUnwritable, writeAtomically } from './outputs.ts';
import { interruptible, resolverUntil } from './signals.ts';
import { startStats } from './stats.ts';
import { progressLine, terminalLook, warn } from './terminal.ts';
import { readTlsFiles } from './tls-files.ts';
import { readTurnFiles } from './turn-files.ts';
import { version } from './version.ts';

const progressText = (event: RunEvent): string => {
  if (event.kind === 'asked') return `asked ${event.done} of ${event.total} single ports`;
  const { target, source } = event.question;
  const { port, lastPort } = source.lastPort === undefined ? target : source;
  const ports = source.lastPort === undefined ? 'ports' : 'source ports';
  return `sweeping ${target.address} ${port}-${lastPort}: ${event.done} of ${event.total} ${ports}`;
};

/** What only the command knows of a report. */
type Told = Pick<RenderOptions, 'exitCode' | 'command'>;

/** Writes the files of a report. One that cannot be written any more must not cost the others; its error is returned. */
const writeFiles = (report: Report, files: Outputs<RunFormat>['files'], told: Told): unknown[] => {
  const plain = { columns: 100, colour: false, ascii: false, ...told };
  return files.flatMap(({ format, file }) => {
    try {
      writeAtomically(file, render(format, report, plain));
      return [];
    } catch (error) {
      return [error];
    }
  });
};

/** `edgeprobe check`: asks, judges, reports; resolves to the exit code. */
export const check = async (values: Values): Promise<number> => {
  const now = new Date();
  const outputs = readOutputs(values, runFormats, 'table');
  const note = text(values, 'note');
  const seconds = readUntilPass(values);
  const loaded = load(values, now, warn);
  const { plan, host, hostName } = loaded;
  const before = readAgain(values, loaded, now);
  const tls = readTlsFiles(plan.site);
  const credentials = readTurnFiles(plan);
  const fence = await hostFence();
  const far = readFar(values);
  refuseUnwritable(outputs.files.map(({ file }) => file));
  const stats = isOn(values, 'stats') ? startStats() : null;
  const interrupt = interruptible();
  const line = progressLine();
  const { timezone } = plan.site;
  const end = new Date(now.getTime() + seconds * 1000);
  const command = commandAgain(values, outputs.files.find(({ format }) => format === 'json')?.file ?? null);
  const toldOf = (report: Report): Told => ({
    exitCode: interrupt.exitCode() ?? exitCodeFor(outputs.stdout, alone(report)),
    command,
  });
  const identity = { id: randomUUID(), host: hostName, platform: process.platform, note, version: version() };
  let waited = false;
  try {
    const asked = await askUntilPass({
      ...{ plan, before, seconds, world: systemWorld(interrupt.signal, fence) },
      ask: async (part) => {
        const report = await perform({
          ...{ plan: part, families: host.families, tls, credentials, fence, identity, signal: interrupt.signal },
          resolver: resolverUntil(interrupt.signal, systemResolver),
          watch: (event) => line.show(progressText(event)),
          ...(stats === null ? {} : { meter: stats.meter }),
        });
        return far === null ? report : far(report, interrupt.signal);
      },
      changed: (change) => {
        line.clear();
        sayChange(change, timezone);
      },
      waiting: (report, rows) => {
        line.clear();
        // What is known so far, should this process not live to its end; errors count at the end.
        writeFiles(report, outputs.files, toldOf(report));
        if (!waited) sayWaiting(rows, end, timezone);
        waited = true;
      },
      noneDue: (rows, wait) => {
        line.clear();
        sayNoneDue(rows, wait);
      },
    });
    line.clear();
    const report = stats === null ? asked : { ...asked, stats: stats.read() };
    const told = toldOf(report);
    const errors = writeFiles(report, outputs.files, told);
    if (outputs.stdout !== null) process.stdout.write(render(outputs.stdout, report, { ...terminalLook(), ...told }));
    stats?.show();
    if (errors.length > 0) throw errors[0];
    return told.exitCode;
  } finally {
    line.clear();
    interrupt.release();
  }
};
