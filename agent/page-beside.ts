import { counted, firstFew, inWords } from './explain-words.ts';
import type { PageInput } from './page-input.ts';
import { ageElement, timeElement } from './page-time.ts';
import type { ReportCheck, ReportControl, ReportRule } from './report.ts';
import { type Html, joined, markup, nothing, short } from './sinks/html-escape.ts';
import { htmlFindings } from './sinks/html-todo.ts';
import { anchorOf, verdictBadge } from './sinks/html-words.ts';

/** Changes that are shown; /api/v1/report has more. */
const mostChanges = 20;

/** Addresses that are named before there are "more". */
const mostAddresses = 8;

/** What became different last, newest first. */
export const pageChanges = ({ changes, report }: PageInput): Html => {
  // What a check was first is no change.
  const told = changes.filter(({ from }) => from !== null);
  const items = told
    .slice(-mostChanges)
    .reverse()
    .map(
      ({ at, pack, rule, endpoint, from, verdict, explain }) => markup`<li>
<p class="when">${timeElement(at, report.run.timezone)}</p>
<p>${from === null ? nothing : markup`${verdictBadge(from)} <span aria-hidden="true">→</span><span class="vh">became</span> `}${verdictBadge(verdict)} <a href="#${anchorOf({ pack, rule })}">${short(rule)}</a>${endpoint === '' ? nothing : markup` ${short(endpoint)}`}</p>
<p class="small why" title="${short(explain, 400)}">${short(explain, 400)}</p></li>
`,
    );
  return items.length === 0 ? markup`<p>None since this agent started.</p>` : markup`<ol class="changes">${items}</ol>`;
};

const controlTitles: Readonly<Record<string, string>> = {
  vantage: 'must answer from here',
  port: 'must not open',
  repeat: 'asked again after a sweep',
};

const controlOf = ({ kind, target, address, port, outcome, asExpected }: ReportControl): Html => {
  const name = target === '' || target === address ? '' : `${target} `;
  const where = kind === 'vantage' ? target : `${name}${address} port ${port}`;
  const expected = outcome === 'unasked' ? 'unknown' : 'pass';
  return markup`<li>${verdictBadge(asExpected ? expected : 'fail', outcome)} ${short(where)} <span class="small">${controlTitles[kind] ?? short(kind)}</span></li>\n`;
};

/** Ports that no rule opens, as long as none is open: one line for them all. */
const shutOf = (ports: readonly ReportControl[]): Html => {
  const [first] = ports;
  if (first === undefined) return nothing;
  const addresses = ports.map(({ address }) => address);
  return markup`<li>${verdictBadge('pass', 'shut')} port ${first.port} on ${ports.length} ${ports.length === 1 ? 'address' : 'addresses'} <span class="small">${short(firstFew(addresses, mostAddresses, 'addresses'), 400)}: no row opens it</span></li>\n`;
};

/** The questions whose answer is known. */
export const pageControls = ({ report: { controls } }: PageInput): Html => {
  const isShut = ({ kind, outcome }: ReportControl): boolean =>
    kind === 'port' && (outcome === 'closed' || outcome === 'filtered');
  const told = controls.filter((control) => !isShut(control));
  return controls.length === 0
    ? markup`<p>None: give the vantage a <code>control</code> in the site file, a host that must answer from here.</p>`
    : markup`<ul class="plainlist">${told.map(controlOf)}${shutOf(controls.filter(isShut))}</ul>`;
};

/** Every finding once, folded away: what has to be done stands above. */
export const pageFindings = ({ merged }: PageInput): Html => {
  const { findings } = merged;
  if (findings.length === 0) return htmlFindings(merged);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return markup`<details><summary>${counted(findings.length, 'finding')}, ${errors} of them of severity error</summary>
${htmlFindings(merged)}</details>`;
};

/** What once came of a check, newest first. */
export const pastOf = (input: PageInput, rule: Pick<ReportRule, 'pack' | 'rule'>, check: ReportCheck): Html => {
  const past = input.historyOf(rule, check).toReversed();
  if (past.length < 2) return nothing;
  const items = past.map(
    ({ at, verdict, because, durationSeconds }) =>
      markup`<li>${ageElement(at, input.report.run.timezone, Number.MAX_SAFE_INTEGER)} ${verdictBadge(verdict)} ${because} after ${inWords(durationSeconds)}</li>\n`,
  );
  return markup`<p class="small">Last results; failures are kept longer than successes:</p><ol class="past">${joined(items, '')}</ol>\n`;
};
