import { createHash } from 'node:crypto';
import { printable } from './printable.ts';
import type { Report, ReportRule } from './report.ts';
import type { Served } from './serve.ts';
import { securityHeaders } from './serve-guard.ts';

/** What the status page shows. */
export interface PageInput {
  readonly report: Report | null;
  readonly ready: boolean;
  readonly version: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Longest text in a cell, in characters. */
const cap = 2_000;

/** Any text as HTML: no markup, no control characters, no change of writing direction. */
const html = (text: string): string =>
  printable(text, cap).replace(/[&<>"']/g, (character) => entities[character] ?? '');

const style = `:root{color-scheme:light dark}
body{font:16px/1.4 system-ui,sans-serif;margin:1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #8886}
td{overflow-wrap:anywhere}`;

const styleHash = createHash('sha256').update(style).digest('base64');

const contentSecurity = `${securityHeaders['Content-Security-Policy']}; style-src 'sha256-${styleHash}'`;

const rowOf = (rule: ReportRule): string =>
  `<tr><td>${html(rule.verdict)}</td><td>${html(rule.pack)}/${html(rule.rule)}</td><td>${html(`${rule.transport}/${rule.ports}`)}</td><td>${html(rule.from)} → ${html(rule.to)}</td><td>${html(rule.explain)}</td></tr>`;

const tableOf = ({ rules }: Report): string => `<table>
<caption>Rules and verdicts</caption>
<thead><tr><th scope="col">Verdict</th><th scope="col">Rule</th><th scope="col">Port</th><th scope="col">From → to</th><th scope="col">What was seen</th></tr></thead>
<tbody>
${rules.map(rowOf).join('\n')}
</tbody>
</table>`;

const headOf = ({ site, vantage, place, finishedAt, summary }: Report): string =>
  `<p>Site ${html(site)}, vantage ${html(vantage)}, place ${html(place)}, as of ${html(finishedAt)}: ${summary.pass} pass, ${summary.fail} fail, ${summary.unknown} unknown, ${summary.skipped} skipped.</p>`;

/** The status page: complete without a script, and without anything from elsewhere. */
export const renderPage = ({ report, ready, version }: PageInput): Served => {
  const state = ready ? '' : '<p>Not every single question was asked yet.</p>';
  const body = report === null ? '<p>Nothing was asked yet.</p>' : `${headOf(report)}${state}${tableOf(report)}`;
  return {
    type: 'text/html; charset=utf-8',
    headers: { 'Content-Security-Policy': contentSecurity },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>edgeprobe agent</title>
<style>${style}</style>
</head>
<body>
<h1>edgeprobe agent</h1>
<p>Version ${html(version)}. <a href="/metrics">Metrics</a>, <a href="/api/v1/report">report</a>, <a href="/api/v1/events">events</a>, <a href="/-/healthy">healthy</a>, <a href="/-/ready">ready</a>.</p>
${body}
</body>
</html>
`,
  };
};
