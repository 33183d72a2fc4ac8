import { counted, listed } from './explain-words.ts';
import { errorsOf, isRange, oldAfter, type PageInput, sightOf, wasAsked } from './page-input.ts';
import { ageElement, bothClocks, periodWords } from './page-time.ts';
import type { ReportCheck } from './report.ts';
import { type Html, markup, nothing, short } from './sinks/html-escape.ts';
import { spokenDigest } from './sinks/html-runs.ts';
import { verdictBadge } from './sinks/html-words.ts';
import { resultWord, summaryWords } from './sinks/row-words.ts';

const results = { PASS: 'pass', FAIL: 'fail', UNKNOWN: 'unknown' } as const;

const blindBanner = ({ report }: PageInput): Html => {
  const { failed, blind } = sightOf(report);
  if (failed.length === 0) return nothing;
  const names = short(listed(failed), 400);
  return blind
    ? markup`<div class="banner fail" role="group" aria-label="This agent is blind"><b>This agent is blind:</b> what must answer from here does not (${names}). Silence of any row says nothing now. Repair this host's own way out first.</div>\n`
    : markup`<div class="banner unknown" role="group" aria-label="A vantage control fails"><b>A vantage control fails:</b> what must answer from here does not (${names}). Another control does, so the rows are still judged.</div>\n`;
};

const times = (checks: readonly ReportCheck[]): string[] => checks.map(({ startedAt }) => startedAt).toSorted();

const agesOf = (input: PageInput): Html => {
  const timezone = input.report.run.timezone;
  const all = input.report.rules.flatMap(({ checks }) => checks).filter(wasAsked);
  const points = all.filter((check) => !isRange(check));
  const [first] = points.length > 0 ? points : all;
  const [oldest, newest] = [times(points).at(0), times(all).at(-1)];
  if (first === undefined || newest === undefined) return markup`none yet`;
  const age = (iso: string): Html => ageElement(iso, timezone, oldAfter(input, first));
  return markup`newest ${age(newest)}${oldest === undefined ? nothing : markup`, oldest of a single port ${age(oldest)}`}`;
};

const progress = ({ report, ready }: PageInput): Html => {
  if (ready) return nothing;
  const checks = report.rules.flatMap((rule) => rule.checks).filter((check) => !isRange(check));
  const done = checks.filter(wasAsked).length;
  return markup`<div class="banner skipped" role="group" aria-label="The first round is under way"><b>The first round is under way:</b> ${done} of ${checks.length} single ports were asked.</div>\n`;
};

/** Who asks, from where; how it came out; and how old that is. */
export const pageHead = (input: PageInput): Html => {
  const { report, merged, interval, sweepInterval } = input;
  const { site, vantage, place, siteDigest, run, finishedAt } = report;
  const errors = errorsOf(merged);
  const word = resultWord(merged);
  const state = results[word as keyof typeof results] ?? 'unknown';
  return markup`<p class="kind">edgeprobe agent</p>
<h1>${short(site)} <span class="from">${vantage}${place === vantage ? '' : markup`, ${short(place)}`}</span></h1>
<p class="result">${verdictBadge(state, word)} ${summaryWords(merged)}${errors > 0 ? `, ${counted(errors, 'error')}` : ''}</p>
${blindBanner(input)}${progress(input)}<dl class="card">
<dt>Vantage</dt><dd>${vantage}${place === vantage ? '' : markup`, place ${short(place)}`}, on host ${short(run.host)}</dd>
<dt>Results</dt><dd>${agesOf(input)}</dd>
<dt>Asked</dt><dd>single ports every ${periodWords(interval)}, ranges every ${periodWords(sweepInterval)}</dd>
<dt>Judged</dt><dd>${bothClocks(finishedAt, run.timezone)}</dd>
<dt>Site digest</dt><dd><code>${short(spokenDigest(siteDigest))}</code></dd>
</dl>
`;
};
