import { probes } from '../../probes/index.ts';
import { listen } from '../../probes/listen.ts';
import type { AnswerOptions, Probe, Question } from '../../probes/probe.ts';
import { askingWith } from './tls-peers.ts';

export type Transport = 'tcp' | 'udp';
export type Security = 'none' | 'tls' | 'mtls';

/** The name that the suites of all probes ask for. */
export const askedName = 'sip.contoso.example';

/** The protocols that a probe speaks, as `transport security`. */
export const ways: Readonly<Record<string, readonly (readonly [Transport, Security])[]>> = {
  xmpp: [
    ['tcp', 'none'],
    ['tcp', 'mtls'],
  ],
  sip: [['tcp', 'tls']],
  stun: [
    ['udp', 'none'],
    ['tcp', 'none'],
  ],
  msturn: [
    ['udp', 'none'],
    ['tcp', 'none'],
  ],
  tls: [['tcp', 'tls']],
  dns: [
    ['udp', 'none'],
    ['tcp', 'none'],
  ],
  http: [
    ['tcp', 'none'],
    ['tcp', 'tls'],
  ],
  tcp: [['tcp', 'none']],
  udp: [['udp', 'none']],
};

/** One way of one probe of the registry. */
export interface Way {
  readonly probe: Probe;
  readonly transport: Transport;
  readonly security: Security;
  readonly name: string;
}

/** Every way of every probe of the registry. Throws for a probe whose ways are not written down. */
export const allWays = (): Way[] =>
  probes.flatMap((probe) => {
    const known = ways[probe.name];
    if (known === undefined) throw new Error(`the ways of ${probe.name} are not written down`);
    return known.map(([transport, security]) => ({
      ...{ probe, transport, security },
      name: `${probe.name} ${transport} ${security}`,
    }));
  });

/** A question for one way, with everything that any probe may want to know. */
export const questionFor = (
  { probe, transport, security }: Omit<Way, 'name'>,
  address: string,
  port: number,
  deadlineSeconds = 3,
): Question => ({
  probe: probe.name,
  transport,
  target: { address, port, lastPort: port },
  source: { address, port: null },
  deadlineSeconds,
  options: {
    ...{ security, servername: askedName, from: 'litware.example', to: askedName, query: askedName },
    url: `http://${askedName}/`,
  },
});

/** The answering half of one way, listening. */
export const listenFor = async ({ probe, transport }: Omit<Way, 'name'>, options: AnswerOptions, address: string) => {
  const world = askingWith();
  const at = { address, port: 0, allow: (source: string) => source === address, world };
  const { answer, datagrams } = probe;
  if (transport === 'udp') {
    if (datagrams === undefined) throw new Error(`${probe.name} answers no datagrams`);
    return listen({ ...at, transport, serve: await datagrams(options) });
  }
  if (answer === null) throw new Error(`${probe.name} has no other half`);
  return listen({ ...at, transport, serve: (channel) => answer(channel, options, world) });
};
