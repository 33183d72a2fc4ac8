import type { Channel } from './channel.ts';
import { connectionCost } from './connection-cost.ts';
import type { AnswerOptions, Asking, Probe, ProbeOptions, Reply } from './probe.ts';
import { recordWhenDue } from './recorder.ts';
import { acceptTls } from './tls-answer.ts';
import { openTls } from './tls-hellos.ts';
import { startTls } from './tls-session.ts';
import type { World } from './world.ts';

/** Packets of a TLS connection where all goes well: SYN, ACK, ClientHello, Finished, close_notify, FIN. */
const packetsOfHandshake = 6;
const connections = 2;

/** Seconds that the answering half waits for a client to say something, or to go. */
const patience = 30;

/** Asks one TLS question over an open channel, with the modern hello unless told otherwise, and closes it. */
export const ask = async (
  channel: Channel,
  options: ProbeOptions & { readonly legacy?: boolean },
  until: number,
  asking: Asking,
): Promise<Reply> => {
  const since = asking.clock.monotonic();
  const asked = { servername: options.servername, legacy: options.legacy ?? false, material: asking.tls };
  const { outcome, facts, failure, channel: encrypted } = await startTls(channel, asked, until, asking);
  encrypted?.close('politely');
  const steps = [{ step: 'tls', seconds: asking.clock.monotonic() - since }];
  return { outcome, facts, failure, steps, requests: 1 };
};

/** Answers TLS with the certificate it is given, and holds the conversation until the client leaves it. */
export const answer = async (channel: Channel, options: AnswerOptions, world: World): Promise<void> => {
  const how = { material: options.tls ?? {}, requestCertificate: options.requestCertificate ?? false };
  const encrypted = await acceptTls(channel, how, world.clock.monotonic() + patience, world);
  if (!encrypted) return;
  let received = await encrypted.receive(world.clock.monotonic() + patience);
  while (received.kind === 'bytes') received = await encrypted.receive(world.clock.monotonic() + patience);
  encrypted.close('politely');
};

export const tls: Probe = {
  name: 'tls',
  about: 'TLS handshake: modern, then as of Lync 2013; version, certificate, whether a client certificate is asked for',
  asks: ({ protocol, transport, range }) => transport === 'tcp' && !range && ['PSOM', 'MTLS'].includes(protocol),
  run: async (question, asking) => {
    const recorder = await recordWhenDue(question, asking);
    const said = await openTls(question, recorder, asking);
    if (said.channel) {
      said.channel.close('politely');
      said.end(said.outcome);
    }
    return recorder.finish(said.outcome, said.facts, said.failure);
  },
  cost: (question) => connectionCost(question, packetsOfHandshake, connections),
  answer,
};
