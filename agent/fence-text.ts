import * as z from 'zod';
import type { FenceRules } from '../probes/fence.ts';
import { networkProblem } from '../probes/networks.ts';
import { FileError } from './file-error.ts';
import { parsePorts, portsProblem } from './ports.ts';
import { type Locate, parseYaml } from './yaml-file.ts';

const network = z.string().superRefine((text, context) => {
  const problem = networkProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: `"${text}": ${problem}` });
});

const ports = z.preprocess(
  (given) => (typeof given === 'number' ? String(given) : given),
  z.string().superRefine((text, context) => {
    const problem = portsProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  }),
);

const schema = z.strictObject({
  dial: z.array(z.strictObject({ network, ports: ports.optional(), sweeps: z.boolean().default(false) })).default([]),
  respond: z.array(z.strictObject({ bind: network, ports: ports.optional(), answer: z.array(network) })).default([]),
  rate: z.number().positive('expected dials per second, more than 0').max(100_000).optional(),
});

/** Reads the text of a fence file. Throws FileError with every problem in it. */
export const parseFence = (text: string, file: string): FenceRules => {
  const parsed = parseYaml(text, schema);
  if (!parsed.ok) throw new FileError(file, parsed.problems);
  const { dial, respond, rate } = parsed.value;
  const locate: Locate = parsed.locate;
  const line = (...at: (string | number)[]): number => locate(at).line;
  const portsOf = (given: string | undefined): FenceRules['dial'][number]['ports'] =>
    given === undefined ? [] : parsePorts(given);
  return {
    file,
    rate: rate ?? 0,
    lines: { dial: line('dial'), respond: line('respond'), rate: line('rate') },
    dial: dial.map((one, index) => ({
      ...{ network: one.network, ports: portsOf(one.ports), sweeps: one.sweeps },
      lines: {
        network: line('dial', index, 'network'),
        ports: line('dial', index, 'ports'),
        sweeps: line('dial', index, 'sweeps'),
      },
    })),
    respond: respond.map((one, index) => ({
      ...{ bind: one.bind, ports: portsOf(one.ports), answer: one.answer },
      lines: { bind: line('respond', index, 'bind'), ports: line('respond', index, 'ports') },
    })),
  };
};
