import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pageStyle } from './page-style.ts';
import { htmlStyle } from './sinks/html-style.ts';

/** The script of the page, compiled from agent/browser; in the one file that people run it stands as a text. */
declare const EDGEPROBE_PAGE_SCRIPT: string | undefined;

const readScript = (): string =>
  typeof EDGEPROBE_PAGE_SCRIPT === 'undefined'
    ? readFileSync(new URL('./page-script.txt', import.meta.url), 'utf8')
    : EDGEPROBE_PAGE_SCRIPT;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What the page is made with: its style and script, and what a browser may do because of them. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
  readonly contentSecurity: string;
}

/**
 * Style and script of the page. Both stand in it, named by their hashes, so that nothing else runs; it connects to the
 * agent alone, and its icon is data.
 */
export const pageAssets = (): PageAssets => {
  const [style, script] = [htmlStyle + pageStyle, readScript()];
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return { style, script, contentSecurity: policy.join('; ') };
};
