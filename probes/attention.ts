import type { Clock } from './world.ts';

/** Seconds between two looks at the clock while somebody waits. */
const beatSeconds = 0.1;

/** A look that comes so much later than it should says that this process was not running. */
const lateSeconds = 0.1;

/**
 * A clock on which no time passes while this process is stopped, starved or busy with itself: nobody listened then, and
 * a peer that is given eight seconds has eight seconds in which we listen. What falls due is called only after
 * everything has been read that had arrived by then: an answer that lies in our own buffer is not silence.
 *
 * Sweeps have looks of their own, and need it not.
 */
export const attentiveClock = (clock: Clock): Clock => {
  let lost = 0;
  let lastLook = clock.monotonic();
  let waiting = 0;
  let stopBeat = (): void => undefined;

  const look = (): number => {
    const now = clock.monotonic();
    const since = now - lastLook;
    // Where nobody waits, nobody looks either, and nothing is lost.
    if (waiting > 0 && since > beatSeconds + lateSeconds) lost += since - beatSeconds;
    lastLook = now;
    return now - lost;
  };
  const beat = (): void => {
    stopBeat = clock.after(beatSeconds, () => {
      look();
      beat();
    });
  };

  return {
    now: () => clock.now(),
    monotonic: look,
    after: (seconds, callback) => {
      const due = look() + seconds;
      waiting += 1;
      if (waiting === 1) beat();
      let cancel = (): void => undefined;
      let over = false;
      const end = (): void => {
        over = true;
        waiting -= 1;
        if (waiting === 0) stopBeat();
      };
      const arm = (left: number): void => {
        cancel = clock.after(left, () => {
          const rest = due - look();
          // The timers of the system come a little early.
          if (rest > 0.001) return arm(rest);
          // The network first: one turn of the loop reads what has arrived.
          const soon = setImmediate(() => {
            end();
            callback();
          });
          cancel = () => clearImmediate(soon);
        });
      };
      arm(seconds);
      return () => {
        cancel();
        if (!over) end();
      };
    },
  };
};
