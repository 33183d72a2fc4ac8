import type { DnsRecord } from '../wire/dns.ts';
import type { Channel, Endpoint } from './channel.ts';
import type { Facts, Failure, Observation, Outcome, Step } from './observation.ts';
import type { World } from './world.ts';

/** The part of a rule that decides which probe asks it. */
export interface Row {
  readonly protocol: string;
  readonly security: string;
  readonly transport: string;
  /** Whether the row names a range of ports rather than one. */
  readonly range: boolean;
}

/** PEM texts for TLS. Without `ca` trust is not judged. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A credential as its file has it: of a TURN server (long-term), or of our own responder (short-term). */
export interface TurnCredential {
  readonly username: string;
  readonly password: string;
}

/** What a probe may need beside address and port. Equal options make questions equal. */
export interface ProbeOptions {
  /** `tls` or `mtls` where the row is secured from the first byte; `none` otherwise. */
  readonly security?: 'none' | 'tls' | 'mtls';
  /** Name sent as SNI, and compared with the certificate. */
  readonly servername?: string;
  /** XMPP: the domain we say we are, and the domain we ask for. */
  readonly from?: string;
  readonly to?: string;
  /** DNS: the name to ask for. Default: the root. */
  readonly query?: string;
  /** HTTP: what to fetch; its host is only named to the server, never dialled. */
  readonly url?: string;
  /** STUN: the name under which `Asking.credentials` knows what to log on with. Never the credential itself. */
  readonly credentials?: string;
  /** The name under which `Asking.credentials` knows what our responder proves itself with. Never the credential itself. */
  readonly proof?: string;
  /** STUN: first and last of the ports that a relay may have there. */
  readonly relayPorts?: readonly [number, number];
  /** Sweeps: the seed of the port order, and at most so many ports of the range, spread over it (0: all). */
  readonly seed?: number;
  readonly sample?: number;
  /** Sweeps: which of the samples taken one after the other this is, so that each asks other ports. */
  readonly rotation?: number;
  readonly concurrency?: number;
  /** Sweeps: these ports of the range and no others, ascending. */
  readonly only?: readonly number[];
  /** TCP, one port: at most so many dials, each with its share of the deadline. Default: three. */
  readonly dials?: number;
}

/** A question to one address: everything that a probe needs to ask it once. */
export interface Question {
  readonly probe: string;
  readonly transport: 'tcp' | 'udp';
  /** A literal address; `lastPort` differs from `port` for a range. */
  readonly target: { readonly address: string; readonly port: number; readonly lastPort: number };
  /** With `lastPort` the source is what is swept: the question is asked from every port from `port` to it. */
  readonly source: { readonly address: string | null; readonly port: number | null; readonly lastPort?: number };
  /** One absolute deadline for the whole question. A sweep has its own, made from rate and answers. */
  readonly deadlineSeconds: number;
  readonly options: ProbeOptions;
}

/** What the run gives every probe: world, pace, TLS material, and somewhere to tell progress. */
export interface Asking extends World {
  /** Reserves the next slot under the rate limit; returns the seconds to wait for it. */
  readonly pace: () => number;
  readonly tls: TlsMaterial;
  /** The credential of that name; null where there is none. Kept out of questions, which are shown and compared. */
  readonly credentials?: (name: string) => TurnCredential | null;
  /** Ports done of all ports, while a sweep runs. */
  readonly progress?: (done: number, total: number) => void;
}

/** What one conversation told, before it becomes part of an observation. */
export interface Reply {
  readonly outcome: Outcome;
  readonly facts: Facts;
  readonly failure: Failure | null;
  readonly steps: readonly Step[];
  readonly requests: number;
}

/** What a question expects of our responder; null where it stands nowhere there, or has no credential. */
export const proofSecret = (options: ProbeOptions, asking: Asking): TurnCredential | null =>
  options.proof === undefined ? null : (asking.credentials?.(options.proof) ?? null);

/** Packets a question costs: if everything answers at once, and if nothing does. */
export interface Cost {
  readonly least: number;
  readonly most: number;
  /** States a stateful firewall keeps meanwhile, at most. */
  readonly states: number;
  readonly secondsLeast: number;
  readonly secondsMost: number;
}

/** One line of the registry: a protocol that can ask and answer. */
export interface Probe {
  readonly name: string;
  /** One line for help and README. */
  readonly about: string;
  /** Whether this probe asks rows of that kind. */
  readonly asks: (row: Row) => boolean;
  readonly run: (question: Question, asking: Asking) => Promise<Observation>;
  /** What it costs; `rate` in dials per second, 0 for no limit. */
  readonly cost: (question: Question, rate: number) => Cost;
  /** The other end: answers one conversation. Null for probes whose open port is the answer. */
  readonly answer: ((channel: Channel, options: AnswerOptions, world: World) => Promise<void>) | null;
  /** The other end over UDP, one datagram at a time; null is silence. Only probes that speak UDP have it. */
  readonly datagrams?: (options?: AnswerOptions) => Promise<AnswerDatagram>;
}

/** Answers one datagram, or is silent. Pure, and total over arbitrary bytes. */
export type AnswerDatagram = (datagram: Uint8Array, from: Endpoint) => Uint8Array | null;

/** What the answering half may need. */
export interface AnswerOptions {
  readonly tls?: TlsMaterial;
  /** Ask the client for a certificate (mutual TLS). */
  readonly requestCertificate?: boolean;
  /** XMPP: the domain served here. */
  readonly domain?: string;
  /** XMPP, HTTP: `tls` or `mtls` where the conversation is secured from the first byte. */
  readonly security?: 'none' | 'tls' | 'mtls';
  /** What to show that it is we who answer; without it nothing is proved. TLS shows it in the certificate. */
  readonly proof?: TurnCredential;
  /** DNS: what is known of the names asked for; nothing by default. */
  readonly records?: readonly DnsRecord[];
  /** HTTP: what every request is answered with; nothing by default. */
  readonly body?: Uint8Array;
}
