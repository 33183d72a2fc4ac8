import { sweepSummary } from './explain-range.ts';
import { counted, inWords } from './explain-words.ts';
import type { JudgedCheck } from './judge.ts';
import { printable } from './printable.ts';

/** A message of a probe may carry words of the peer. */
const messageCap = 160;

const messageOf = ({ observation }: JudgedCheck): string =>
  printable(observation.failure?.message ?? 'no reason is known', messageCap);

const stepSeconds = ({ observation }: JudgedCheck, step: string): number | null =>
  observation.steps.find((one) => one.step === step)?.seconds ?? null;

/** `4 requests from 3 source ports`, `3 connection attempts`. */
const effort = ({ rule, observation }: JudgedCheck): string => {
  const { attempts, facts } = observation;
  const ports = new Set(attempts.flatMap(({ sourcePort }) => (sourcePort === null ? [] : [sourcePort]))).size;
  const from = ports > 0 ? ` from ${counted(ports, 'source port')}` : '';
  if (rule.transport === 'tcp') return `${counted(Math.max(1, attempts.length), 'connection attempt')}${from}`;
  const told = facts['requests'];
  const requests = typeof told === 'number' ? told : attempts.reduce((sum, one) => sum + one.requests, 0);
  return `${counted(Math.max(1, requests), 'request')}${from}`;
};

/** Whether a modern and a legacy hello were tried. */
const saidTwoHellos = ({ observation }: JudgedCheck): boolean => {
  const hellos = observation.facts['hellos'];
  return Array.isArray(hellos) && hellos.length > 1;
};

const twoHellos = 'two TLS hellos, a modern one and one as of TLS 1.0';

const openWords = (judged: JudgedCheck): string => {
  const { observation, rule } = judged;
  const connected = stepSeconds(judged, 'connect') ?? observation.durationSeconds;
  if (rule.transport === 'udp')
    return `something came back in ${inWords(observation.durationSeconds)}, but ${messageOf(judged)}`;
  const opened = `TCP opens in ${inWords(connected)}`;
  if (observation.failure === null) return opened;
  if (!saidTwoHellos(judged)) return `${opened}, then ${messageOf(judged)}`;
  if (observation.failure.code === 'tls-silent') return `${opened}, then silence to ${twoHellos}`;
  return `${opened}, then, to ${twoHellos}, ${messageOf(judged)}`;
};

/** What was seen, as plainly as can be, without a word on what it means. */
export const seenWords = (judged: JudgedCheck): string => {
  const { observation, rule, groups } = judged;
  const took = inWords(observation.durationSeconds);
  if (groups.length > 0) return sweepSummary(judged);
  switch (observation.outcome) {
    case 'answered': {
      const late = observation.attempts.length > 1 && rule.transport === 'udp';
      const said = observation.failure === null ? '' : `; ${messageOf(judged)}`;
      return `answers in ${took}${late ? ` (${counted(observation.attempts.length, 'source port')} tried)` : ''}${said}`;
    }
    case 'open':
      return openWords(judged);
    case 'closed':
      return rule.transport === 'tcp' ? `TCP reset in ${took}` : `ICMP port unreachable in ${took}`;
    case 'unreachable':
      return `${messageOf(judged)}, in ${took}`;
    case 'filtered':
      return `nothing heard to ${effort(judged)} in ${took}`;
    case 'unresolved':
      return messageOf(judged);
    case 'unasked':
      return `not asked, because ${messageOf(judged)}`;
  }
};
