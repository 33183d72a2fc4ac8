/** What is told of the agent. */
interface Heard {
  /** A newer page came. */
  readonly page: (page: Document) => void;
  /** A verdict changed; what the agent says of it. */
  readonly verdict: (change: unknown) => void;
  /** Whether the agent answers. */
  readonly reached: (yes: boolean) => void;
}

/** All in milliseconds. Between two pages; until the next try of an agent that is lost; without events. */
const pause = 1000;
const again = 3000;
const poll = 20_000;
/** An agent gives a sign of life every 15 s. */
const silence = 40_000;

/**
 * Follows the agent: its events say when there is something new, and then the page is fetched, of which it sends only
 * what is new. Where events do not come through (too many listen, a proxy holds them back) it asks now and then, and a
 * tab that nobody sees does the same: a browser has few connections.
 */
export const follow = ({ page, verdict, reached }: Heard): void => {
  let events: EventSource | null = null;
  let fetching = false;
  let wanted = false;
  let timer = 0;
  let due = Number.POSITIVE_INFINITY;
  let watchdog = 0;
  let deafUntil = 0;

  /** Fetches so soon, or sooner if that was said before: events that keep coming must not put it off for ever. */
  const later = (milliseconds: number): void => {
    const at = performance.now() + milliseconds;
    if (at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(refresh, milliseconds);
  };
  const fetchPage = async (): Promise<void> => {
    const since = document.body.dataset['version'] ?? '';
    const response = await fetch(`./?since=${encodeURIComponent(since)}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(String(response.status));
    page(new DOMParser().parseFromString(await response.text(), 'text/html'));
  };
  const refresh = (): void => {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
    if (fetching) {
      wanted = true;
      return;
    }
    [fetching, wanted] = [true, false];
    fetchPage()
      .then(
        () => {
          reached(true);
          listen();
          later(wanted ? pause : poll);
        },
        () => {
          reached(false);
          later(again);
        },
      )
      .finally(() => {
        fetching = false;
      });
  };
  const heard = (): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      hush();
      refresh();
    }, silence);
  };
  const hush = (): void => {
    clearTimeout(watchdog);
    events?.close();
    events = null;
  };
  const listen = (): void => {
    if (document.hidden || performance.now() < deafUntil) return;
    if (events !== null && events.readyState !== EventSource.CLOSED) return;
    hush();
    const source = new EventSource('./api/v1/events');
    events = source;
    heard();
    events.addEventListener('open', () => {
      heard();
      // What happened while nobody listened.
      later(pause);
    });
    events.addEventListener('alive', heard);
    events.addEventListener('view', () => {
      heard();
      if (!fetching) later(pause);
      else wanted = true;
    });
    events.addEventListener('verdict', ({ data }: MessageEvent<string>) => {
      heard();
      verdict(JSON.parse(data));
    });
    events.addEventListener('error', () => {
      // Refused, not lost: who asks again at once is refused at once, and would do nothing else.
      if (source.readyState === EventSource.CLOSED) {
        deafUntil = performance.now() + poll;
        hush();
      }
      later(0);
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hush();
    else refresh();
  });
  listen();
  later(poll);
};
