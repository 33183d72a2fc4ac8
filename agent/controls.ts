import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Control } from './address.ts';

/** Whether the port that no rule opens answered: a reset, an open door, silence, or it was not asked. */
export type PortControl = 'open' | 'closed' | 'silent' | 'unknown';

/** A question whose answer is known, and what came of it. */
export interface ControlResult {
  /** `vantage`: a host that must answer from here. `port`: a port that no rule opens. `repeat`: a row that passed, asked again after the sweeps. */
  readonly kind: 'vantage' | 'port' | 'repeat';
  readonly target: string;
  readonly address: string;
  readonly port: number;
  readonly source: string | null;
  /** Whether it came out as it should: somebody answered; it did not open; the same again. */
  readonly asExpected: boolean;
  readonly observation: Observation;
}

const tcpQuestion = (address: string, port: number, source: string | null, seconds: number): Question => ({
  probe: 'tcp',
  transport: 'tcp',
  target: { address, port, lastPort: port },
  source: { address: source, port: null },
  deadlineSeconds: seconds,
  options: {},
});

/** The question behind a vantage control. */
export const vantageControlQuestion = (
  control: Control,
  address: string,
  source: string | null,
  seconds: number,
): Question => tcpQuestion(address, control.port, source, seconds);

/** The question to the port that no rule opens, on an address that is asked other things too. */
export const controlPortQuestion = tcpQuestion;

/** A host that must answer has answered if it opened or reset the connection: both prove that we are not blind. */
export const provesSight = ({ outcome }: Observation): boolean =>
  outcome === 'answered' || outcome === 'open' || outcome === 'closed';

/** The result of a control, from its question and what was seen. */
export const controlResult = (
  kind: ControlResult['kind'],
  target: string,
  { question, observation }: { readonly question: Question; readonly observation: Observation },
  asExpected: boolean,
): ControlResult => ({
  kind,
  target,
  address: question.target.address,
  port: question.target.port,
  source: question.source.address,
  asExpected,
  observation,
});

export const portControlOf = (observation: Observation | undefined): PortControl => {
  switch (observation?.outcome) {
    case 'answered':
    case 'open':
      return 'open';
    case 'closed':
      return 'closed';
    case 'filtered':
      return 'silent';
    default:
      return 'unknown';
  }
};
