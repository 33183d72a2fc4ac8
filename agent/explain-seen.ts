import { tlsOf } from './explain-facts.ts';
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
  const hellos = tlsOf(observation.facts)['hellos'];
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

/** An answer to STUN that another address sent, which only shows that the question arrived. */
const fromElsewhere = ({ observation: { facts } }: JudgedCheck): string => {
  const from = facts['answerFrom'];
  return typeof from === 'string' ? `, but ${printable(from, messageCap)} answered in its place` : '';
};

/** What was seen, as plainly as can be, without a word on what it means. */
export const seenWords = (judged: JudgedCheck): string => {
  const { observation, rule, groups } = judged;
  const took = inWords(observation.durationSeconds);
  if (groups.length > 0) return sweepSummary(judged);
  switch (observation.outcome) {
    case 'answered': {
      // The logon that may follow an answer of STUN took a dial and a time of its own.
      const logOn = stepSeconds(judged, 'turn');
      const dials = observation.attempts.length - (logOn === null ? 0 : 1);
      const answered = inWords(observation.durationSeconds - (logOn ?? 0));
      const late = dials > 1 && rule.transport === 'udp';
      const said = observation.failure === null ? '' : `; ${messageOf(judged)}`;
      return `answers in ${answered}${late ? ` (${counted(dials, 'source port')} tried)` : ''}${said}`;
    }
    case 'open':
      return openWords(judged);
    case 'closed':
      return rule.transport === 'tcp' ? `TCP reset in ${took}` : `ICMP port unreachable in ${took}`;
    case 'unreachable':
      return `${messageOf(judged)}, in ${took}`;
    case 'filtered':
      return `nothing heard to ${effort(judged)} in ${took}${fromElsewhere(judged)}`;
    case 'unresolved':
      return messageOf(judged);
    case 'unasked':
      return `not asked, because ${messageOf(judged)}`;
  }
};
