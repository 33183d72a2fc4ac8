import { answerQuery } from '../wire/dns.ts';
import type { Channel } from './channel.ts';
import { connectionCost } from './connection-cost.ts';
import { openConnection } from './dial.ts';
import { answer } from './dns-answer.ts';
import { beginDial, converse as converseInDatagrams } from './dns-datagrams.ts';
import { answerFacts, makeQuery, proofFacts, recordsFor } from './dns-query.ts';
import { costOverUdp } from './dns-schedule.ts';
import { converse as converseOnStream } from './dns-stream.ts';
import { askUdp } from './dns-udp.ts';
import { aborted } from './failure.ts';
import type { Observation } from './observation.ts';
import {
  type AnswerOptions,
  type Asking,
  type Probe,
  type ProbeOptions,
  proofSecret,
  type Question,
  type Reply,
} from './probe.ts';
import { record } from './recorder.ts';

/** Packets over TCP where all goes well: SYN, ACK, query, ACK, FIN. */
const packetsOverTcp = 5;

const nobody = (): void => undefined;

/** Asks one query over an open channel, a stream or datagrams, and closes it. */
export const ask = async (channel: Channel, options: ProbeOptions, until: number, asking: Asking): Promise<Reply> => {
  const since = asking.clock.monotonic();
  const secret = proofSecret(options, asking);
  const bytes = makeQuery(options, asking.random, secret);
  const steps = (): Reply['steps'] => [{ step: 'dns', seconds: asking.clock.monotonic() - since }];
  if (channel.transport === 'tcp') {
    const told = await converseOnStream(channel, bytes, until, asking);
    const facts = { ...told.facts, ...proofFacts(secret, bytes, told.facts) };
    return { ...told, facts, steps: steps(), requests: 1 };
  }
  const dial = beginDial();
  await converseInDatagrams(channel, bytes, dial, until, asking, { refused: nobody, stuck: nobody });
  channel.close();
  const { heard, requests } = dial;
  const { outcome, failure } = !heard && asking.signal.aborted ? aborted('dns') : dial;
  const facts = heard ? answerFacts(heard.answer) : {};
  const proof = proofFacts(secret, bytes, facts);
  return { outcome, facts: { ...facts, ...proof }, failure, steps: steps(), requests };
};

const askTcp = async (question: Question, asking: Asking): Promise<Observation> => {
  const recorder = record(question, asking);
  const opened = await openConnection(question, recorder, recorder.until, asking);
  if (opened.kind === 'failed') return recorder.finish(opened.outcome, {}, opened.failure);
  const since = asking.clock.monotonic();
  const secret = proofSecret(question.options, asking);
  const bytes = makeQuery(question.options, asking.random, secret);
  const { outcome, facts, failure } = await converseOnStream(opened.channel, bytes, recorder.until, asking);
  recorder.step('dns', since);
  opened.end(opened.source, outcome, 1);
  return recorder.finish(outcome, { ...facts, ...proofFacts(secret, bytes, facts) }, failure);
};

/** DNS over UDP and over TCP: one question, recursion desired. */
export const dns: Probe = {
  name: 'dns',
  about: 'DNS over UDP or TCP: one query, and the response with its id and its question, whatever its code',
  asks: ({ protocol, range }) => protocol === 'DNS' && !range,
  run: (question, asking) => (question.transport === 'udp' ? askUdp(question, asking) : askTcp(question, asking)),
  cost: (question) =>
    question.transport === 'udp' ? costOverUdp(question) : connectionCost(question, packetsOverTcp, 1),
  answer,
  datagrams:
    async (options: AnswerOptions = {}) =>
    (datagram) =>
      answerQuery(datagram, recordsFor(options, datagram)),
};
