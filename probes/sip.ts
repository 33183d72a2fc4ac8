import type { Channel } from './channel.ts';
import { connectionCost } from './connection-cost.ts';
import type { Facts, Failure } from './observation.ts';
import { type Asking, type Probe, type ProbeOptions, proofSecret, type Reply } from './probe.ts';
import { recordWhenDue } from './recorder.ts';
import { answer } from './sip-answer.ts';
import { converse, noSipFacts } from './sip-conversation.ts';
import { openTls } from './tls-hellos.ts';
import { startTls, type TlsSession } from './tls-session.ts';

/** Packets where all goes well: those of a TLS connection, the request and its acknowledgement. */
const packetsOfConversation = 8;
const connections = 2;

/** TLS hello and OPTIONS. */
const requestsOfConversation = 2;

/** TLS as it was begun, before SIP is spoken in it. */
type Begun = Pick<TlsSession, 'outcome' | 'facts' | 'failure' | 'channel'>;

interface Learned {
  readonly facts: Facts;
  readonly failure: Failure | null;
}

/**
 * Asks SIP in a TLS conversation, if there is one. Where the server asked for a client certificate and then hung up
 * without a word, it did so for want of one it trusts.
 */
const learn = async (begun: Begun, options: ProbeOptions, until: number, asking: Asking): Promise<Learned> => {
  const { outcome, facts: tls, failure, channel } = begun;
  if (!channel) {
    const answered = outcome === 'answered' ? noSipFacts(false) : {};
    return { facts: Object.keys(tls).length === 0 ? answered : { ...answered, tls }, failure };
  }
  const said = await converse(channel, options, until, asking);
  const facts = { ...said.facts, tls };
  if (said.failure?.code !== 'sip-closed' || tls['clientCertificateRequested'] !== true || 'firstBytes' in facts) {
    return { facts, failure: said.failure };
  }
  const message = 'the server asked for a client certificate and hung up before SIP: it insists on one it trusts';
  return { facts, failure: { step: 'sip', code: 'mtls-unfinished', message } };
};

/** Asks TLS, then OPTIONS inside it, over an open channel, and closes it. */
export const ask = async (channel: Channel, options: ProbeOptions, until: number, asking: Asking): Promise<Reply> => {
  const steps: { step: string; seconds: number }[] = [];
  const note = (step: string, since: number): void => {
    steps.push({ step, seconds: asking.clock.monotonic() - since });
  };
  const began = asking.clock.monotonic();
  const asked = {
    servername: options.servername,
    legacy: false,
    material: asking.tls,
    secret: proofSecret(options, asking),
  };
  const session = await startTls(channel, asked, until, asking);
  note('tls', began);
  const since = asking.clock.monotonic();
  const { facts, failure } = await learn(session, options, until, asking);
  if (session.channel) note('sip', since);
  return { outcome: session.outcome, facts, failure, steps, requests: session.channel ? requestsOfConversation : 1 };
};

export const sip: Probe = {
  name: 'sip',
  about: 'SIP OPTIONS inside TLS: status, server and diagnostics; the TLS handshake decides',
  asks: ({ protocol, transport, range }) => protocol === 'SIP' && transport === 'tcp' && !range,
  run: async (question, asking) => {
    const recorder = await recordWhenDue(question, asking);
    const said = await openTls(question, recorder, asking);
    const since = asking.clock.monotonic();
    const { facts, failure } = await learn(said, question.options, recorder.until, asking);
    if (said.channel) {
      recorder.step('sip', since);
      said.end(said.outcome, requestsOfConversation);
    }
    return recorder.finish(said.outcome, facts, failure);
  },
  cost: (question) => connectionCost(question, packetsOfConversation, connections),
  answer,
};
