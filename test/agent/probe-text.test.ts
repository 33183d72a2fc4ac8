import t from 'tap';
import { probeText } from '../../agent/probe-text.ts';
import type { Observation } from '../../probes/observation.ts';
import type { Question } from '../../probes/probe.ts';
import { seen, silent, sweepFacts } from './fixtures.ts';

const question = (more: Partial<Question['target']> = {}): Question => ({
  probe: 'tls',
  transport: 'tcp',
  target: { address: '131.107.155.10', port: 443, lastPort: 443, ...more },
  source: { address: null, port: null },
  deadlineSeconds: 8,
  options: {},
});

const shown = (observation: Observation, more: Partial<Question['target']> = {}): string[] =>
  probeText(observation, question(more)).trimEnd().split('\n');

t.test('an answer with its facts', async (t) => {
  const facts = {
    protocol: 'TLSv1.2',
    alpn: null,
    clientCertificateRequested: false,
    certificate: { subject: 'CN=sip.contoso.com', sans: ['a.example', 'b.example'], keyBits: 2048 },
  };
  t.strictSame(shown(seen('answered', { facts, durationSeconds: 0.0031 })), [
    'tls tcp 131.107.155.10:443  answered, 3.1 ms',
    '  at                       2026-11-20T20:04:11.207Z',
    '  from                     198.51.100.7:51234',
    '  protocol                 TLSv1.2',
    '  alpn                     unknown',
    '  clientCertificateRequested false',
    '  certificate',
    '    subject                CN=sip.contoso.com',
    '    sans                   a.example, b.example',
    '    keyBits                2048',
  ]);
});

t.test('silence names every dial', async (t) => {
  const lines = shown(silent({ source: { address: null, port: null } }), { address: '2001:db8::1' });
  t.equal(lines[0], 'tls tcp [2001:db8::1]:443  filtered: nothing was heard, 4.0 s');
  t.equal(lines[2], '  from                     an address the system chooses');
  t.equal(lines[3], '  source ports             51234 filtered 4.0 s, 51235 filtered 2.7 s, 51236 filtered 1.3 s');
  t.equal(lines[4], '  because                  timeout: nothing was heard');
});

t.test('durations', async (t) => {
  const durationOf = (seconds: number) =>
    /, (\S+ \S+)$/.exec(shown(seen('closed', { durationSeconds: seconds }))[0] ?? '')?.[1];
  const cases = [
    [0, '0.1 ms'],
    [0.00004, '0.1 ms'],
    [0.0099, '9.9 ms'],
    [0.0101, '10 ms'],
    [0.25, '250 ms'],
    [1, '1.0 s'],
    [12.34, '12.3 s'],
  ] as const;
  for (const [seconds, words] of cases) t.equal(durationOf(seconds), words);
});

t.test('a sweep: counts, runs, and no endless list', async (t) => {
  const runs = Array.from(
    { length: 20 },
    (_, index) => [50000 + index, 50000 + index, index % 2 === 0 ? 'open' : 'closed'] as const,
  );
  const lines = shown(seen('open', { facts: sweepFacts(runs) }), { port: 50000, lastPort: 50019 });
  t.match(lines[0], /^tls tcp 131\.107\.155\.10:50000-50019 {2}open/);
  t.ok(lines.includes('  counts                   open 10, closed 10'));
  t.match(
    lines.find((line) => line.includes('ranges')),
    /50000 open, 50001 closed, .*50011 closed, … 8 more$/,
  );
});

t.test('nothing from the network reaches the terminal as it is', async (t) => {
  const hostile = '\x1b]0;owned\x07\x1b[2J\r\nlist\u202eevil';
  const lines = shown(
    seen('open', {
      code: 'not-tls',
      message: hostile,
      facts: { software: hostile, nested: { deep: { er: [hostile] } }, list: [hostile] },
    }),
  );
  t.equal(lines.length, 9, 'no line of its own');
  t.notMatch(lines.join('\n'), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});
