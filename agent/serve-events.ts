import type { ServerResponse } from 'node:http';
import type { Clock } from '../probes/world.ts';
import type { VerdictChange } from './watch-changes.ts';

/** Clients that may listen at a time. */
const mostClients = 16;

/** Changes kept for those who come back, and for the page. */
const changesKept = 100;

/** Seconds between two signs of life on a silent stream. */
const heartbeat = 15;

/** A client that has not read so much is gone, or might as well be. In bytes. */
const mostUnread = 256 * 1024;

/** Verdict changes as they happen: server-sent events. */
export interface Events {
  readonly add: (changes: readonly VerdictChange[]) => void;
  /** The last changes, oldest first. */
  readonly recent: () => readonly VerdictChange[];
  /** Serves a client from now on; false if there are too many. `lastSeen`: the id it had seen, empty for none. */
  readonly serve: (response: ServerResponse, lastSeen: string) => boolean;
  readonly close: () => void;
}

interface Numbered {
  readonly id: number;
  readonly change: VerdictChange;
}

const eventText = ({ id, change }: Numbered): string =>
  `id: ${id}\nevent: verdict\ndata: ${JSON.stringify(change)}\n\n`;

export const createEvents = (clock: Clock): Events => {
  const clients = new Set<ServerResponse>();
  let kept: readonly Numbered[] = [];
  let last = 0;
  let cancel: () => void = () => undefined;

  const send = (client: ServerResponse, text: string): void => {
    if (client.writableLength > mostUnread) client.destroy();
    else client.write(text);
  };
  const beat = (): void => {
    cancel = clock.after(heartbeat, () => {
      for (const client of clients) send(client, ': still here\n\n');
      if (clients.size > 0) beat();
    });
  };
  return {
    add: (changes) => {
      const now = changes.map((change) => ({ id: ++last, change }));
      kept = [...kept, ...now].slice(-changesKept);
      for (const one of now) for (const client of clients) send(client, eventText(one));
    },
    recent: () => kept.map(({ change }) => change),
    serve: (response, lastSeen) => {
      if (clients.size >= mostClients) return false;
      if (clients.size === 0) beat();
      clients.add(response);
      response.once('close', () => {
        clients.delete(response);
        if (clients.size === 0) cancel();
      });
      response.write('retry: 5000\n\n');
      const since = /^\d{1,15}$/.test(lastSeen) ? Number(lastSeen) : last;
      for (const one of kept) if (one.id > since) send(response, eventText(one));
      return true;
    },
    close: () => {
      cancel();
      for (const client of clients) client.end();
    },
  };
};
