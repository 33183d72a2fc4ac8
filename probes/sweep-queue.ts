/** However soon answers come: fewer dials than this under way leave one of both ends idle. */
const leastRoom = 128;

/** Seconds that answers may take longer than the quickest: what waits longer than that waits in a queue. */
const secondsOfQueue = 0.02;

/** Seconds over which the pace of answers can be told. */
const secondsOfPace = 0.01;

/** What waits so many times longer than answers took lately is not believed to be answered any more. */
const patience = 2;

/** Answers that the longest of late is remembered for. */
const answersRemembered = 64;

/** The share of answered dials is that of about so many dials. */
const dialsRemembered = 512;

/** So many answers that are due and do not come are no loss: whoever answers has stopped for a while. */
const stillDue = 3;

/** Where fewer dials than this are answered, silence is nothing unusual. */
const usuallyAnswered = 0.5;

/** What the queue knows of one dial. */
export interface QueuedDial {
  readonly number: number;
  readonly since: number;
  /** Answers that had come when it began. */
  readonly heardBefore: number;
  /** It ended, in whatever way. */
  over: boolean;
}

/**
 * The dials that wait for a program at the other end. Kernels answer at once, programs one after the other: dials begun
 * faster than that wait in its sockets, their answers come after the deadline, and each is asked again for nothing.
 */
export interface FarQueue {
  begun(now: number): QueuedDial;
  /** A program has answered the dial. */
  answered(dial: QueuedDial, now: number): void;
  /** It was refused, or never sent: no program had to do with it. */
  refused(dial: QueuedDial): void;
  /** It was given up. */
  silent(dial: QueuedDial): void;
  /** Whether one more dial would still be answered soon. */
  hasRoom(): boolean;
  /** Whether answers are due and nothing at all comes to this dial and all later ones: then its silence says nothing. */
  standsStill(dial: QueuedDial): boolean;
}

/** Counts the dials behind some place in their order that are not over. */
interface Behind {
  place: number;
  count: number;
}

/**
 * Opens an empty queue. Until answers take clearly longer than the quickest of all, any number of dials has room; then as
 * many as were answered lately in the time of the quickest and a little more. Of the dials that wait no longer than
 * answers took of late the usual share will be answered; the others are lost, or their ports are silent.
 */
export const createFarQueue = (): FarQueue => {
  const dials: QueuedDial[] = [];
  /** Dials that are young enough to be answered, and those begun after every dial that was answered. */
  const young: Behind = { place: 0, count: 0 };
  const later: Behind = { place: 0, count: 0 };
  let heard = 0;
  let firstHeard = 0;
  let quickest = Number.POSITIVE_INFINITY;
  let longest = 0;
  let room = Number.POSITIVE_INFINITY;
  let hits = 1;
  let misses = 0;

  const share = (): number => hits / (hits + misses);

  /** Moves a place on while dials are to be left behind; gives how many of them were not over. */
  const moveOn = (behind: Behind, leave: (dial: QueuedDial) => boolean): number => {
    let left = 0;
    for (let dial = dials[behind.place]; dial !== undefined && leave(dial); dial = dials[++behind.place]) {
      if (!dial.over) left++;
    }
    behind.count -= left;
    return left;
  };

  const end = (dial: QueuedDial): void => {
    if (dial.over) return;
    dial.over = true;
    if (dial.number >= young.place) young.count--;
    if (dial.number >= later.place) later.count--;
  };

  /** While answers come, what waits much longer than they took will have none; while none come, nothing is known. */
  const leaveOld = (now: number): void => {
    const oldest = now - patience * Math.max(longest, quickest + secondsOfQueue);
    misses += moveOn(young, ({ since }) => since < oldest);
  };

  const learnRoom = (dial: QueuedDial, now: number): void => {
    const seconds = now - dial.since;
    quickest = Math.min(quickest, seconds);
    longest = Math.max(seconds, longest - (longest - seconds) / answersRemembered);
    const enough = quickest + secondsOfQueue;
    if (seconds <= enough) {
      room++;
      return;
    }
    // Before the first answer there was no pace.
    const paced = now - Math.max(dial.since, firstHeard);
    if (paced >= secondsOfPace) room = Math.max(leastRoom, ((heard - dial.heardBefore) / paced) * enough);
  };

  const standsStill = ({ number }: QueuedDial): boolean =>
    number >= later.place && share() >= usuallyAnswered && later.count * share() >= stillDue;

  return {
    begun: (now) => {
      const dial: QueuedDial = { number: dials.length, since: now, heardBefore: heard, over: false };
      dials.push(dial);
      young.count++;
      later.count++;
      return dial;
    },
    answered: (dial, now) => {
      if (heard === 0) firstHeard = now;
      heard++;
      hits++;
      if (dial.number < young.place) misses = Math.max(0, misses - 1);
      if (hits + misses > dialsRemembered) {
        hits /= 2;
        misses /= 2;
      }
      end(dial);
      moveOn(later, ({ number }) => number <= dial.number);
      learnRoom(dial, now);
      leaveOld(now);
    },
    refused: end,
    silent: (dial) => {
      if (standsStill(dial)) {
        // Given up all the same: whoever answered is gone, and what follows is as unknown as at the beginning.
        room = Number.POSITIVE_INFINITY;
        misses += hits;
      }
      if (!dial.over && dial.number >= young.place) misses++;
      end(dial);
    },
    hasRoom: () => young.count * share() < room,
    standsStill,
  };
};
