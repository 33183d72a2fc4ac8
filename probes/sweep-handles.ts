import { constants } from 'node:os';
import type { Fence } from './fence.ts';
import { type ConnectRequest, errorOf, type Handle, type Handles, handlesOf } from './handles.ts';
import type { Meter } from './meter.ts';
import { dialingHandle } from './sockets.ts';
import {
  createSocketDialler,
  type DialEnd,
  isSweep,
  openEnd,
  readDialError,
  type SweepDialler,
  type SweepTarget,
} from './sweep-dialler.ts';
import { createMeetings, plainAddress } from './sweep-meetings.ts';

const refused = -constants.errno.ECONNREFUSED;
const abandoned = -constants.errno.ECONNABORTED;

/** Refused handles that are kept to dial again: two bursts, which is what is under way where a host refuses at once. */
const mostSpare = 128;

/** What errors mean, each read once. `left`: a packet may have left before it. */
const createReader = (left: boolean): ((status: number) => DialEnd) => {
  const known = new Map<number, DialEnd>();
  return (status) => {
    let end = known.get(status);
    if (end === undefined) {
      end = readDialError(errorOf(status), 'connect', left);
      known.set(status, end);
    }
    return end;
  };
};

/**
 * Dials through the handles that Node's sockets are made of, without the sockets around them: half of the computing and
 * half of the memory of a dial, and the same outcomes. An error that `connect` gives at once never left this host.
 *
 * On Linux a socket that was refused dials again, from a new source port: making and closing sockets is a third of the
 * kernel's work where a host refuses at once.
 */
const createHandleDialler = (target: SweepTarget, handles: Handles, fence: Fence, meter?: Meter): SweepDialler => {
  let source = target.sourceAddress;
  const six = target.address.includes(':');
  const sweep = isSweep(target);
  const meetings = createMeetings(target);
  const bound = target.sourceAddress !== null || target.sourcePort !== null;
  const readLater = createReader(true);
  const readAtOnce = createReader(false);

  const bind = (handle: Handle): number => {
    if (!bound) return 0;
    const port = target.sourcePort ?? 0;
    return six
      ? handle.bind6(target.sourceAddress ?? '::', port, 0)
      : handle.bind(target.sourceAddress ?? '0.0.0.0', port);
  };
  const connect = (handle: Handle, request: ConnectRequest, port: number): number =>
    six ? handle.connect6(request, target.address, port) : handle.connect(request, target.address, port);
  const local = (handle: Handle): { address: string; port: number } => {
    const name: { address?: string; port?: number } = {};
    handle.getsockname(name);
    return { address: plainAddress(name.address), port: name.port ?? 0 };
  };

  const spare: Handle[] = [];
  let redials = process.platform === 'linux' && !bound;
  const renewal = new handles.TCPConnectWrap();
  renewal.oncomplete = () => undefined;
  /** Keeps a refused handle. Its next `connect` sends nothing: it ends what was refused, and says so. */
  const keep = (handle: Handle, port: number): void => {
    if (redials && spare.length < mostSpare) {
      if (connect(handle, renewal, port) === abandoned) return void spare.push(handle);
      redials = false;
    }
    handle.close();
  };

  return {
    source: () => source,
    close: () => {
      redials = false;
      for (const handle of spare.splice(0)) handle.close();
    },
    begin: (port, ended) => {
      let over = false;
      let closed: (() => void) | undefined;
      meetings.begin(port);
      const leave = (): void => {
        over = true;
        closed?.();
        meetings.end(port);
      };
      const finish = (end: DialEnd): void => {
        leave();
        ended(end);
      };
      // The end comes later, as with every other dial.
      const finishSoon = (end: DialEnd): void => process.nextTick(() => over || finish(end));
      const made = dialingHandle({ address: target.address, port, sweep }, handles, fence, spare);
      if (made.kind === 'refused') {
        finishSoon({ kind: 'denied', failure: made.failure });
        return () => void (over || leave());
      }
      const handle = made.socket;
      closed = meter?.opened('tcp');
      const request = new handles.TCPConnectWrap();
      request.oncomplete = (status) => {
        if (over) return;
        if (status !== 0) {
          if (status === refused) keep(handle, port);
          else handle.close();
          return finish(readLater(status));
        }
        const { address, port: from } = local(handle);
        if (handle.reset() !== 0) handle.close();
        source ??= address;
        finish(meetings.metOurselves(address, from, port) ? { kind: 'self' } : openEnd);
      };
      const failed = bind(handle) || connect(handle, request, port);
      if (failed !== 0) {
        handle.close();
        finishSoon(readAtOnce(failed));
      } else source ??= local(handle).address || null;
      return () => {
        if (over) return;
        leave();
        if (failed === 0) handle.close();
      };
    },
  };
};

/** Dials through Node's handles where this release is known to have them, else through its sockets. */
export const createTcpDialler = (
  target: SweepTarget,
  fence: Fence,
  meter?: Meter,
  handles: Handles | null = handlesOf(),
): SweepDialler =>
  handles === null ? createSocketDialler(target, fence, meter) : createHandleDialler(target, handles, fence, meter);
