import type { Endpoint } from './channel.ts';
import {
  type Attempt,
  type Facts,
  type Failure,
  type Observation,
  type Outcome,
  roundSeconds,
  type Step,
} from './observation.ts';
import type { Asking, Question } from './probe.ts';
import { pause, type World } from './world.ts';

/** Collects what happens while a question is asked, and makes the observation of it. */
export interface Recorder {
  /** The instant after which nobody waits any more. */
  readonly until: number;
  /** Notes a timed step that began at `since` (monotonic seconds) and ends now. */
  step(name: string, since: number): void;
  /** Whether no attempt has begun yet: its slot under the rate limit was taken with the record. */
  fresh(): boolean;
  /** Begins an attempt; the returned function ends it. */
  attempt(): (source: Endpoint | null, outcome: Outcome, requests?: number, sent?: readonly string[]) => void;
  /** The source that the report shows: that of the last attempt that had one. */
  finish(outcome: Outcome, facts?: Facts, failure?: Failure | null): Observation;
}

/**
 * Begins the record of a question when its first dial may leave: the wait for a slot under the rate limit is not the
 * peer's, so the deadline does not run meanwhile.
 */
export const recordWhenDue = async (question: Question, asking: Asking): Promise<Recorder> => {
  await pause(asking, asking.pace());
  return record(question, asking);
};

/** Begins the record of one question: its clock starts here. */
export const record = (question: Question, world: World): Recorder => {
  const startedAt = world.clock.now().toISOString();
  const started = world.clock.monotonic();
  const steps: Step[] = [];
  const attempts: Attempt[] = [];
  let begun = 0;
  let source: { address: string | null; port: number | null } = question.source;

  return {
    until: started + question.deadlineSeconds,
    step: (name, since) => {
      steps.push({ step: name, seconds: roundSeconds(world.clock.monotonic() - since) });
    },
    fresh: () => begun === 0,
    attempt: () => {
      begun++;
      const at = world.clock.now().toISOString();
      const since = world.clock.monotonic();
      return (from, outcome, requests = 0, sent = []) => {
        if (from) source = from;
        const seconds = roundSeconds(world.clock.monotonic() - since);
        const told = sent.length > 0 ? { sent } : {};
        attempts.push({ at, sourcePort: from?.port ?? null, outcome, seconds, requests, ...told });
      };
    },
    finish: (outcome, facts = {}, failure = null) => ({
      probe: question.probe,
      startedAt,
      durationSeconds: roundSeconds(world.clock.monotonic() - started),
      source,
      outcome,
      steps,
      facts,
      failure,
      attempts,
    }),
  };
};
