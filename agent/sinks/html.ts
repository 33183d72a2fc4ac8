import type { MergedReport } from '../merge.ts';
import { htmlHistory, htmlNotTested, htmlRanges, htmlWaivers, htmlWidth } from './html-beside.ts';
import { type Html, markup, short } from './html-escape.ts';
import { htmlPage, htmlSection } from './html-page.ts';
import { htmlRows } from './html-rows.ts';
import { dateOf, htmlHead, htmlRuns, htmlSignatures, spokenDigest } from './html-runs.ts';
import { htmlFindings, htmlTodo, htmlWhoBlocks } from './html-todo.ts';
import { deductionsOf, resultWord } from './row-words.ts';

type Section = readonly [id: string, title: string, content: Html];

const contents = (sections: readonly Section[]): Html => markup`<nav aria-label="Contents"><ul>
${sections.map(([id, title]) => markup`<li><a href="#${id}">${title}</a></li>\n`)}</ul></nav>
`;

/**
 * One HTML file, complete in itself, for screens of any width and for paper: the page that gets signed. It loads
 * nothing, runs no script, and shows every text of others as text.
 */
export const htmlSink = (report: MergedReport): string => {
  const { site, siteDigest, tool } = report;
  const whoBlocks = deductionsOf(report);
  const sections: readonly Section[] = [
    ['todo', 'What to do', htmlTodo(report, whoBlocks)],
    ['summary', 'Port summary', htmlRows(report, whoBlocks)],
    ['who', 'Who blocks', htmlWhoBlocks(report)],
    ['findings', 'Findings', htmlFindings(report)],
    ['ranges', 'Ranges of ports', htmlRanges(report)],
    ['width', 'Wider than the table?', htmlWidth(report)],
    ['untested', 'Not tested', htmlNotTested(report)],
    ['waivers', 'Waivers', htmlWaivers(report)],
    ['history', 'History', htmlHistory(report)],
    ['runs', 'Runs', htmlRuns(report)],
    ['signatures', 'Signatures', htmlSignatures(report)],
  ];
  const digest = spokenDigest(siteDigest);
  const head = {
    title: `${site}: port summary, ${resultWord(report)}, ${dateOf(report)}, ${digest}`,
    foot: `${site} / ${digest} / ${dateOf(report)}`,
  };
  return htmlPage(
    head,
    markup`<a class="skip" href="#todo">Skip to what to do</a>
${htmlHead(report)}${contents(sections)}<main>
${sections.map(([id, title, content]) => htmlSection(id, title, content))}</main>
<footer><p class="small">${short(tool.name, 30)} ${short(tool.version, 30)}. Steps, facts and attempts are folded under each row on the screen; on paper stand those that were unfolded.</p></footer>`,
  );
};
