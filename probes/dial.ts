import type { Channel, Endpoint } from './channel.ts';
import { type Failed, silence } from './failure.ts';
import { outcomes } from './observation.ts';
import type { Asking, Question } from './probe.ts';
import type { Recorder } from './recorder.ts';
import { watched } from './sent.ts';
import { type Dialled, dialTcp } from './tcp-channel.ts';
import { pause } from './world.ts';

/** Dials of one question: a lost packet, a sulking NAT entry or a pinned session must not decide it alone. */
export const dialsPerQuestion = 3;

/** Seconds before another dial after the network said no: it may have been passing. */
const secondsAfterRefusal = 0.25;

/** An open connection, or why there is none. */
export type Opened =
  | { readonly kind: 'open'; readonly channel: Channel; readonly source: Endpoint; readonly end: EndAttempt }
  | ({ readonly kind: 'failed' } & Failed);

type EndAttempt = ReturnType<Recorder['attempt']>;

/** The worth of a failure when several dials failed: a reset tells more than silence. */
const worth = (failed: Failed): number => outcomes.indexOf(failed.outcome);

/**
 * Opens a connection for a question: up to three dials from new source ports, each begun while the earlier ones
 * still wait, all within `until`; with fewer dials (`options.dials`) in so much less time. The first that opens wins; a reset ends the matter at once. The winner's attempt
 * is ended by the caller (`end`), because only the conversation on it shows what it was worth.
 */
export const openConnection = async (
  question: Question,
  recorder: Recorder,
  until: number,
  asking: Asking,
): Promise<Opened> => {
  const since = asking.clock.monotonic();
  const share = (until - since) / dialsPerQuestion;
  const dials = Math.min(question.options.dials ?? dialsPerQuestion, dialsPerQuestion);
  // Fewer dials take less time: nobody waits for those that are not begun.
  const last = since + share * dials;
  const fixedPort = question.source.port !== null;
  const losers = new AbortController();
  let best: Failed = silence('connect');
  let settled = false;

  const dialOnce = async (): Promise<Dialled & { end: EndAttempt }> => {
    if (!recorder.fresh()) await pause(asking, asking.pace());
    const end = recorder.attempt();
    const dial = {
      target: question.target,
      sourceAddress: question.source.address,
      sourcePort: question.source.port,
    };
    return { ...(await dialTcp(dial, last, asking, losers.signal)), end };
  };

  return new Promise((resolve) => {
    let underWay = 0;
    let begun = 0;
    let cancelNext = (): void => undefined;
    const settle = (opened: Opened): void => {
      settled = true;
      cancelNext();
      resolve(opened);
      losers.abort();
    };
    const next = (): void => {
      cancelNext();
      begun++;
      underWay++;
      if (begun < dials && !fixedPort) cancelNext = asking.clock.after(share, next);
      dialOnce().then((dialled) => {
        underWay--;
        if (dialled.kind === 'open') {
          if (settled) {
            dialled.channel.close('reset');
            return;
          }
          recorder.step('connect', since);
          const { channel, sent } = watched(dialled.channel);
          const end: EndAttempt = (source, outcome, requests) => dialled.end(source, outcome, requests, sent());
          settle({ ...dialled, channel, end });
          return;
        }
        if (settled) {
          dialled.end(dialled.source, 'filtered');
          return;
        }
        dialled.end(dialled.source, dialled.outcome);
        if (worth(dialled) < worth(best) || dialled.outcome === 'unasked') best = dialled;
        const decided = dialled.failure.code !== 'self-connect' && dialled.outcome === 'closed';
        const mayTryAgain = begun < dials && !fixedPort && asking.clock.monotonic() < last;
        if (decided || dialled.outcome === 'unasked') settle(dialled);
        else if (mayTryAgain) {
          cancelNext();
          cancelNext = asking.clock.after(secondsAfterRefusal, next);
        } else if (underWay === 0) settle({ kind: 'failed', ...best });
      });
    };
    next();
  });
};
