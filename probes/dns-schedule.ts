import { dialsPerQuestion } from './dial.ts';
import type { Cost, Question } from './probe.ts';

/** Seconds between two sendings of a query on one dial. */
export const retransmissionSeconds = 1;

/** Seconds before another dial after a refusal: it may have been passing. */
export const secondsAfterRefusal = 0.25;

/** Dials of a question over UDP: one only where the source port is fixed. */
export const dialsOf = (question: Question): number => (question.source.port === null ? dialsPerQuestion : 1);

/** What asking over UDP costs: one query if it is answered, else one a second on every dial until the deadline. */
export const costOverUdp = (question: Question): Cost => {
  const { deadlineSeconds } = question;
  const dials = dialsOf(question);
  let most = 0;
  for (let dial = 0; dial < dials; dial++)
    most += Math.ceil((deadlineSeconds * (1 - dial / dialsPerQuestion)) / retransmissionSeconds);
  return { least: 1, most, states: dials, secondsLeast: 0, secondsMost: deadlineSeconds };
};
