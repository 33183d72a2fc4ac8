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

/**
 * Server-sent events: `verdict`, a change as it happens; `view`, something was observed, and so the page is another;
 * `alive`, now and then. Only changes are numbered and kept.
 */
export interface Events {
  /** Called for every new view, with what changed. */
  readonly add: (changes: readonly VerdictChange[]) => void;
  /** The last changes, oldest first. */
  readonly recent: () => readonly VerdictChange[];
  /** Whether no more clients may come. */
  readonly isFull: () => boolean;
  /** Serves a client from now on. `lastSeen`: the id it had seen, empty for none. */
  readonly serve: (response: ServerResponse, lastSeen: string) => void;
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
      for (const client of clients) send(client, 'event: alive\ndata: now\n\n');
      if (clients.size > 0) beat();
    });
  };
  return {
    add: (changes) => {
      const now = changes.map((change) => ({ id: ++last, change }));
      kept = [...kept, ...now].slice(-changesKept);
      const text = `${now.map(eventText).join('')}event: view\ndata: ${clock.now().toISOString()}\n\n`;
      for (const client of clients) send(client, text);
    },
    recent: () => kept.map(({ change }) => change),
    isFull: () => clients.size >= mostClients,
    serve: (response, lastSeen) => {
      if (clients.size === 0) beat();
      clients.add(response);
      response.once('close', () => {
        clients.delete(response);
        if (clients.size === 0) cancel();
      });
      response.write('retry: 5000\n\n');
      const since = /^\d{1,15}$/.test(lastSeen) ? Number(lastSeen) : last;
      for (const one of kept) if (one.id > since) send(response, eventText(one));
    },
    close: () => {
      cancel();
      for (const client of clients) client.end();
    },
  };
};
