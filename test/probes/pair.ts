import { Duplex } from 'node:stream';
import { type Channel, type Endpoint, type Received, streamChannel } from '../../probes/channel.ts';
import { aborted } from '../../probes/failure.ts';
import type { World } from '../../probes/world.ts';

/** The two ends that the channels of a pair say they have: the first is the client's. */
export const pairEnds: { readonly client: Endpoint; readonly server: Endpoint } = {
  client: { address: '198.51.100.7', port: 51234 },
  server: { address: '203.0.113.30', port: 3478 },
};

/** One end of a byte stream in memory. Unlike Node's `duplexPair`, the other end hears of a `destroy`. */
class StreamEnd extends Duplex {
  private peer: StreamEnd | null = null;
  private goOn: (() => void) | null = null;

  static pair(): [StreamEnd, StreamEnd] {
    const [a, b] = [new StreamEnd(), new StreamEnd()];
    a.peer = b;
    b.peer = a;
    return [a, b];
  }

  override _read(): void {
    const goOn = this.goOn;
    this.goOn = null;
    goOn?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const peer = this.peer;
    if (!peer || peer.destroyed || peer.push(Buffer.from(chunk))) done();
    else peer.goOn = done;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.peer;
    this.peer = null;
    if (peer && !peer.destroyed && !peer.readableEnded) peer.push(null);
    done(error);
  }
}

const streamPair = (world: World): [Channel, Channel] => {
  const [a, b] = StreamEnd.pair();
  const { client, server } = pairEnds;
  return [
    streamChannel(a, { local: client, remote: server }, world),
    streamChannel(b, { local: server, remote: client }, world),
  ];
};

/** One end of a datagram path in memory: what is sent to it waits in its inbox. */
class DatagramEnd implements Channel {
  readonly transport = 'udp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  peer: DatagramEnd | null = null;
  private readonly world: World;
  private readonly inbox: Received[] = [];
  private wake: (() => void) | null = null;
  private closed = false;

  constructor(local: Endpoint, remote: Endpoint, world: World) {
    this.local = local;
    this.remote = remote;
    this.world = world;
  }

  put(received: Received): void {
    if (this.closed) return;
    this.inbox.push(received);
    this.wake?.();
  }

  send(bytes: Uint8Array): void {
    const copy = Uint8Array.from(bytes);
    queueMicrotask(() => this.peer?.put({ kind: 'bytes', bytes: copy }));
  }

  receive(until: number): Promise<Received> {
    const { clock, signal } = this.world;
    return new Promise((resolve) => {
      const settle = (received: Received): void => {
        this.wake = null;
        cancel();
        signal.removeEventListener('abort', onAbort);
        resolve(received);
      };
      const onAbort = (): void => settle({ kind: 'failed', ...aborted('receive') });
      const cancel = clock.after(until - clock.monotonic(), () => settle({ kind: 'silence' }));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort);
      this.wake = () => {
        const received = this.inbox.shift();
        if (received) settle(received);
      };
      this.wake();
    });
  }

  takeStream(): Duplex {
    throw new Error('a datagram channel has no stream beneath it');
  }

  close(): void {
    this.closed = true;
    this.peer = null;
  }
}

const datagramPair = (world: World): [Channel, Channel] => {
  const a = new DatagramEnd(pairEnds.client, pairEnds.server, world);
  const b = new DatagramEnd(pairEnds.server, pairEnds.client, world);
  a.peer = b;
  b.peer = a;
  return [a, b];
};

/**
 * Two channels that talk to each other in memory: what one sends, the other receives. The first is the client's end.
 * tcp: a byte stream whose `takeStream` can carry TLS; closing one end ends the other. udp: datagrams, none lost.
 */
export const channelPair = (transport: 'tcp' | 'udp', world: World): [Channel, Channel] =>
  transport === 'tcp' ? streamPair(world) : datagramPair(world);
