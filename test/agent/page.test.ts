import { createHash } from 'node:crypto';
import t from 'tap';
import { renderPage } from '../../agent/page.ts';
import { judged, row, seen, silent, tlsFacts } from './fixtures.ts';

const nasty = '"><script>alert(1)</script>\u001b[2J\u202e\u0000&amp;\'';

t.test('the page holds no markup but its own', async (t) => {
  const { report } = judged(
    [
      {
        rule: row('external-sip-tcp-443-in'),
        at: {
          edge1: seen('open', { code: 'tls-alert', message: nasty, facts: tlsFacts({ cipher: nasty, alpn: nasty }) }),
          edge2: silent(),
        },
      },
      { rule: row('external-http-tcp-80-out'), skip: { because: 'no-endpoint', explain: nasty } },
    ],
    { place: nasty },
  );
  const { body, type } = renderPage({ report, ready: false, version: nasty });
  t.match(type, /^text\/html; charset=utf-8$/);
  t.match(body, /&lt;script&gt;/, 'it is there, as text');
  t.notMatch(body, /<script|[\u0000\u001b\u202e]/);
  const tags = [...body.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag?.toLowerCase());
  const own = [
    'html',
    'head',
    'meta',
    'title',
    'style',
    'body',
    'h1',
    'p',
    'a',
    'table',
    'caption',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
  ];
  t.strictSame(
    [...new Set(tags)].filter((tag) => !own.includes(tag ?? '')),
    [],
  );
  t.equal([...body.matchAll(/<tr>/g)].length, 3, 'a row of heads, and one for each rule');
  t.notMatch(body, /(src|href)="(https?:)?\/\//, 'nothing from elsewhere');
  t.match(body, /Not every single question was asked yet/);
});

t.test('what the browser may use of it', async (t) => {
  const { body, headers } = renderPage({ report: null, ready: false, version: '0.1.0' });
  const style = /<style>([^<]*)<\/style>/.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  t.match(
    headers?.['Content-Security-Policy'],
    new RegExp(`^default-src 'none'; .*style-src 'sha256-${hash.replace(/[+/]/g, '.')}'$`),
  );
  t.match(body, /Nothing was asked yet/);
});
