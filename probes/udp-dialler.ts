import type { SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { TurnCredential } from './probe.ts';
import { askingSocket } from './sockets.ts';
import { makeRequest, readAnswer } from './stun-exchange.ts';
import { type DialEnd, isSweep, readDialError, type SweepDialler, type SweepTarget } from './sweep-dialler.ts';
import { sweepToken } from './sweep-token.ts';
import type { World } from './world.ts';

/** A dialler that also counts the datagrams from swept ports that answer nothing of ours. */
export interface UdpDialler extends SweepDialler {
  readonly strays: () => number;
  /** What all its transaction ids begin with. */
  readonly token: string;
  /** Ports whose answer was signed by our responder. */
  readonly proved: () => number;
}

const answered: DialEnd = { kind: 'answer', outcome: 'answered', failure: null };

/** A refusal of a datagram comes by ICMP, and it is about the port. */
const readRefusal = (error: unknown): DialEnd => {
  const end = readDialError(error, 'stun', true);
  if (end.kind !== 'answer' || end.outcome !== 'closed') return end;
  return {
    ...end,
    failure: { step: 'stun', code: 'port-unreachable', message: 'the answer was: port unreachable' },
  };
};

type Lookup = (name: string, options: unknown, done: (error: null, address: string, family: number) => void) => void;

/**
 * Dials over UDP: each dial is a connected socket with a source port of its own, a STUN Binding request (RFC 8489, with
 * SOFTWARE and FINGERPRINT) with a transaction id of its own that begins with the token of the sweep, and whatever comes back until it is given up. A
 * retransmission is another dial: it meets no session that a firewall or a NAT made of the first.
 *
 * Only a message with the transaction id of the request is an answer. Only a connected socket hears of ICMP refusals;
 * on Windows nobody does.
 */
export const createUdpDialler = (
  target: SweepTarget,
  world: World,
  secret: TurnCredential | null = null,
): UdpDialler => {
  const { address, sourceAddress, sourcePort } = target;
  const [type, family] = isIPv6(address) ? (['udp6', 6] as const) : (['udp4', 4] as const);
  // Every address is a literal one: with nothing to look up, a socket is bound and connected without waiting.
  const lookup: Lookup = (name, _options, done) => done(null, name, family);
  // A port that is given serves all dials, which their targets tell apart.
  const options: SocketOptions = { type, lookup, reuseAddr: sourcePort !== null };
  const from = { address: sourceAddress ?? undefined, port: sourcePort ?? 0, exclusive: true };
  const token = sweepToken(world);
  let source = sourceAddress;
  let strays = 0;
  let proved = 0;
  return {
    source: () => source,
    strays: () => strays,
    proved: () => proved,
    token: token.text,
    begin: (port, ended) => {
      let over = false;
      const made = askingSocket({ address, port, sweep: isSweep(target) }, options, world.fence);
      if (made.kind === 'refused') {
        process.nextTick(() => {
          if (!over) ended({ kind: 'denied', failure: made.failure });
          over = true;
        });
        return () => {
          over = true;
        };
      }
      const { socket } = made;
      let sent = 0;
      const closed = world.meter?.opened('udp', () => sent);
      const finish = (): boolean => {
        if (over) return false;
        over = true;
        closed?.();
        socket.removeAllListeners('message');
        socket.close();
        return true;
      };
      const end = (how: DialEnd): void => {
        if (finish()) ended(how);
      };
      let connected = false;
      socket.on('error', (error) => {
        if (connected) return end(readRefusal(error));
        // What fails before the datagram is sent may do so at once, but an end comes later.
        process.nextTick(() => end(readDialError(error, 'stun', false)));
      });
      socket.on('connect', () => {
        if (over) return;
        connected = true;
        if (source === null || source === address) {
          const local = socket.address();
          source ??= local.address;
          // Our own port is the one we dial: whatever comes is what we say ourselves.
          if (local.address === address && local.port === port) return end({ kind: 'self' });
        }
        const request = makeRequest('rfc8489', 0, token.world, secret);
        socket.on('message', (bytes) => {
          const reading = readAnswer(bytes, [request]);
          if (reading.kind !== 'answer') strays++;
          else if (finish()) {
            if (reading.answer.proof === true) proved++;
            ended(answered);
          }
        });
        sent = request.bytes.length;
        world.meter?.datagram(false);
        socket.send(request.bytes, (error) => {
          // It was the first datagram of this socket, so nobody else can have said this.
          if (error) end(readDialError(error, 'stun', false));
        });
      });
      socket.bind(from, () => {
        if (!over) socket.connect(port, address);
      });
      return () => void finish();
    },
  };
};
