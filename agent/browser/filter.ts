/** What stands behind the # of the address: `state=fail,unknown&q=5061&row=row-…`. */
const read = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));

const form = (): HTMLFormElement | null => document.querySelector('#filter');

const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('#filter [name=state]')];

const field = (): HTMLInputElement | null => document.querySelector('#filter [name=q]');

const write = (given: URLSearchParams): void => {
  for (const name of ['state', 'q', 'row']) if (!given.get(name)) given.delete(name);
  // A comma needs no escape there, and people read addresses.
  const hash = given.toString().replaceAll('%2C', ',');
  history.replaceState(null, '', hash === '' ? location.pathname : `#${hash}`);
};

/** Shows the rows that the address asks for. */
export const applyFilter = (): void => {
  const given = read();
  const states = (given.get('state') ?? '').split(',').filter((one) => one !== '');
  const words = (given.get('q') ?? '').toLowerCase().split(/\s+/);
  let [shown, all] = [0, 0];
  for (const table of document.querySelectorAll<HTMLTableElement>('#tables table')) {
    let some = false;
    for (const row of table.tBodies) {
      const { state = '', find = '' } = row.dataset;
      const wanted = (states.length === 0 || states.includes(state)) && words.every((word) => find.includes(word));
      row.hidden = !wanted;
      some ||= wanted;
      all++;
      if (wanted) shown++;
    }
    table.hidden = !some;
  }
  const said = document.querySelector('#shown');
  const text = shown === all ? `${all} rows` : `${shown} of ${all} rows`;
  if (said !== null && said.textContent !== text) said.textContent = text;
};

const fill = (): void => {
  const given = read();
  const states = (given.get('state') ?? '').split(',');
  for (const box of boxes()) box.checked = states.includes(box.value);
  const input = field();
  if (input !== null && input.value !== (given.get('q') ?? '')) input.value = given.get('q') ?? '';
};

const take = (): void => {
  const given = read();
  const checked = boxes().filter((box) => box.checked);
  given.set('state', checked.map((box) => box.value).join(','));
  given.set('q', field()?.value.trim() ?? '');
  write(given);
  applyFilter();
};

/** Unfolds a row, brings it into view, and names it in the address. It is shown, whatever the filter says. */
const open = (id: string): void => {
  const row = document.getElementById(id);
  if (row === null || row.dataset['state'] === undefined) return;
  for (const other of document.querySelectorAll('.named')) other.classList.remove('named');
  row.classList.add('named');
  row.hidden = false;
  const table = row.closest('table');
  if (table !== null) table.hidden = false;
  const details = row.querySelector('details');
  if (details !== null) details.open = true;
  row.scrollIntoView({ block: 'start' });
  row.querySelector('summary')?.focus({ preventScroll: true });
};

const follow = (): void => {
  fill();
  applyFilter();
  const id = read().get('row') ?? (location.hash.startsWith('#row-') ? location.hash.slice(1) : null);
  if (id !== null) open(id);
};

/** Lets the reader pick rows at once; what was picked stands in the address. */
export const startFilter = (): void => {
  document.addEventListener('input', ({ target }) => {
    if (target instanceof Element && target.closest('#filter') !== null) take();
  });
  document.addEventListener('submit', (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    take();
  });
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#row-"]') : null;
    if (link === null) return;
    event.preventDefault();
    const given = read();
    given.set('row', link.getAttribute('href')?.slice(1) ?? '');
    write(given);
    open(given.get('row') ?? '');
  });
  addEventListener('hashchange', follow);
  follow();
};
