import { answerQuery } from '../wire/dns.ts';
import type { Channel } from './channel.ts';
import { connectionCost } from './connection-cost.ts';
import { openConnection } from './dial.ts';
import { answer } from './dns-answer.ts';
import { beginDial, converse as converseInDatagrams } from './dns-datagrams.ts';
import { answerFacts, makeQuery } from './dns-query.ts';
import { costOverUdp } from './dns-schedule.ts';
import { converse as converseOnStream } from './dns-stream.ts';
import { askUdp } from './dns-udp.ts';
import { aborted } from './failure.ts';
import type { Observation } from './observation.ts';
import type { Asking, Probe, ProbeOptions, Question, Reply } from './probe.ts';
import { record } from './recorder.ts';

/** Packets over TCP where all goes well: SYN, ACK, query, ACK, FIN. */
const packetsOverTcp = 5;

const nobody = (): void => undefined;

/** Asks one query over an open channel, a stream or datagrams, and closes it. */
export const ask = async (channel: Channel, options: ProbeOptions, until: number, asking: Asking): Promise<Reply> => {
  const since = asking.clock.monotonic();
  const bytes = makeQuery(options, asking.random);
  const steps = (): Reply['steps'] => [{ step: 'dns', seconds: asking.clock.monotonic() - since }];
  if (channel.transport === 'tcp') {
    const told = await converseOnStream(channel, bytes, until, asking);
    return { ...told, steps: steps(), requests: 1 };
  }
  const dial = beginDial();
  await converseInDatagrams(channel, bytes, dial, until, asking, { refused: nobody, stuck: nobody });
  channel.close();
  const { heard, requests } = dial;
  const { outcome, failure } = !heard && asking.signal.aborted ? aborted('dns') : dial;
  return { outcome, facts: heard ? answerFacts(heard.answer) : {}, failure, steps: steps(), requests };
};

const askTcp = async (question: Question, asking: Asking): Promise<Observation> => {
  const recorder = record(question, asking);
  const opened = await openConnection(question, recorder, recorder.until, asking);
  if (opened.kind === 'failed') return recorder.finish(opened.outcome, {}, opened.failure);
  const since = asking.clock.monotonic();
  const bytes = makeQuery(question.options, asking.random);
  const { outcome, facts, failure } = await converseOnStream(opened.channel, bytes, recorder.until, asking);
  recorder.step('dns', since);
  opened.end(opened.source, outcome, 1);
  return recorder.finish(outcome, facts, failure);
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
  datagrams: async (options) => (datagram) => answerQuery(datagram, options?.records),
};
