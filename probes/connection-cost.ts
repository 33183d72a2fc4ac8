import { dialsPerQuestion } from './dial.ts';
import type { Cost, Question } from './probe.ts';

/**
 * What a question over one TCP connection costs. `packets` are those that a conversation sends where all goes well,
 * the connection's own included; `connections` how many may be needed one after the other.
 * Where nothing answers, every dial repeats its SYN about once a second until the deadline (the busiest kernels do).
 */
export const connectionCost = (question: Question, packets: number, connections: number): Cost => {
  const dials = question.source.port === null ? dialsPerQuestion : 1;
  const share = question.deadlineSeconds / dialsPerQuestion;
  let unheard = 0;
  for (let dial = 0; dial < dials; dial++) unheard += 1 + Math.floor(question.deadlineSeconds - dial * share);
  return {
    least: packets,
    most: Math.max(unheard, packets * connections),
    states: Math.max(dials, connections),
    secondsLeast: 0,
    secondsMost: question.deadlineSeconds,
  };
};
