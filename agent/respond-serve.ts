import type { Channel, Endpoint } from '../probes/channel.ts';
import { probeNamed, probes } from '../probes/index.ts';
import type { Networks } from '../probes/networks.ts';
import type { AnswerDatagram, AnswerOptions, TlsMaterial, TurnCredential } from '../probes/probe.ts';
import { listenFirst, type Spoken, spokenInDatagram } from '../probes/spoken.ts';
import type { World } from '../probes/world.ts';
import type { PortRange } from './ports.ts';
import type { RespondLog } from './respond-log.ts';
import { isRange, type RespondService } from './respond-services.ts';

/** What every service of a responder shares. */
export interface Serving {
  /** Who is served. */
  readonly allowed: Networks;
  /** Who shows this is served, too, wherever it comes from: in STUN, whose requests can be signed. */
  readonly secret: TurnCredential | null;
  /** What is shown in TLS at an address of the site file: the names of what stands there, and no others. */
  readonly tls: (address: string) => TlsMaterial;
  readonly log: RespondLog;
  readonly world: World;
  /** Connections at a time, over all ports. */
  readonly connections: number;
  /** New conversations and datagrams per second and source; default 20,000. */
  readonly perSecond?: number;
  /** What a fetch over HTTP is answered with. */
  readonly body?: Uint8Array;
}

/** Seconds that a client has for its first words; somebody unknown has fewer. */
const patience = { known: 30, unknown: 3 } as const;

/** Unknown sources whose first words are awaited at a time: they may hold the credential. */
const unknownAtOnce = 64;

/** New conversations or datagrams per second and source: a whole range asked without a rate limit stays below it. */
const usuallyPerSecond = 20_000;

/** Says whether a source may ask once more in this second. */
const createLimit = (perSecond: number, world: World): ((address: string) => boolean) => {
  const asked = new Map<string, number>();
  let second = 0;
  return (address) => {
    const now = Math.floor(world.clock.monotonic());
    if (now !== second) asked.clear();
    second = now;
    const count = (asked.get(address) ?? 0) + 1;
    if (asked.size < 4096 || asked.has(address)) asked.set(address, count);
    return count <= perSecond;
  };
};

const optionsOf = ({ options, address }: RespondService, { tls, secret, body }: Serving): AnswerOptions => {
  const { security = 'none', to } = options;
  return {
    ...{ tls: tls(address), security, requestCertificate: security === 'mtls' },
    ...(to === undefined ? {} : { domain: to }),
    ...(secret === null ? {} : { proof: secret }),
    ...(body === undefined ? {} : { body }),
  };
};

/** The most particular first: whoever accepts TLS and waits serves those as well who only want the handshake. */
const byRegistry = (a: RespondService, b: RespondService): number => {
  const rank = ({ probe }: RespondService): number => probes.findIndex(({ name }) => name === probe);
  return rank(a) - rank(b);
};

const isSecured = ({ probe, options }: RespondService): boolean =>
  probe === 'tls' || probe === 'sip' || (options.security ?? 'none') !== 'none';

/** Which of the services of one port is meant by what was said first. */
const serviceFor = (services: readonly RespondService[], spoken: Spoken): RespondService | undefined => {
  const sorted = services.toSorted(byRegistry);
  const named = (...names: readonly string[]): RespondService | undefined =>
    sorted.find((one) => names.includes(one.probe) && (names.includes('stun') || !isSecured(one)));
  const secured = sorted.filter(isSecured);
  const found = {
    stun: () => named('stun', 'msturn', 'tcp', 'udp'),
    msturn: () => named('stun', 'msturn'),
    'pseudo-tls': () => named('stun', 'msturn'),
    tls: () => secured.find(({ options }) => options.servername === spoken.serverName) ?? secured[0],
    xmpp: () => named('xmpp'),
    http: () => named('http'),
    dns: () => named('dns'),
    other: () => undefined,
  }[spoken.protocol]();
  return found ?? (services.length === 1 ? services[0] : undefined);
};

/** What stands at a port. */
interface Served {
  readonly services: readonly RespondService[];
  /** The ports on which the same stands. */
  readonly ports: PortRange;
}

/** The serving half of a responder: what it does with a connection, or a datagram, at a port with these services. */
export interface Server {
  readonly tcp: (place: Served) => (channel: Channel) => Promise<void>;
  readonly udp: (place: Served, at: Endpoint) => Promise<(datagram: Uint8Array, from: Endpoint) => Uint8Array | null>;
}

/** Makes the server. Whoever is neither allowed nor shows the credential gets not one byte. */
export const createServer = (serving: Serving): Server => {
  const { allowed, secret, log, world, connections } = serving;
  const mayAsk = createLimit(serving.perSecond ?? usuallyPerSecond, world);
  let open = 0;
  let unknown = 0;

  const note = (
    transport: 'tcp' | 'udp',
    from: Endpoint,
    to: Endpoint,
    spoken: Spoken | null,
    served: boolean,
    inRange: boolean,
  ): void => {
    const { protocol = 'nothing', transaction = null, signed = false } = spoken ?? {};
    const at = world.clock.now().toISOString();
    log.note({ at, transport, from, to, protocol, transaction, signed, served }, inRange);
  };

  const converse = async (place: Served, channel: Channel, isKnown: boolean): Promise<void> => {
    const { services } = place;
    const until = world.clock.monotonic() + (isKnown ? patience.known : patience.unknown);
    const first = await listenFirst(channel, until, secret, world);
    const admitted = isKnown || first?.spoken.signed === true;
    const service = first && admitted ? serviceFor(services, first.spoken) : undefined;
    note('tcp', channel.remote, channel.local, first?.spoken ?? null, admitted, isRange(place));
    if (first === null) return;
    // A port of a range is asked in STUN for its proof; whoever only opens it is left alone.
    const inStun = first.spoken.protocol === 'stun' && service?.probe === 'tcp';
    const serve = service === undefined ? null : probeNamed(inStun ? 'stun' : service.probe).answer;
    if (service === undefined || serve === null) return first.channel.close('reset');
    await serve(first.channel, optionsOf(service, serving), world);
  };

  return {
    tcp: (place) => async (channel) => {
      const isKnown = allowed.has(channel.remote.address);
      const crowded = open >= connections || !mayAsk(channel.remote.address);
      if (crowded || (!isKnown && (secret === null || unknown >= unknownAtOnce))) {
        note('tcp', channel.remote, channel.local, null, false, isRange(place));
        return channel.close('reset');
      }
      open++;
      if (!isKnown) unknown++;
      try {
        await converse(place, channel, isKnown);
      } finally {
        open--;
        if (!isKnown) unknown--;
      }
    },
    udp: async (place, at) => {
      const answers: AnswerDatagram[] = [];
      for (const service of place.services.toSorted(byRegistry)) {
        const make = probeNamed(service.probe).datagrams;
        if (make !== undefined) answers.push(await make(optionsOf(service, serving)));
      }
      return (datagram, from) => {
        const spoken = spokenInDatagram(datagram, secret);
        const admitted = (allowed.has(from.address) || spoken.signed) && mayAsk(from.address);
        note('udp', from, at, spoken, admitted, isRange(place));
        if (!admitted) return null;
        for (const answer of answers) {
          const bytes = answer(datagram, from);
          if (bytes !== null) return bytes;
        }
        return null;
      };
    },
  };
};
