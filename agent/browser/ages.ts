/** Milliseconds that the agent's clock is ahead of ours. */
let ahead = 0;

/** Sets our clock by the agent's: ages are to be right whatever time this computer believes it is. */
export const setClock = (page: HTMLElement): void => {
  const theirs = Date.parse(page.dataset['now'] ?? '');
  if (Number.isFinite(theirs)) ahead = theirs - Date.now();
};

/** `3 s ago`, `2 min ago`, `1 h 5 min ago`, `3 d 4 h ago` */
const words = (seconds: number): string => {
  const [s, min, h, d] = [seconds, seconds / 60, seconds / 3600, seconds / 86_400].map(Math.floor) as [
    number,
    number,
    number,
    number,
  ];
  if (s < 1) return 'just now';
  if (min < 1) return `${s} s ago`;
  if (h < 1) return `${min} min ago`;
  return d < 1 ? `${h} h ${min % 60} min ago` : `${d} d ${h % 24} h ago`;
};

/** Says of every instant how long ago it was. */
export const countAges = (): void => {
  const now = Date.now() + ahead;
  for (const time of document.querySelectorAll<HTMLTimeElement>('time.age')) {
    const seconds = Math.max(0, (now - Date.parse(time.dateTime)) / 1000);
    const text = words(seconds);
    if (time.textContent !== text) time.textContent = text;
    time.classList.toggle('old', seconds > Number(time.dataset['limit'] ?? Number.POSITIVE_INFINITY));
  }
};
