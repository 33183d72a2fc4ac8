import { basename } from 'node:path';
import { counted } from '../explain-words.ts';
import { keptWords } from '../kept.ts';
import type { MergedReport } from '../merge.ts';
import type { MergedRun } from '../merge-runs.ts';
import { recordWords } from '../used-records.ts';
import { localTime } from './header.ts';
import { type Html, joined, markup, nothing, short } from './html-escape.ts';
import { verdictBadge } from './html-words.ts';
import { aheadAdvice, aheadWords, clockWords, oldAdvice, resultWord, summaryWords } from './row-words.ts';

/** `ccaa 48ea`: in fours, as two people compare it by voice. */
export const spokenDigest = (digest: string): string => digest.replace(/[0-9a-f]{4}(?=[0-9a-f])/g, '$& ');

const results = { PASS: 'pass', FAIL: 'fail', UNKNOWN: 'unknown', 'ENDED EARLY': 'unknown' } as const;

const utc = (iso: string): string => `${iso.replace('T', ' ').slice(0, 19)}Z`;

/** Date of the last answer, by the clock of the site; a clock that is ahead does not date the page. */
export const dateOf = ({ runs, madeAt, timezone }: MergedReport): string =>
  localTime(
    runs
      .filter(({ aheadSeconds }) => aheadSeconds === null)
      .map(({ finishedAt }) => finishedAt)
      .toSorted()
      .at(-1) ?? madeAt,
    timezone,
  );

/** The head of the report: of what, when, with which site file, and how it came out. */
export const htmlHead = (report: MergedReport): Html => {
  const { site, siteDigest, packs, runs, mixed, segments } = report;
  const word = resultWord(report);
  const [ahead, old] = [aheadAdvice(report), oldAdvice(report)];
  const parts = segments.map(({ segment, paths: { open, lost, refused, cut, unknown } }) => {
    const bad = lost + refused + cut;
    const state = bad > 0 ? 'fail' : unknown > 0 ? 'unknown' : 'pass';
    return markup`<li>${verdictBadge(state, `${segment} segment`)} paths: ${open} open, ${bad} shut, ${unknown} unknown</li>`;
  });
  return markup`<header>
<p class="kind">edgeprobe port summary</p>
<h1>${short(site)}</h1>
<p class="result">${verdictBadge(results[word as keyof typeof results] ?? 'unknown', word)} ${summaryWords(report)}</p>
<ul class="segments">${parts}</ul>
<dl class="card">
<dt>Date</dt><dd>${dateOf(report)}</dd>
<dt>Site digest</dt><dd><code class="digest">${short(spokenDigest(siteDigest))}</code></dd>
<dt>Packs</dt><dd>${short(packs.map((pack) => basename(pack)).join(', '), 400)}</dd>
<dt>Runs</dt><dd>${counted(runs.length, 'run')} from ${short([...new Set(runs.map(({ label }) => label))].join(', '), 400)}</dd>
</dl>
${mixed ? markup`<p class="warning"><b>Runs of different sites stand together.</b></p>` : nothing}${ahead === null ? nothing : markup`<p class="warning"><b>A clock is wrong:</b> ${ahead}.</p>\n`}${old === null ? nothing : markup`<p class="warning"><b>Old runs:</b> ${old}.</p>\n`}
</header>
`;
};

/** Addresses of a run before there are "more". */
const mostAddresses = 6;

const few = (words: readonly string[]): string => {
  const hidden = words.length - mostAddresses;
  return hidden > 0 ? `${words.slice(0, mostAddresses).join(', ')} and ${hidden} more` : words.join(', ') || 'none';
};

const remarksOf = (run: MergedRun): Html => {
  const ahead = aheadWords(run);
  const remarks = [
    ...(ahead === null ? [] : [markup`<b>clock wrong</b>: ${ahead}`]),
    ...(run.old ? [markup`<b>old</b>`] : []),
    ...(run.superseded ? [markup`superseded by a later run`] : []),
    ...(run.interrupted ? [markup`<b>ended early</b>`] : []),
    ...(run.kept === null ? [] : [short(keptWords(run.kept, run.finishedAt), 200)]),
    ...(run.note === null ? [] : [short(run.note, 400)]),
  ];
  return remarks.length === 0 ? nothing : markup`<dt>Remarks</dt><dd>${joined(remarks, ', ')}</dd>\n`;
};

const runCard = (run: MergedRun): Html => markup`<article>
<h3>Run ${run.number}: ${short(run.label)}</h3>
<dl class="card">
<dt>Host</dt><dd>${short(run.host)} (${short(run.platform, 40)})</dd>
<dt>Source as bound</dt><dd>${short(few(run.sources), 600)}</dd>
<dt>As the far side saw it</dt><dd>${run.seenAs.length === 0 ? 'nobody told' : short(few(run.seenAs), 600)}</dd>
<dt>From, to (UTC)</dt><dd>${short(utc(run.startedAt), 30)} to ${short(utc(run.finishedAt), 30)}</dd>
<dt>Clock</dt><dd>${clockWords(run) ?? 'not compared: no record of a responder'}</dd>
<dt>Tool</dt><dd>${short(run.tool.name, 30)} ${short(run.tool.version, 30)}</dd>
<dt>Packs</dt><dd>${short(run.packs.map((pack) => basename(pack)).join(', '), 400)}</dd>
<dt>Site digest</dt><dd><code>${short(spokenDigest(run.siteDigest))}</code></dd>
${run.file === null ? nothing : markup`<dt>File</dt><dd>${short(basename(run.file))}, digest <code>${short(spokenDigest(run.digest ?? ''))}</code></dd>\n`}${remarksOf(run)}</dl>
</article>
`;

/** Who asked, from where, when, and with what. */
export const htmlRuns = ({ runs, records }: MergedReport): Html => {
  const heard = records.map(
    (one) =>
      markup`<p>Judged with what ${short(recordWords(one), 300)}; digest <code>${short(spokenDigest(one.digest))}</code>.</p>\n`,
  );
  return markup`<div class="runs">${runs.map(runCard)}</div>${heard.length === 0 ? nothing : markup`\n${heard}`}`;
};

/** A place to sign for each segment. The lines are drawn by the style sheet. */
export const htmlSignatures = (report: MergedReport): Html => {
  const { segments, siteDigest } = report;
  const blank = (words: string): Html => markup`<div class="blank"><span>${words}</span></div>`;
  return markup`${segments.map(
    ({ segment, paths: { open, lost, refused, cut, unknown } }) => markup`<div class="sign">
<p><b>The ${segment} segment</b>: paths ${open} open, ${lost} lost, ${refused} refused, ${cut} cut, ${unknown} unknown. Site digest <code>${short(spokenDigest(siteDigest))}</code>.</p>
<div class="blanks">${[blank('Owner'), blank('Date'), blank('Signature')]}</div>
</div>
`,
  )}${segments.length === 0 ? markup`<p>No row was asked, so there is nothing to sign.</p>` : nothing}`;
};
