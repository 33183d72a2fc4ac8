import type { Channel } from './channel.ts';
import { connectionCost } from './connection-cost.ts';
import { openConnection } from './dial.ts';
import { answer } from './http-answer.ts';
import { type Conversed, converse } from './http-exchange.ts';
import type { Facts } from './observation.ts';
import { type Asking, type Probe, type ProbeOptions, proofSecret, type Reply } from './probe.ts';
import { record } from './recorder.ts';
import { openTls } from './tls-hellos.ts';
import { startTls, type TlsSession } from './tls-session.ts';

/** Packets where all goes well: SYN, ACK, request, ACK, FIN; those of a TLS handshake come on top. */
const packetsOfFetch = 5;
const packetsOfTls = 3;

/** Fetched where no URL is given. */
const nowhere = 'http://edgeprobe.invalid/';

const isSecured = ({ security }: ProbeOptions): boolean => security === 'tls' || security === 'mtls';

/** @throws TypeError where the options hold no URL: our own configuration. */
const urlOf = (options: ProbeOptions): URL => new URL(options.url ?? nowhere);

/**
 * What a response inside TLS means. The handshake is the answer, whatever became of the request; why that got none is
 * told as the failure.
 */
const insideTls = (conversed: Conversed, tls: Facts): Conversed => ({
  outcome: 'answered',
  facts: { ...conversed.facts, tls },
  failure: conversed.failure,
});

/** What is known where TLS gave no conversation. */
const withoutResponse = ({
  outcome,
  facts,
  failure,
}: Pick<TlsSession, 'outcome' | 'facts' | 'failure'>): Conversed => ({
  outcome,
  facts: { tls: facts },
  failure,
});

/** Fetches one URL over an open channel (TLS first if the options say so), and closes it. */
export const ask = async (channel: Channel, options: ProbeOptions, until: number, asking: Asking): Promise<Reply> => {
  const steps: { step: string; seconds: number }[] = [];
  const note = (step: string, since: number): void => {
    steps.push({ step, seconds: asking.clock.monotonic() - since });
  };
  const since = asking.clock.monotonic();
  const fetch = async (over: Channel): Promise<Conversed> => {
    const began = asking.clock.monotonic();
    const conversed = await converse(over, urlOf(options), until, asking, proofSecret(options, asking));
    note('http', began);
    return conversed;
  };
  if (!isSecured(options)) return { ...(await fetch(channel)), steps, requests: 1 };
  const asked = {
    servername: options.servername,
    legacy: false,
    material: asking.tls,
    secret: proofSecret(options, asking),
  };
  const session = await startTls(channel, asked, until, asking);
  note('tls', since);
  const conversed = session.channel ? insideTls(await fetch(session.channel), session.facts) : withoutResponse(session);
  return { ...conversed, steps, requests: 1 };
};

/** HTTP, and HTTPS, where the handshake decides and the response is a fact. */
export const http: Probe = {
  name: 'http',
  about: 'HTTP: one GET, the status line, and what a revocation list says; TLS first where the row says so',
  asks: ({ protocol, transport, range }) => ['HTTP', 'HTTPS'].includes(protocol) && transport === 'tcp' && !range,
  run: async (question, asking) => {
    const recorder = record(question, asking);
    const { options } = question;
    const fetch = async (over: Channel): Promise<Conversed> => {
      const since = asking.clock.monotonic();
      const conversed = await converse(over, urlOf(options), recorder.until, asking, proofSecret(options, asking));
      recorder.step('http', since);
      return conversed;
    };
    if (isSecured(options)) {
      const said = await openTls(question, recorder, asking);
      if (!said.channel) {
        const { outcome, facts, failure } = withoutResponse(said);
        return recorder.finish(outcome, facts, failure);
      }
      const { outcome, facts, failure } = insideTls(await fetch(said.channel), said.facts);
      said.end(outcome);
      return recorder.finish(outcome, facts, failure);
    }
    const opened = await openConnection(question, recorder, recorder.until, asking);
    if (opened.kind === 'failed') return recorder.finish(opened.outcome, {}, opened.failure);
    const { outcome, facts, failure } = await fetch(opened.channel);
    opened.end(opened.source, outcome, 1);
    return recorder.finish(outcome, facts, failure);
  },
  cost: (question) => {
    const secured = isSecured(question.options);
    return connectionCost(question, packetsOfFetch + (secured ? packetsOfTls : 0), secured ? 2 : 1);
  },
  answer,
};
