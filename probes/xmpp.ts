import type { Channel } from './channel.ts';
import { connectionCost } from './connection-cost.ts';
import { openConnection } from './dial.ts';
import type { Facts } from './observation.ts';
import { type Asking, type Probe, type ProbeOptions, proofSecret, type Reply } from './probe.ts';
import { recordWhenDue } from './recorder.ts';
import { openTls } from './tls-hellos.ts';
import { startTls } from './tls-session.ts';
import { answer } from './xmpp-answer.ts';
import { type Conversed, converse } from './xmpp-conversation.ts';

/** Packets where all goes well: those of a TLS connection, two streams, STARTTLS and the goodbye. */
const packetsOfConversation = 11;

/** A TLS conversation that was begun, before XMPP is spoken in it. */
type Secured = Pick<Conversed, 'outcome' | 'facts' | 'failure'>;

/** The stream of a row secured from the first byte, where TLS gave no conversation: for such rows TLS has the word. */
const withoutStream = ({ outcome, facts, failure }: Secured): Conversed => ({
  outcome,
  facts: { tls: facts },
  failure,
});

/**
 * What a stream inside TLS means. Where the server asked for a client certificate and then hung up without a word,
 * it did so for want of one it trusts: that is an answer. TLS alone is none.
 */
const insideTls = (conversed: Conversed, tls: Facts): Conversed => {
  const facts = { ...conversed.facts, tls };
  const hungUp = conversed.failure?.code === 'xmpp-closed' || conversed.failure?.code === 'xmpp-reset';
  if (conversed.outcome !== 'open' || !hungUp || tls['clientCertificateRequested'] !== true) {
    return { ...conversed, facts };
  }
  const message = 'the server asked for a client certificate and hung up before XMPP: it insists on one it trusts';
  return { outcome: 'answered', facts, failure: { step: 'stream', code: 'mtls-unfinished', message } };
};

const isTlsFirst = (options: ProbeOptions): boolean => options.security === 'tls' || options.security === 'mtls';

const servername = (options: ProbeOptions): string | undefined => options.servername ?? options.to;

/** Asks for a server-to-server stream over an open channel (TLS first if the options say so), and closes it. */
export const ask = async (channel: Channel, options: ProbeOptions, until: number, asking: Asking): Promise<Reply> => {
  const steps: { step: string; seconds: number }[] = [];
  const note = (step: string, since: number): void => {
    steps.push({ step, seconds: asking.clock.monotonic() - since });
  };
  if (!isTlsFirst(options)) return { ...(await converse(channel, options, until, asking, note)), steps, requests: 1 };
  const since = asking.clock.monotonic();
  const asked = {
    servername: servername(options),
    legacy: false,
    material: asking.tls,
    secret: proofSecret(options, asking),
  };
  const session = await startTls(channel, asked, until, asking);
  note('tls', since);
  const conversed = session.channel
    ? insideTls(await converse(session.channel, options, until, asking, note), session.facts)
    : withoutStream(session);
  return { ...conversed, steps, requests: 1 };
};

export const xmpp: Probe = {
  name: 'xmpp',
  about:
    'XMPP server-to-server stream: header, features, STARTTLS and the certificate; TLS first where the row says so',
  asks: ({ protocol, transport, range }) => protocol === 'XMPP' && transport === 'tcp' && !range,
  run: async (question, asking) => {
    const recorder = await recordWhenDue(question, asking);
    const { options } = question;
    if (isTlsFirst(options)) {
      const named = servername(options);
      const withName = named === undefined ? question : { ...question, options: { ...options, servername: named } };
      const said = await openTls(withName, recorder, asking);
      const inTls = said.channel
        ? insideTls(await converse(said.channel, options, recorder.until, asking, recorder.step), said.facts)
        : withoutStream(said);
      if (said.channel) said.end(inTls.outcome);
      return recorder.finish(inTls.outcome, inTls.facts, inTls.failure);
    }
    const opened = await openConnection(question, recorder, recorder.until, asking);
    if (opened.kind === 'failed') return recorder.finish(opened.outcome, {}, opened.failure);
    const conversed = await converse(opened.channel, options, recorder.until, asking, recorder.step);
    opened.end(opened.source, conversed.outcome, 1);
    return recorder.finish(conversed.outcome, conversed.facts, conversed.failure);
  },
  cost: (question) => connectionCost(question, packetsOfConversation, isTlsFirst(question.options) ? 2 : 1),
  answer,
};
