import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

/** Debian's Chromium, without a sandbox (tests may run as root) and without conversations of its own. */
const launch = (home: string): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });

/** A tab, and everything that it asked for or complained of. */
export interface Tab {
  readonly page: Page;
  readonly requests: string[];
  /** Errors of the console, exceptions, violations of the content security policy, dialogs. */
  readonly complaints: string[];
}

/** A browser that is closed with the test. */
export const browsing = async (
  t: Test,
): Promise<{ open: (url: string, how?: BrowserContextOptions) => Promise<Tab> }> => {
  const browser = await launch(t.testdirName);
  t.teardown(() => browser.close());
  return {
    open: async (url, how = {}) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...how });
      const page = await context.newPage();
      page.setDefaultTimeout(90_000);
      const [requests, complaints]: string[][] = [[], []];
      const tab = { page, requests: requests ?? [], complaints: complaints ?? [] };
      page.on('request', (request) => tab.requests.push(request.url()));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') tab.complaints.push(message.text());
      });
      page.on('pageerror', (error) => tab.complaints.push(error.message));
      page.on('dialog', (dialog) => {
        tab.complaints.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(url);
      return tab;
    },
  };
};

/**
 * What does not fit: the page is wider than the window, a line of text stands out of it, or two lines lie over each
 * other. Texts are measured as they are drawn, line by line, as far as their boxes let them be seen.
 */
export const misplaced = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const wide = document.documentElement.scrollWidth - innerWidth;
    const found = wide > 0 ? ['the page is ' + wide + ' px too wide'] : [];
    const lines = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      const holder = node.parentElement;
      if (node.data.trim() === '' || holder.closest('.vh, .skip, script, style, thead, noscript, svg')) continue;
      if (!holder.checkVisibility({ visibilityProperty: true })) continue;
      const clip = holder.closest('summary, .why, .node')?.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, right, top, bottom } of range.getClientRects()) {
        const line = {
          node, name: JSON.stringify(node.data.trim().slice(0, 30)),
          left: Math.max(left, clip?.left ?? left), right: Math.min(right, clip?.right ?? right),
          top: Math.max(top, clip?.top ?? top), bottom: Math.min(bottom, clip?.bottom ?? bottom),
        };
        if (line.right - line.left > 1 && line.bottom - line.top > 1) lines.push(line);
      }
    }
    lines.forEach((one, index) => {
      if (one.right > innerWidth + 1 || one.left < -1) found.push(one.name + ' stands out');
      for (const other of lines.slice(index + 1)) {
        // What an ellipsis cuts off is measured twice.
        if (one.node === other.node) continue;
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        const least = Math.min(one.bottom - one.top, other.bottom - other.top);
        if (across > 2 && down > least * 0.4) found.push(one.name + ' lies over ' + other.name);
      }
    });
    if (lines.length < 20) found.push('only ' + lines.length + ' lines were found');
    return [...new Set(found)].slice(0, 10);
  })()`);
