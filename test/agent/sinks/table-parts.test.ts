import t from 'tap';
import { exitCodeOf } from '../../../agent/exit-code.ts';
import { alone } from '../../../agent/merge.ts';
import type { Report } from '../../../agent/report.ts';
import { renderMerged } from '../../../agent/sinks/index.ts';
import { tableSink } from '../../../agent/sinks/table.ts';
import { certificate, control, judged, row, seen, silent, siteText, sweepFacts, tlsFacts } from '../fixtures.ts';

const shown = (report: Report, columns = 120): string =>
  tableSink(report, { columns, colour: false, ascii: false, exitCode: exitCodeOf(report) });

const sip = row('external-sip-tcp-5061-in');
const good = seen('answered', { facts: tlsFacts() });

t.test('rules that ask the same are folded, unless they came out differently', async (t) => {
  const twin = row('public-im-sip-tcp-5061-in');
  const other = { ...row('external-sip-tcp-5061-in'), pack: 'lync2013-federation' };
  const at = { edge1: good };
  const text = shown(
    judged([
      { rule: sip, at },
      { rule: twin, at },
      { rule: other, at },
    ]).report,
  );
  t.match(text, /^ {12}= public-im-sip-tcp-5061-in \(the same question, asked once\)$/m);
  t.match(text, /^ {12}= lync2013-federation\/external-sip-tcp-5061-in \(the same/m);
  t.match(text, /3 rows in 1 flow: 3 pass, 0 fail, 0 unknown, 1 warning · 1 check, 52 s/);
  const blocked = shown(
    judged([
      { rule: sip, at },
      { rule: twin, expect: 'blocked', at },
    ]).report,
  );
  t.notMatch(blocked, /asked once/);
  t.match(blocked, /2 rows in 2 flows: 1 pass, 1 fail, 0 unknown, 1 warning · 1 check/);
});

t.test('the worst comes first, ranges after single ports', async (t) => {
  const range = seen('open', { probe: 'tcp', attempts: [], facts: sweepFacts([[50000, 59999, 'open']]) });
  const { report } = judged([
    { rule: row('external-rtp-tcp-50000-59999-in'), at: { edge1: range } },
    { rule: row('external-xmpp-tcp-5269-in'), at: { edge1: seen('answered') } },
    { rule: row('external-stun-tcp-443-in'), at: { edge1: seen('open', { code: 'mute' }) } },
    { rule: sip, at: { edge1: silent() } },
  ]);
  const order = [...shown(report).matchAll(/^[✓✗?] \w+ +!? *(\S+)/gm)].map(([, rule]) => rule);
  t.same(order, [
    'external-sip-tcp-5061-in',
    'external-stun-tcp-443-in',
    'external-xmpp-tcp-5269-in',
    'external-rtp-tcp-50000-59999-in',
  ]);
});

t.test('nodes: numbers of one stem, names otherwise, counts where they are many', async (t) => {
  t.match(shown(judged([{ rule: sip, at: { edge1: good, edge2: silent() } }]).report), / ✓1 ✗2 /);
  t.match(shown(judged([{ rule: sip, at: { edge1: good } }]).report), / ✓edge1 /);
  const servers = [1, 2, 3, 4, 5].map((n) => `  edge${n}: { access-edge: { address: 192.0.2.${n} } }`).join('\n');
  const at = { edge1: good, edge2: good, edge3: silent(), edge4: good, edge5: silent() };
  const text = shown(judged([{ rule: sip, at }], { site: `site: big\nservers:\n${servers}\n` }).report);
  t.match(text, / 2✗ 3✓ /);
  t.match(text, /^ {12}edge3 192\.0\.2\.3 and edge5 192\.0\.2\.5: nothing heard/m);
  t.match(text, /allow tcp any → 192\.0\.2\.3, 192\.0\.2\.5:5061, as for edge1/);
});

t.test('controls, what was not asked, the result and the next step', async (t) => {
  const controls = [
    control('vantage', '203.0.113.53', 'filtered'),
    control('port', '131.107.155.10', 'open'),
    control('port', '131.107.155.11', 'unreachable'),
    control('repeat', '131.107.155.10', 'filtered'),
  ];
  const text = shown(judged([{ rule: sip, at: { edge1: silent() } }], { controls }).report);
  t.match(
    text,
    '49151 OPEN on 131.107.155.10 · 49151 not known on 1 · 203.0.113.53:53 must answer and is filtered: we',
  );
  t.match(text, /^! everything-open: tcp\/49151, which no rule opens, opens \(edge 131\.107\.155\.10:49151\)$/m);
  t.match(text, /^! prober-blind: /m);
  t.match(text, /131\.107\.155\.10:443 is filtered since the sweep/);
  t.match(text, /^result {6}FAIL, exit 1 · 1 row in 1 flow: 0 pass, 0 fail, 1 unknown, 1 finding of severity error/m);
  t.match(
    text,
    /^next {8}repair from the top \(do\), then ask again: edgeprobe check --vantage outside --rule external-sip-tcp-5061-in$/m,
  );

  const passed = shown(judged([{ rule: sip, at: { edge1: good } }]).report);
  t.match(passed, /^result {6}PASS, exit 0 · /m);
  t.match(passed, /^next {8}the same from inside and dmz/m);
  t.notMatch(passed, /^controls/m, 'no controls, no silence: nothing to say');
  const lonely = shown(judged([{ rule: sip, at: { edge1: silent() } }]).report);
  t.match(lonely, /^controls {4}no host is named under "vantages" that must answer/m);
});

t.test('waived verdicts are shown and not counted', async (t) => {
  const site = `${siteText}waivers: [{ rule: external-sip-tcp-5061-in, verdict: fail, reason: moving, ticket: CHG1, until: 2026-12-31 }]\n`;
  const text = shown(judged([{ rule: sip, at: { edge1: silent() } }], { site }).report);
  t.match(text, /^ {12}waived until 2026-12-31, not counted: moving \(CHG1\)$/m);
  t.match(text, /PASS, exit 0 · 1 row in 1 flow: 0 pass, 0 fail, 0 unknown, 1 waived/);
});

t.test('a run that was ended early, a run that asked nothing, a place, a note', async (t) => {
  const ended = judged([{ rule: sip, at: { edge1: good } }], { interrupted: true }).report;
  const text = tableSink(
    { ...ended, place: 'dc2', run: { ...ended.run, note: 'before the change' } },
    { columns: 100, colour: false, ascii: false, exitCode: 130 },
  );
  t.match(text, /^result {6}ENDED EARLY, exit 130/m);
  t.match(text, /contoso · outside \(dc2\) · jump-ext-01, from 198\.51\.100\.7$/m);
  t.match(text, /^note {2}before the change$/m);
  const nothing = judged([{ rule: sip, skip: { because: 'no-endpoint', explain: 'nobody' } }]).report;
  t.match(
    shown(nothing),
    /^no row was asked\n\nnot asked {3}external-sip-tcp-5061-in: nobody\nresult {6}UNKNOWN, exit 3 · 0 rows/m,
  );
});

t.test('the time of the site, and how far it is from UTC', async (t) => {
  t.match(shown(judged([{ rule: sip, at: { edge1: good } }]).report), /Fri 2026-11-20 21:04:11 \+01:00$/m);
  const utc = judged([{ rule: sip, at: { edge1: good } }], { site: siteText.replace('Europe/Berlin', 'UTC') }).report;
  t.match(shown(utc), /Fri 2026-11-20 20:04:11 \+00:00$/m);
});

t.test('controls for other vantages are told apart from rows', async (t) => {
  const { report } = judged([{ rule: sip, at: { edge1: good } }]);
  const beside = (outcome: 'answered' | 'filtered'): NonNullable<Report['alongside']>[number] => ({
    ...{ pack: 'p', rule: 'external-sip-tcp-443-in', onHost: false, probe: 'sip', startedAt: report.startedAt },
    ...{ source: { address: null, port: null }, durationSeconds: 0, facts: {}, failure: null, outcome },
    target: { role: 'access-edge', name: 'edge1', host: null, address: '192.0.2.1', port: 443 },
  });
  const told = shown({ ...report, alongside: [beside('answered'), beside('filtered'), beside('answered')] });
  t.match(told, /^beside {5} 3 questions of other vantages, as controls without a verdict: 2 answered, 1 filtered/m);
  t.notMatch(shown(report), /^beside/m);
});

t.test('what is found on many rows is said once, with how many, where, and what to do', async (t) => {
  const own = seen('answered', { facts: tlsFacts({ certificate: certificate({ selfSigned: true }) }) });
  const rules = ['external-sip-tcp-443-in', 'external-sip-tcp-5061-in', 'external-xmpp-tcp-5269-in'];
  const asked = rules.map((id) => ({ rule: row(id), at: { edge1: own, edge2: own } }));
  const { report } = judged(asked);
  const text = shown(report);
  const said = /^! certificate-self-signed, on 3 rows: .* by no CA \(edge1, edge2\)\n {2}do {3}Assign a certificate/m;
  t.match(text, said);
  t.match(text.match(/certificate-self-signed/g), { length: 1 });
  for (const rule of rules) t.match(text, new RegExp(`^✓ pass {4}! ${rule} `, 'm'), `${rule} keeps its sign`);
  t.match(shown(judged(asked.slice(0, 2)).report).match(/^ {12}! certificate-self-signed: /gm), { length: 2 });
  const found = report.rules.filter(({ findings }) => findings.some(({ code }) => code === 'certificate-self-signed'));
  t.equal(found.length, 3, 'each row of the document has it');

  const merged = renderMerged('table', alone(report), { columns: 120, colour: false, ascii: false, exitCode: 0 });
  t.match(merged, said);
  const markdown = renderMerged('markdown', alone(report), { columns: 120, colour: false, ascii: false, exitCode: 0 });
  t.match(markdown.match(/certificate-self-signed/g), { length: 1 });
  t.match(
    markdown,
    /^- \*\*warning certificate-self-signed\*\*, on 3 rows \(edge1 131\.107\.155\.10:443, .*from outside\): /m,
  );
});
