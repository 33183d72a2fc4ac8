import type { Situation } from '../../agent/verdict.ts';

/** One of our servers that serves the port, nothing special about it. */
export const plain: Situation = {
  expect: 'reachable',
  outcome: 'answered',
  evidence: 'service',
  ours: true,
  responder: false,
  openSuffices: false,
  helloUnanswered: false,
  spokeOtherwise: false,
  controlPort: 'unknown',
  hostAnswersHere: false,
  trustResets: false,
  neighbourMissing: false,
  resolverFailed: false,
  blind: false,
  shunned: false,
  notInRole: false,
  far: 'unknown',
};
