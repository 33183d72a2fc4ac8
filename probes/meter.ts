import type { Observation } from './observation.ts';

/** What was sent and held, counted where sockets are made. Seconds and bytes are not rounded. */
export interface Sent {
  /** TCP connections that were begun: each sent at least one SYN; those that the kernel repeated are not seen here. */
  readonly tcpDials: number;
  /** UDP sockets, each with a source port of its own. */
  readonly udpSockets: number;
  readonly datagrams: number;
  /** Bytes handed to the sockets, TLS included. */
  readonly bytes: number;
  /** Dials and datagrams beyond the first of their question, or of a port of a sweep. */
  readonly retries: number;
  /** Most sockets at a time. */
  readonly mostSockets: number;
}

/** Counts at the sockets. One for everything that a command does. */
export interface Meter {
  /** A socket was made; `sent` tells its bytes so far. The returned function is called once it is closed. */
  readonly opened: (transport: 'tcp' | 'udp', sent?: () => number) => () => void;
  /** A datagram was handed to its socket; `again`: the same one had been before. */
  readonly datagram: (again: boolean) => void;
  /** What an observation says of its own dials. */
  readonly observed: (observation: Observation) => void;
  readonly read: () => Sent;
}

/** Dials beyond the first: a sweep counts its dials and ports, a conversation keeps its attempts. */
const retriesIn = ({ attempts, facts: { dials, asked } }: Observation): number =>
  typeof dials === 'number' && typeof asked === 'number'
    ? Math.max(0, dials - asked)
    : Math.max(0, attempts.length - 1);

/** @param peaked told whenever more sockets are open than ever before */
export const createMeter = (peaked: (sockets: number) => void = () => undefined): Meter => {
  const made = { tcp: 0, udp: 0 };
  let [datagrams, bytes, retries, mostSockets] = [0, 0, 0, 0];
  const open = new Set<() => number>();
  return {
    opened: (transport, sent = () => 0) => {
      const one = (): number => sent();
      made[transport]++;
      open.add(one);
      if (open.size > mostSockets) {
        mostSockets = open.size;
        peaked(mostSockets);
      }
      return () => {
        if (open.delete(one)) bytes += sent();
      };
    },
    datagram: (again) => {
      datagrams++;
      if (again) retries++;
    },
    observed: (observation) => {
      retries += retriesIn(observation);
    },
    read: () => ({
      ...{ tcpDials: made.tcp, udpSockets: made.udp, datagrams, retries, mostSockets },
      bytes: [...open].reduce((sum, sent) => sum + sent(), bytes),
    }),
  };
};
