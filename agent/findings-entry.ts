/** `error` alone makes the exit code 1; `warning` needs somebody's attention; `info` helps to read the rest. */
export type Severity = 'info' | 'warning' | 'error';

/** What is to be known of a diagnosis before anybody has it. */
export interface CatalogueEntry {
  readonly severity: Severity;
  /** What it means, for people who meet it for the first time. */
  readonly meaning: string;
  /** What must have been seen before it is made. */
  readonly evidence: string;
  /** What to do about it. */
  readonly remedy: string;
}
