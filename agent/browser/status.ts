import { countAges, setClock } from './ages.ts';
import { applyFilter, startFilter } from './filter.ts';
import { follow } from './link.ts';
import { morph } from './morph.ts';

/** What a change says that is told to those who do not see it. */
const sentenceOf = (change: unknown): string => {
  const told = change as { rule?: unknown; endpoint?: unknown; from?: unknown; verdict?: unknown };
  const on = told.endpoint ? ` on ${told.endpoint}` : '';
  return told.from ? `${told.rule}${on}: ${told.verdict}, was ${told.from}` : '';
};

const say = (id: string, text: string): void => {
  const place = document.getElementById(id);
  if (place !== null && place.textContent !== text) place.textContent = text;
};

/** Changes told together, and the milliseconds that they are gathered for: one firewall may break many rows. */
const mostTold = 5;
const gathering = 500;

let untold: string[] = [];

const tell = (change: unknown): void => {
  const sentence = sentenceOf(change);
  if (sentence === '') return;
  if (untold.length === 0) {
    setTimeout(() => {
      const more = untold.length - mostTold;
      say('announce', untold.slice(0, mostTold).join('. ') + (more > 0 ? `. And ${more} more` : ''));
      untold = [];
    }, gathering);
  }
  untold.push(sentence);
};

/** Rows whose verdict is another in the newer page: they light up once. */
const changedRows = (page: Document): string[] =>
  [...page.querySelectorAll<HTMLElement>('tbody[data-state]')].flatMap(({ id, dataset }) => {
    const before = document.getElementById(id)?.dataset['state'];
    return before !== undefined && before !== dataset['state'] ? [id] : [];
  });

const takeOver = (page: Document): void => {
  const changed = changedRows(page);
  const named = document.querySelector('.named')?.id;
  document.title = page.title;
  const [icon, newer] = [document.querySelector('#icon'), page.querySelector('#icon')];
  if (icon !== null && newer !== null) morph(icon, newer);
  morph(document.body, page.body);
  setClock(document.body);
  for (const id of changed) document.getElementById(id)?.classList.add('pulse');
  if (named !== undefined) document.getElementById(named)?.classList.add('named');
  applyFilter();
  countAges();
};

const clockWords = (): string => new Date().toISOString().slice(11, 19);

let lostSince = '';

/** Says so once the agent is lost, and since when: what stands on the page then is old. */
const reached = (yes: boolean): void => {
  document.getElementById('live')?.classList.toggle('off', !yes);
  say('live', yes ? 'live' : 'not connected');
  if (yes) lostSince = '';
  else if (lostSince === '') lostSince = clockWords();
  say(
    'lost',
    yes
      ? ''
      : `The connection to the agent is lost since ${lostSince}Z. What you see is what it said before; it may be true no more.`,
  );
};

const start = (): void => {
  if (location.search !== '') {
    // A filter that was asked of the server: the script has one that follows the rows.
    const given = new URLSearchParams(location.search);
    const hash = new URLSearchParams({ state: given.getAll('state').join(','), q: given.get('q') ?? '' });
    location.replace(`./#${hash}`);
    return;
  }
  document.documentElement.classList.add('scripted');
  setClock(document.body);
  countAges();
  setInterval(countAges, 1000);
  startFilter();
  reached(true);
  follow({ page: takeOver, verdict: tell, reached });
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element) || target.closest('a, summary, input') !== null) return;
    const details = target.closest('.line')?.parentElement?.querySelector('details');
    // Whoever marks a text with the mouse does not mean to unfold it.
    if (details && getSelection()?.isCollapsed !== false) details.open = !details.open;
  });
};

// The script stands in the head: the page comes after it.
addEventListener('DOMContentLoaded', start);
