import type { SweptPort } from './sweep-book.ts';
import type { DialEnd, SweepDialler } from './sweep-dialler.ts';
import type { FarQueue, QueuedDial } from './sweep-queue.ts';
import { secondsIntoSilence } from './sweep-time.ts';

/**
 * The first dials keep the long deadline, whatever else answers sooner: they notice a host far behind a firewall that
 * refuses at once. Their ports are dialled again meanwhile, like all others.
 */
const lingerers = 64;

/** One dial under way. */
export interface SweepDial {
  readonly port: SweptPort;
  /** 1 for the first dial of its port. */
  readonly number: number;
  readonly since: number;
}

interface Flown extends SweepDial {
  readonly queued: QueuedDial | undefined;
  over: boolean;
  lingering: boolean;
  end: () => void;
}

/** The dials under way. */
export interface Flight {
  /** Dials that somebody waits for, and those that only linger. */
  readonly size: number;
  readonly lingering: number;
  readonly dials: number;
  readonly most: number;
  /** Whether the other end would still answer one more soon. */
  readonly hasRoom: boolean;
  begin(port: SweptPort): void;
  /** Gives up what has waited for longer than `deadline` seconds. */
  expire(deadline: number): void;
  clear(): void;
}

/** What a flight tells its sweep. */
export interface FlightEars {
  readonly ended: (dial: SweepDial, end: DialEnd) => void;
  readonly silent: (dial: SweepDial) => void;
}

const nothing = (): void => undefined;

/**
 * Keeps the dials of a sweep in the order of their beginning, so that one timer serves all of them.
 * @param queue the queue at the other end, where a program answers and no kernel
 */
export const createFlight = (
  dialler: SweepDialler,
  monotonic: () => number,
  ears: FlightEars,
  queue?: FarQueue,
): Flight => {
  let waiting: Flown[] = [];
  let oldest = 0;
  let late: Flown[] = [];
  let size = 0;
  let dials = 0;
  let most = 0;

  const land = (dial: Flown): void => {
    dial.over = true;
    // Its handle and its callbacks need not outlive it in the list.
    dial.end = nothing;
    if (!dial.lingering) size--;
  };
  const tellQueue = ({ queued }: Flown, end: DialEnd): void => {
    if (queued === undefined) return;
    if (end.kind === 'answer' && end.outcome === 'answered') queue?.answered(queued, monotonic());
    else queue?.refused(queued);
  };
  const giveUp = (dial: Flown): void => {
    const { end } = dial;
    land(dial);
    end();
  };

  return {
    get size() {
      return size;
    },
    get lingering() {
      return late.length;
    },
    get dials() {
      return dials;
    },
    get most() {
      return most;
    },
    get hasRoom() {
      return queue?.hasRoom() ?? true;
    },
    begin: (port) => {
      dials++;
      size++;
      most = Math.max(most, size + late.length);
      const since = monotonic();
      const dial: Flown = {
        port,
        number: ++port.dials,
        since,
        queued: queue?.begun(since),
        over: false,
        lingering: false,
        end: nothing,
      };
      waiting.push(dial);
      dial.end = dialler.begin(port.port, (end) => {
        if (dial.over) return;
        land(dial);
        tellQueue(dial, end);
        ears.ended(dial, end);
      });
    },
    expire: (deadline) => {
      const now = monotonic();
      late = late.filter((dial) => {
        if (dial.over) return false;
        if (!dial.port.decided && now - dial.since < secondsIntoSilence) return true;
        giveUp(dial);
        return false;
      });
      for (; oldest < waiting.length; oldest++) {
        const dial = waiting[oldest];
        if (!dial || dial.over) continue;
        if (now - dial.since < deadline) break;
        // Answers are due, and none comes to this dial nor to any later one: who gives them was held up.
        const { queued } = dial;
        if (queued && now - dial.since < secondsIntoSilence && queue?.standsStill(queued)) break;
        if (queued) queue?.silent(queued);
        if (oldest < lingerers && dial.number === 1 && now - dial.since < secondsIntoSilence) {
          dial.lingering = true;
          size--;
          late.push(dial);
        } else giveUp(dial);
        ears.silent(dial);
      }
      // The first dials are known by their place, so what is done is let go in large pieces only.
      if (oldest > 4096) {
        waiting = waiting.slice(oldest - lingerers);
        oldest = lingerers;
      }
    },
    clear: () => {
      for (const dial of [...waiting, ...late]) if (!dial.over) giveUp(dial);
      waiting = [];
      oldest = 0;
      late = [];
    },
  };
};
