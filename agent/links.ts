import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../probes/world.ts';

/**
 * How often the link under each address of this host has come and gone, by address; null while it is down. Addresses of
 * which the system tells nothing are left out.
 */
export type Links = () => ReadonlyMap<string, number | null>;

/** Where no descriptor is left nothing can be looked at. */
const exhausted: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE']);

/** What the kernel counts; 0 where it counts nothing: then only a link that is down when one looks is seen. */
const changesOf = (name: string): number => {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/carrier_changes`, 'utf8'));
  } catch (error) {
    if (exhausted.has((error as NodeJS.ErrnoException).code)) throw error;
    return 0;
  }
};

const look = (): Map<string, number> =>
  new Map(
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
      const own = addresses.filter(({ internal }) => !internal);
      if (own.length === 0) return [];
      const changes = changesOf(name);
      return own.map(({ address }) => [address, changes] as const);
    }),
  );

/**
 * The links of this machine. An interface that is down is not among those that the system lists: it is remembered. Where
 * the system tells nothing, for want of a descriptor, nothing is told.
 */
export const systemLinks = (): Links => {
  const known = new Set<string>();
  return () => {
    try {
      const found = look();
      for (const address of found.keys()) known.add(address);
      return new Map([...known].map((address) => [address, found.get(address) ?? null]));
    } catch {
      return new Map();
    }
  };
};

/** Seconds for which a look at the links serves as the beginning of whatever begins: looking costs a few files. */
const fresh = 1;

/** Remembers how links were when something began, and tells later whether one was gone meanwhile. */
export const createLinkWatch = (links: Links, clock: Pick<Clock, 'monotonic'>) => {
  let last = { at: Number.NEGATIVE_INFINITY, seen: links() };
  return {
    /** To be called at the beginning; the returned function says whether the link under an address was down since then. */
    begin: (): ((address: string | null) => boolean) => {
      if (clock.monotonic() - last.at >= fresh) last = { at: clock.monotonic(), seen: links() };
      const { seen } = last;
      return (address) => {
        const before = seen.get(address ?? '');
        const now = links().get(address ?? '');
        return before !== undefined && now !== undefined && (before === null || now !== before);
      };
    },
  };
};
