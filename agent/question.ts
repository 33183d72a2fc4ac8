import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Check } from './resolve.ts';

const questions = new WeakMap<Check, Question>();

/** The probe's question of a check whose address is known: the same object for the same check. */
export const questionOf = (check: Check, address: string, transport: 'tcp' | 'udp', seconds: number): Question => {
  const known = questions.get(check);
  const isSame =
    known?.target.address === address && known.transport === transport && known.deadlineSeconds === seconds;
  if (known !== undefined && isSame) return known;
  const question: Question = {
    probe: check.probe,
    transport,
    target: { address, port: check.target.ports.from, lastPort: check.target.ports.to },
    source: { address: check.source, ...sourcePortsOf(check) },
    deadlineSeconds: seconds,
    options: check.options,
  };
  questions.set(check, question);
  return question;
};

const sourcePortsOf = ({ sourcePorts }: Check): Pick<Question['source'], 'port' | 'lastPort'> => {
  if (sourcePorts === undefined) return { port: null };
  const { from, to } = sourcePorts;
  return from === to ? { port: from } : { port: from, lastPort: to };
};

const keys = new WeakMap<Question, string>();

/** Equal questions have equal keys: they are asked once and judged for every rule that asks them. */
export const questionKey = (question: Question): string => {
  const key = keys.get(question) ?? keyOf(question);
  keys.set(question, key);
  return key;
};

const keyOf = ({ probe, transport, target, source, options }: Question): string =>
  JSON.stringify([
    probe,
    transport,
    target.address,
    target.port,
    target.lastPort,
    source.address,
    source.lastPort === undefined ? source.port : `${source.port}-${source.lastPort}`,
    Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

export const isSweep = ({ target, source }: Question): boolean =>
  target.lastPort > target.port || source.lastPort !== undefined;

/** An observation of what never left this host. */
export const notMade = (
  question: Question,
  at: Date,
  outcome: 'unasked' | 'unresolved',
  failure: Observation['failure'],
): Observation => ({
  probe: question.probe,
  startedAt: at.toISOString(),
  durationSeconds: 0,
  source: {
    address: question.source.address,
    port: question.source.lastPort === undefined ? question.source.port : null,
  },
  outcome,
  steps: [],
  facts: {},
  failure,
  attempts: [],
});
