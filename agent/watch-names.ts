import type { Clock } from '../probes/world.ts';
import type { Resolved, Resolver } from './resolve.ts';

/** Names and what the resolver last said of them. */
export interface Names {
  /** Asks the resolver; several that ask within a moment share one answer. */
  readonly resolve: Resolver;
  /** What was last said; asks the resolver only for a name it never heard of. */
  readonly remembered: Resolver;
}

/**
 * Names that are resolved anew for every round, and remembered for judging. A resolver that says nothing within the
 * deadline has failed: no check waits for it any longer.
 * @param fresh seconds for which an answer is good for everybody who asks
 */
export const createNames = (resolver: Resolver, clock: Clock, deadline: number, fresh: number): Names => {
  const known = new Map<string, { at: number; answer: Promise<Resolved> }>();
  const bounded: Resolver = (host) =>
    new Promise((settle) => {
      const cancel = clock.after(deadline, () => {
        const message = `this host's resolver said nothing of ${host} for ${deadline} s`;
        settle({ kind: 'unresolved', code: 'resolver-failed', message });
      });
      void resolver(host).then((resolved) => {
        cancel();
        settle(resolved);
      });
    });
  const last = new Map<string, Resolved>();
  const resolve: Resolver = (host) => {
    const now = clock.monotonic();
    const before = known.get(host);
    if (before !== undefined && now - before.at < fresh) return before.answer;
    const answer = bounded(host).then((resolved) => {
      last.set(host, resolved);
      return resolved;
    });
    known.set(host, { at: now, answer });
    return answer;
  };
  return {
    resolve,
    remembered: async (host) => last.get(host) ?? resolve(host),
  };
};
