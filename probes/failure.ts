import type { Failure, Outcome } from './observation.ts';

/** A failure with the outcome it means for an attempt that got nothing better. */
export interface Failed {
  readonly outcome: Outcome;
  readonly failure: Failure;
}

/** An errno that the peer or the network caused: the outcome, our code, and words. */
const fromTheNetwork: Readonly<Record<string, readonly [Outcome, string, string]>> = {
  ECONNREFUSED: ['closed', 'connection-refused', 'the connection was refused'],
  ECONNRESET: ['closed', 'connection-reset', 'the connection was reset'],
  EPIPE: ['closed', 'connection-reset', 'the connection was closed by the other side'],
  ECONNABORTED: ['closed', 'connection-reset', 'the connection was aborted'],
  EHOSTUNREACH: ['unreachable', 'host-unreachable', 'a router or firewall said: host unreachable'],
  EHOSTDOWN: ['unreachable', 'host-unreachable', 'the network said: host down'],
  ENETUNREACH: ['unreachable', 'network-unreachable', 'a router said: network unreachable'],
  ENOPROTOOPT: ['unreachable', 'protocol-unreachable', 'the host said: protocol unreachable'],
  // ICMPv6 "administratively prohibited" arrives as EACCES, but only once a packet has left.
  EACCES: ['unreachable', 'administratively-prohibited', 'a router or firewall said: administratively prohibited'],
  ETIMEDOUT: ['filtered', 'timeout', 'nothing was heard'],
};

/** An errno raised on this machine before a packet left: never the rule's fault. */
const fromHere: Readonly<Record<string, readonly [string, string]>> = {
  ENETUNREACH: ['no-route', 'this host has no route to that network'],
  EHOSTUNREACH: ['no-route', 'this host has no route to that address'],
  EACCES: ['local-permission', 'this host does not permit it (local firewall or route)'],
  EPERM: ['local-permission', 'this host does not permit it (local firewall)'],
  EADDRNOTAVAIL: ['source-not-available', 'this host does not own the source address, or has no free source port'],
  EADDRINUSE: ['source-port-busy', 'the source port is taken, or this host has no free source port'],
  EMFILE: ['local-exhaustion', 'this process may open no more files (descriptor limit)'],
  ENFILE: ['local-exhaustion', 'this host may open no more files'],
  ENOBUFS: ['local-exhaustion', 'this host has no memory left for sockets'],
  ENOMEM: ['local-exhaustion', 'this host has no memory left for sockets'],
  EAFNOSUPPORT: ['no-such-family', 'this host does not speak that address family'],
  EINVAL: ['source-not-usable', 'the source address cannot reach that target'],
};

const errnoOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
};

/**
 * What a socket error means.
 * @param left whether a packet may have left before the error: the same errno means "we" before and "they" after.
 */
export const readSocketError = (error: unknown, step: string, left: boolean): Failed => {
  const errno = errnoOf(error);
  const theirs = fromTheNetwork[errno];
  if (left && theirs) {
    const [outcome, code, message] = theirs;
    return { outcome, failure: { step, code, message } };
  }
  const ours = fromHere[errno];
  if (ours) return { outcome: 'unasked', failure: { step, code: ours[0], message: ours[1] } };
  if (theirs) {
    const [outcome, code, message] = theirs;
    return { outcome, failure: { step, code, message } };
  }
  return { outcome: 'unasked', failure: { step, code: 'local-error', message: `this host reported ${errno}` } };
};

/** The failure of a question that nobody wants answered any more. */
export const aborted = (step: string): Failed => ({
  outcome: 'unasked',
  failure: { step, code: 'aborted', message: 'the run was ended before this was answered' },
});

/** The failure of a question that nothing was heard to. */
export const silence = (step: string): Failed => ({
  outcome: 'filtered',
  failure: { step, code: 'timeout', message: 'nothing was heard' },
});
