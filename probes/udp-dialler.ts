import { type UdpHandles, udpHandlesOf } from './handles.ts';
import type { TurnCredential } from './probe.ts';
import { makeRequest, readAnswer, type StunRequest } from './stun-exchange.ts';
import { type DialEnd, isSweep, readDialError, type SweepDialler, type SweepTarget } from './sweep-dialler.ts';
import { sweepToken } from './sweep-token.ts';
import { type ConnectedUdp, connectUdpHandle, connectUdpSocket } from './udp-connected.ts';
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
  handles: UdpHandles | null = udpHandlesOf(),
): UdpDialler => {
  const connect = handles === null ? connectUdpSocket : connectUdpHandle(handles);
  const { address, sourceAddress, sourcePort } = target;
  const from = { address: sourceAddress, port: sourcePort ?? 0 };
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
      let sent = 0;
      let request: StunRequest | undefined;
      let close = (): void => undefined;
      let closed: (() => void) | undefined;
      const finish = (): boolean => {
        if (over) return false;
        over = true;
        closed?.();
        close();
        return true;
      };
      const end = (how: DialEnd): void => {
        if (finish()) ended(how);
      };
      // An end comes later, however soon it is known.
      const endSoon = (how: DialEnd): void => process.nextTick(end, how);
      const connected = (socket: ConnectedUdp): void => {
        if (over) return;
        if (source === null || source === address) {
          const local = socket.local();
          source ??= local.address;
          // Our own port is the one we dial: whatever comes is what we say ourselves.
          if (local.address === address && local.port === port) {
            endSoon({ kind: 'self' });
            return;
          }
        }
        request = makeRequest('rfc8489', 0, token.world, secret);
        sent = request.bytes.length;
        world.meter?.datagram(false);
        // It was the first datagram of this socket, so nobody else can have said what fails now.
        socket.send(request.bytes, (error) => end(readDialError(error, 'stun', false)));
      };
      const heard = (bytes: Uint8Array): void => {
        const reading = readAnswer(bytes, request === undefined ? [] : [request]);
        if (reading.kind !== 'answer') strays++;
        else if (finish()) {
          if (reading.answer.proof === true) proved++;
          ended(answered);
        }
      };
      const failed = (error: unknown, left: boolean): void =>
        // What fails before the datagram is sent may do so at once.
        left ? end(readRefusal(error)) : endSoon(readDialError(error, 'stun', false));
      // A port that is given serves all dials, which their targets tell apart.
      const ends = { target: { address, port, sweep: isSweep(target) }, from, shared: sourcePort !== null };
      const made = connect(ends, { connected, heard, failed }, world.fence);
      if (made.kind === 'refused') endSoon({ kind: 'denied', failure: made.failure });
      else {
        ({ close } = made.socket);
        closed = world.meter?.opened('udp', () => sent);
      }
      return () => void finish();
    },
  };
};
