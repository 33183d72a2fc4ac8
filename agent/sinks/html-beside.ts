import type { MergedReport } from '../merge.ts';
import { grouped } from './grouped.ts';
import { type Html, joined, markup, nothing, short } from './html-escape.ts';
import { htmlList, htmlTable } from './html-page.ts';
import { rangePatterns, rangePicture } from './html-range.ts';
import { verdictBadge } from './html-words.ts';
import { askedAlikeWords, flowWords, historyOf, waiverWords } from './row-words.ts';

/** Every swept range as a picture. */
export const htmlRanges = ({ rows }: MergedReport): Html => {
  const swept = rows.flatMap((row) =>
    row.places.flatMap(({ label, checks }) =>
      checks.map((check) => ({ check, picture: rangePicture(check, `${flowWords(row)} from ${label}`) })),
    ),
  );
  // Rows of two tables may ask the same: one picture does for both.
  const distinct = [...new Map(swept.map((one) => [one.picture.source, one.picture])).values()];
  const pictures = distinct.filter(({ source }) => source !== '');
  return pictures.length === 0
    ? markup`<p>No range of ports was asked.</p>`
    : markup`${rangePatterns}<div class="ranges">${pictures}</div>`;
};

const widthWords: Readonly<Record<MergedReport['width']['verdict'], Html>> = {
  wider: markup`${verdictBadge('fail', 'yes')} Something is open that no row of the table opens.`,
  'none-seen': markup`${verdictBadge('pass', 'nothing seen')} All that was asked beside the table is shut.`,
  unclear: markup`${verdictBadge('unknown', 'not known')} Part of what was asked beside the table gave no clear answer.`,
  'not-asked': markup`${verdictBadge('skipped', 'not asked')} No port beside the table was asked.`,
};

const verdictOf = (word: string): Html =>
  word === 'pass' || word === 'fail' || word === 'unknown' || word === 'skipped' ? verdictBadge(word) : short(word);

/** Whether more is open than the table says: the any-any rule left from testing. */
export const htmlWidth = ({
  width: { verdict, controls, blocked },
}: MergedReport): Html => markup`<p>${widthWords[verdict]}</p>
${
  controls.length === 0
    ? nothing
    : htmlTable(
        'Control ports: no row opens them',
        [{ title: 'Nodes', heads: true }, { title: 'Asked from' }, { title: 'Port' }, { title: 'Outcome' }],
        grouped(controls, ({ label, port, outcome }) => JSON.stringify([label, port, outcome])).map((alike) => [
          joined(
            alike.map(({ node, address }) => short(node === address ? node : `${node} ${address}`)),
            ', ',
          ),
          short(alike[0].label),
          markup`${alike[0].port}`,
          markup`${alike[0].outcome}`,
        ]),
      )
}${
  blocked.length === 0
    ? nothing
    : htmlTable(
        'Rows that must be blocked',
        [{ title: 'Row', heads: true }, { title: 'Verdict' }],
        blocked.map(({ rule, verdict: one }) => [short(rule), verdictOf(one)]),
      )
}`;

/** Rows, questions and ports of which nothing is known, by reason. */
export const htmlNotTested = (report: MergedReport): Html => {
  const items = grouped(report.notTested, ({ vantage, reason }) => JSON.stringify([vantage, reason])).map((alike) => {
    const rules = joined(
      alike.map(({ rule }) => markup`<code>${short(rule)}</code>`),
      ', ',
    );
    return markup`${rules} (${short(alike[0].vantage, 40)}): ${alike[0].reason}`;
  });
  return items.length === 0 ? markup`<p>Everything was asked.</p>` : htmlList(items);
};

/** What somebody accepts, until when, and by which ticket. */
export const htmlWaivers = ({ rows }: MergedReport): Html => {
  const cells = rows.flatMap((row) =>
    row.places.flatMap(({ waiver, label, verdict }) =>
      waiver === null
        ? []
        : [
            [
              short(row.rule),
              short(label),
              verdictBadge(verdict),
              short(waiver.ticket ?? 'none'),
              short(waiver.until),
              short(waiverWords(waiver), 600),
            ],
          ],
    ),
  );
  const columns = [
    { title: 'Row', heads: true },
    ...['Place', 'Verdict', 'Ticket', 'Until', 'In words'].map((title) => ({ title })),
  ];
  return cells.length === 0 ? markup`<p>None.</p>` : htmlTable('Shown, not counted', columns, cells);
};

/** What rows were before: failed 21:04, passed 21:31. */
export const htmlHistory = ({ rows }: MergedReport): Html => {
  const cells = rows.flatMap((row) =>
    historyOf(row).changed.map((told) => [
      short(row.rule),
      short(told[0].label),
      joined(
        told.map(
          ({ at, verdict, counts }) =>
            markup`${verdictBadge(verdict)} ${short(at.replace('T', ' ').slice(0, 19), 30)}Z${counts ? ' (counts)' : ''}`,
        ),
        ', ',
      ),
    ]),
  );
  const columns = [{ title: 'Row', heads: true }, { title: 'Place' }, { title: 'History (UTC)' }];
  const alike = askedAlikeWords(rows);
  if (cells.length === 0 && alike === null) {
    return markup`<p>No row was asked more than once from the same place.</p>`;
  }
  const changed =
    cells.length === 0 ? nothing : htmlTable('Rows that came out otherwise when asked again', columns, cells);
  return markup`${changed}${alike === null ? nothing : markup`<p>${alike}</p>`}`;
};
