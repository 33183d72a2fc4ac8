import { ByteQueue } from './byte-queue.ts';
import { framingOf, type HttpHead, mayBeHttp, readStatusLine, takeHeader } from './http-head.ts';

/** What is taken of one response at most. */
const MAX_HEAD = 32 * 1024;
const MAX_BODY = 2 * 1024 * 1024;
/** All bytes together: chunks of one byte each would else carry many times what they are worth. */
const MAX_BYTES = MAX_BODY + 1024 * 1024;
const MAX_CHUNK_LINE = 1024;
const MAX_INTERIM = 8;

const LF = 0x0a;
const CR = 0x0d;

/** How far a response was read. `problem` says why it is not read further; `head` may be known all the same. */
export interface HttpReading {
  readonly head: HttpHead | null;
  readonly body: Uint8Array;
  /** The body came whole. */
  readonly complete: boolean;
  /** Nothing more will be read: the response is whole, over its limits, or none. */
  readonly over: boolean;
  readonly problem: HttpProblem | null;
}

export type HttpProblem =
  | 'not-http'
  | 'head-too-long'
  | 'bad-header'
  | 'bad-length'
  | 'bad-chunk'
  | 'too-long'
  | 'cut-off';

/** Reads one response as its bytes come in. Holds at most head and body of bounded length. */
export interface HttpReader {
  /** Takes the next bytes. Never throws. */
  push(bytes: Uint8Array): void;
  /** The connection ended. */
  end(): void;
  /** `head` is there from the moment its status line is; its headers follow. */
  reading(): HttpReading;
}

type State = 'status' | 'headers' | 'length' | 'until-end' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'over';

/** A reader for the response to one GET: interim responses are passed over, and what is too long is cut. */
export const createHttpReader = (): HttpReader => {
  const queue = new ByteQueue();
  const body = new ByteQueue();
  let state: State = 'status';
  let problem: HttpProblem | null = null;
  let complete = false;
  let started: Omit<HttpHead, 'headers'> | null = null;
  let headers = new Map<string, string>();
  let interim = 0;
  let bytes = 0;
  let headLeft = MAX_HEAD;
  /** Waiting bytes in which the end of the line was looked for already: who sends byte by byte costs no more than others. */
  let searched = 0;
  /** Bytes that are still to come of the body, or of the chunk. */
  let wanted = 0;

  const isOver = (): boolean => state === 'over';

  const stop = (why: HttpProblem | null): false => {
    problem = why;
    complete = why === null;
    state = 'over';
    queue.clear();
    return false;
  };

  /** The next line without its end; null: not whole yet, or longer than `limit`. */
  const nextLine = (limit: number, tooLong: HttpProblem): Uint8Array | null => {
    const end = queue.peek().indexOf(LF, searched);
    searched = end < 0 ? queue.length : 0;
    if (end < 0 ? queue.length > limit : end > limit) stop(tooLong);
    if (end < 0 || state === 'over') return null;
    const line = queue.take(end + 1);
    return line.subarray(0, line.at(-2) === CR ? -2 : -1);
  };

  const headLine = (): Uint8Array | null => {
    const before = queue.length;
    const line = nextLine(headLeft, 'head-too-long');
    if (line) headLeft -= before - queue.length;
    return line;
  };

  const beginBody = (): boolean => {
    if (!started) return stop('not-http');
    if (started.status < 200 && started.status !== 101) {
      interim++;
      if (interim > MAX_INTERIM) return stop('bad-header');
      state = 'status';
      return true;
    }
    const framing = framingOf({ ...started, headers });
    if (framing.kind === 'bad') return stop('bad-length');
    if (framing.kind === 'length') {
      wanted = framing.length;
      state = 'length';
      return wanted > 0 || stop(null);
    }
    state = framing.kind === 'chunked' ? 'chunk-size' : 'until-end';
    return true;
  };

  /** Moves what has come into the body, `most` bytes at most. False: there is nothing to move, or no room. */
  const fill = (most: number): boolean => {
    const part = queue.take(Math.min(most, queue.length));
    const room = MAX_BODY - body.length;
    body.append(part.subarray(0, room));
    if (part.length > room) return stop('too-long');
    wanted -= part.length;
    return part.length > 0;
  };

  const steps: Record<State, () => boolean> = {
    status: () => {
      if (!mayBeHttp(queue.peek())) return stop('not-http');
      const line = headLine();
      if (!line) return false;
      const read = readStatusLine(line);
      // After an interim response the head is known: what follows it badly does not take it back.
      if (!read) return stop(started ? 'bad-header' : 'not-http');
      started = read;
      headers = new Map();
      state = 'headers';
      return true;
    },
    headers: () => {
      const line = headLine();
      if (!line) return false;
      if (line.length === 0) return beginBody();
      return takeHeader(headers, line) || stop('bad-header');
    },
    length: () => {
      const moved = fill(wanted);
      return state === 'length' && wanted === 0 ? stop(null) : moved;
    },
    'until-end': () => fill(queue.length),
    'chunk-size': () => {
      const line = nextLine(MAX_CHUNK_LINE, 'bad-chunk');
      if (!line) return false;
      const size = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(new TextDecoder('latin1').decode(line))?.[1];
      if (size === undefined) return stop('bad-chunk');
      wanted = Number.parseInt(size, 16);
      state = wanted === 0 ? 'trailers' : 'chunk';
      return true;
    },
    chunk: () => {
      const moved = fill(wanted);
      if (state === 'chunk' && wanted === 0) state = 'chunk-end';
      return moved;
    },
    'chunk-end': () => {
      const line = nextLine(1, 'bad-chunk');
      if (!line) return false;
      if (line.length > 0) return stop('bad-chunk');
      state = 'chunk-size';
      return true;
    },
    trailers: () => {
      const line = headLine();
      if (!line) return false;
      return line.length > 0 || stop(null);
    },
    over: () => false,
  };

  return {
    push: (more) => {
      if (state === 'over') return;
      bytes += more.length;
      queue.append(more);
      while (steps[state]()) {
        // Every step takes bytes away, so this ends.
      }
      if (bytes > MAX_BYTES && !isOver()) stop('too-long');
    },
    end: () => {
      if (state === 'over') return;
      stop(state === 'until-end' ? null : 'cut-off');
    },
    reading: () => ({
      head: started && { ...started, headers },
      body: body.peek(),
      complete,
      over: state === 'over',
      problem,
    }),
  };
};
