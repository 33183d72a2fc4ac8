import type { PageQuery } from './page-query.ts';
import { type Html, markup, nothing } from './sinks/html-escape.ts';
import { signs } from './sinks/html-words.ts';
import type { Verdict } from './verdict.ts';

const states: readonly (readonly [Verdict, string])[] = [
  ['fail', 'fail'],
  ['unknown', 'unknown'],
  ['pass', 'pass'],
  ['skipped', 'not asked'],
];

/** The words that were asked for, as they are typed. */
const typed = ({ words }: PageQuery): string => words.join(' ');

/**
 * Picks rows by verdict and by words. It is a form, so it works without a script; with one it picks at once.
 * @param shown rows that are shown, of so many
 */
export const pageFilter = (
  summary: Readonly<Record<Verdict, number>>,
  query: PageQuery,
  shown: number,
  all: number,
): Html => {
  const boxes = states.map(
    ([state, words]) =>
      markup`<label class="chip ${state}"><input type="checkbox" name="state" value="${state}"${query.states.has(state) ? markup` checked="checked"` : nothing} /> <span aria-hidden="true">${signs[state]}</span> ${summary[state]} ${words}</label>\n`,
  );
  return markup`<form id="filter" class="pick" method="get" action="./" role="search" aria-label="Pick rows">
<fieldset><legend class="vh">Show only rows that</legend>
${boxes}</fieldset>
<label class="find"><span>Find</span> <input type="search" name="q" value="${typed(query)}" maxlength="100" placeholder="5061, edge2, msturn" autocomplete="off" spellcheck="false" /></label>
<button type="submit">Show</button>
<p id="shown" role="status">${shown === all ? markup`${all} rows` : markup`${shown} of ${all} rows, <a href="./">show all</a>`}</p>
</form>
`;
};
