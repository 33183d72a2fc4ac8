/** Tells the connections of a sweep that reached our own sockets from those that reached the peer. */
export interface Meetings {
  begin(port: number): void;
  end(port: number): void;
  /** Whether the dial of `port`, now open from this local address and port, met a socket of ours. */
  metOurselves(address: string, local: number, port: number): boolean;
}

/** `::ffff:10.0.0.1` and `10.0.0.1` are one address. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase();

/**
 * On this very host a socket may meet itself (its own port is the port it dials), or two dials of one sweep may cross,
 * each with the other's target as its own port. Neither says anything about the port.
 */
export const createMeetings = (target: { readonly address: string; readonly sourcePort: number | null }): Meetings => {
  const dialled = plainAddress(target.address);
  const underWay = new Set<number>();
  const crossed = new Set<string>();
  return {
    begin: (port) => void underWay.add(port),
    end: (port) => void underWay.delete(port),
    metOurselves: (address, local, port) => {
      if (plainAddress(address) !== dialled) return false;
      if (local === port || crossed.delete(`${local}>${port}`)) return true;
      if (target.sourcePort !== null || !underWay.has(local)) return false;
      crossed.add(`${port}>${local}`);
      return true;
    },
  };
};
