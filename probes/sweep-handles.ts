import { getSystemErrorName } from 'node:util';
import type { Fence } from './fence.ts';
import { type Handle, type Handles, handlesOf } from './handles.ts';
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

const errorOf = (status: number): Error => Object.assign(new Error(), { code: getSystemErrorName(status) });

/**
 * Dials through the handles that Node's sockets are made of, without the sockets around them: half of the computing and
 * half of the memory of a dial, and the same outcomes. An error that `connect` gives at once never left this host.
 */
const createHandleDialler = (target: SweepTarget, handles: Handles, fence: Fence, meter?: Meter): SweepDialler => {
  let source = target.sourceAddress;
  const six = target.address.includes(':');
  const meetings = createMeetings(target);
  const bound = target.sourceAddress !== null || target.sourcePort !== null;

  const bind = (handle: Handle): number => {
    if (!bound) return 0;
    const port = target.sourcePort ?? 0;
    return six
      ? handle.bind6(target.sourceAddress ?? '::', port, 0)
      : handle.bind(target.sourceAddress ?? '0.0.0.0', port);
  };
  const local = (handle: Handle): { address: string; port: number } => {
    const name: { address?: string; port?: number } = {};
    handle.getsockname(name);
    return { address: plainAddress(name.address), port: name.port ?? 0 };
  };

  return {
    source: () => source,
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
      const made = dialingHandle({ address: target.address, port, sweep: isSweep(target) }, handles, fence);
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
          handle.close();
          return finish(readDialError(errorOf(status), 'connect', true));
        }
        const { address, port: from } = local(handle);
        if (handle.reset() !== 0) handle.close();
        source ??= address;
        finish(meetings.metOurselves(address, from, port) ? { kind: 'self' } : openEnd);
      };
      const failed =
        bind(handle) ||
        (six ? handle.connect6(request, target.address, port) : handle.connect(request, target.address, port));
      if (failed !== 0) {
        handle.close();
        finishSoon(readDialError(errorOf(failed), 'connect', false));
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
