import { createHash } from 'node:crypto';
import { rowKey } from '../merge-rows.ts';
import type { ReportCheck } from '../report.ts';
import type { Path, Verdict } from '../verdict.ts';
import { type Html, markup } from './html-escape.ts';

/** The sign of a verdict, which never stands without a word. */
export const signs: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', unknown: '?', skipped: '–' };

/** A verdict, never by colour alone: sign and word. */
export const verdictBadge = (verdict: Verdict, words: string = verdict): Html =>
  markup`<span class="badge ${verdict}"><span aria-hidden="true">${signs[verdict]}</span> ${words}</span>`;

const severitySigns: Readonly<Record<string, readonly [Verdict, string]>> = {
  error: ['fail', '✗'],
  warning: ['unknown', '!'],
  info: ['skipped', 'i'],
};

/** The severity of a finding, or its code, with a sign of its own. */
export const severityBadge = (severity: string, words = severity): Html => {
  const [colour, sign] = severitySigns[severity] ?? ['skipped', 'i'];
  return markup`<span class="badge ${colour}"><span aria-hidden="true">${sign}</span> ${words}</span>`;
};

const pathSigns: Readonly<Record<Path, string>> = { open: '✓', lost: '✗', refused: '✗', cut: '✗', unknown: '?' };

/** The path, which firewall people sign: `✓ open`. */
export const pathWords = (path: Path): Html => markup`<span aria-hidden="true">${pathSigns[path]}</span> ${path}`;

/** Services that were reached and are not what they should be, by the reason of the verdict. */
const broken: Readonly<Record<string, string>> = {
  'service-down': '✗ down',
  'far-side-not-listening': '✗ not listening',
  'service-mute': '✗ mute',
  'wrong-service': '✗ another service',
  intercepted: '✗ somebody else',
  'host-absent': '✗ host absent',
};

/** The service, which the people of the Edge sign: whether the peer spoke the protocol it should. */
export const serviceWords = ({ outcome, because, evidence, verdict, path }: ReportCheck): string => {
  const known = broken[because];
  if (known !== undefined) return known;
  if (outcome === 'answered') return verdict === 'fail' ? '✗ exposed' : '✓ answers';
  if (outcome === 'open' && verdict === 'pass') return '✓ opens';
  if (evidence === 'nobody') return '– idle range';
  if (outcome === 'open') return '✗ opens, mute';
  return path === 'open' ? '? not seen' : '– not reached';
};

/** The id of a row within a page: the same in every page, so that a link to it lasts. */
export const anchorOf = (row: { readonly pack: string; readonly rule: string }): string =>
  `row-${createHash('sha256').update(rowKey(row)).digest('hex').slice(0, 12)}`;
