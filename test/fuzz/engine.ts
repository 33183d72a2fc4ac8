import { type Coverage, startCoverage } from './coverage.ts';
import { mutate, type Random } from './mutate.ts';

/** A decoder under test: inputs that it knows, words that it understands, and the run, which throws where a promise breaks. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly dictionary: readonly Uint8Array[];
  readonly run: (bytes: Uint8Array) => void;
}

/** An input that broke a promise. */
export interface Finding {
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

export interface Fuzzed {
  readonly runs: number;
  readonly corpus: number;
  readonly functions: number;
  readonly blocksLeft: number;
  /** The longest that one input took, in milliseconds. */
  readonly slowest: number;
  readonly slowestInput: Uint8Array;
  readonly finding: Finding | null;
}

export interface Limits {
  /** Ends after so many milliseconds of computing or inputs, whatever comes first. */
  readonly milliseconds: number;
  readonly inputs: number;
  readonly random: Random;
}

/** Inputs between two looks at the coverage, which take longer than most inputs. */
const batchSize = 400;

/** An input beyond this is a finding by itself: somebody stops us with it. In milliseconds of computing. */
const hangs = 2000;

/** Milliseconds that this process has computed: on a busy machine, fewer than have passed. */
const computed = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const tried = (target: Target, bytes: Uint8Array): unknown => {
  try {
    target.run(bytes);
    return null;
  } catch (error) {
    return error ?? new Error('threw nothing');
  }
};

/** Cuts an input that breaks a promise down, as long as it goes on doing so. */
const shortened = (target: Target, found: Finding): Finding => {
  let { bytes, error } = found;
  for (let size = Math.max(1, bytes.length >> 1); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < bytes.length; ) {
      const shorter = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
      const still = tried(target, shorter);
      if (still === null) at += size;
      else {
        bytes = shorter;
        error = still;
      }
    }
  }
  return { bytes, error };
};

/** The inputs of a batch that reached something new: by halving, as most batches reach nothing. */
const newsOf = (target: Target, batch: readonly Uint8Array[], coverage: () => Coverage): Uint8Array[] => {
  const fresh = coverage();
  const found: Uint8Array[] = [];
  const step = Math.max(1, Math.ceil(batch.length / 16));
  for (let from = 0; from < batch.length; from += step) {
    const part = batch.slice(from, from + step);
    for (const bytes of part) tried(target, bytes);
    if (!fresh.news()) continue;
    // The shortest of them stands for all: what is missing will be found again.
    found.push(...part.toSorted((a, b) => a.length - b.length).slice(0, 3));
  }
  fresh.stop();
  return found;
};

/** Fuzzes one target, led by coverage: inputs that reach new code join the corpus. Ends at the first finding. */
export const fuzz = (target: Target, { milliseconds, inputs, random }: Limits): Fuzzed => {
  const watched = (url: string): boolean =>
    /\/(wire|probes)\/[^/]+\.js$/.test(url) || url.includes('/node_modules/saxes');
  const coverage = startCoverage(watched);
  const corpus = [...target.seeds];
  let runs = 0;
  let slowest = 0;
  let slowestInput: Uint8Array = new Uint8Array(0);
  const done = (finding: Finding | null): Fuzzed => {
    const { functions, blocksLeft } = coverage.reached();
    coverage.stop();
    return { runs, corpus: corpus.length, functions, blocksLeft, slowest, slowestInput, finding };
  };
  const feed = (bytes: Uint8Array): Finding | null => {
    const began = computed();
    const error = tried(target, bytes);
    const took = computed() - began;
    runs++;
    if (took > slowest) {
      slowest = took;
      slowestInput = bytes;
    }
    if (error !== null) return shortened(target, { bytes, error });
    return took > hangs ? { bytes, error: new Error(`took ${Math.round(took)} ms`) } : null;
  };
  for (const seed of target.seeds) {
    const finding = feed(seed);
    if (finding) return done(finding);
  }
  coverage.news();
  const until = computed() + milliseconds;
  while (computed() < until && runs < inputs) {
    const batch = Array.from({ length: Math.min(batchSize, Math.max(1, inputs - runs)) }, () =>
      mutate(corpus, target.dictionary, random),
    );
    for (const bytes of batch) {
      const finding = feed(bytes);
      if (finding) return done(finding);
      if (computed() >= until) break;
    }
    if (!coverage.news()) continue;
    const again = (): Coverage => {
      const fresh = startCoverage(watched);
      for (const known of corpus) tried(target, known);
      fresh.news();
      return fresh;
    };
    corpus.push(...newsOf(target, batch, again));
  }
  return done(null);
};
