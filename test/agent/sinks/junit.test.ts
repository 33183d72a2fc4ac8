import { SaxesParser } from 'saxes';
import t from 'tap';
import { finding } from '../../../agent/findings.ts';
import { render } from '../../../agent/sinks/index.ts';
import { judged, row, seen, siteText } from '../fixtures.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { samplePool } from '../sample-report.ts';

const options = { columns: 80, colour: false, ascii: false, exitCode: 1 };

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Parses XML strictly, or throws. */
const parse = (xml: string): Element => {
  const parser = new SaxesParser();
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes: attributes as Record<string, string>, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const top = open.at(-1);
    if (top !== undefined) top.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  const [first] = root.children;
  if (first === undefined) throw new Error('no root element');
  return first;
};

const named = (element: Element, name: string): Element[] => element.children.filter((child) => child.name === name);

t.test('one suite for each place and role, one case for each rule', async (t) => {
  const root = parse(render('junit', samplePool().report, options));
  t.match(root, { name: 'testsuites', attributes: { tests: '11', failures: '2', errors: '0', skipped: '5' } });
  t.strictSame(
    root.children.map(({ attributes }) => [attributes['name'], attributes['tests'], attributes['failures']]),
    [
      ['outside → access-edge', '6', '1'],
      ['outside → av-edge', '5', '1'],
    ],
  );
  t.match(root.children[0]?.attributes, { hostname: 'jump-ext-01', timestamp: '2026-11-20T20:04:11' });
  const cases = root.children.flatMap((suite) => named(suite, 'testcase'));
  const of = (name: string) => cases.find(({ attributes }) => attributes['name'] === name);
  const [failure] = named(of('external-stun-udp-3478-in') ?? root, 'failure');
  t.match(failure?.attributes, { type: 'filtered', message: /nothing heard to 4 requests/ });
  t.match(failure?.text, /^udp\/3478 outside → av-edge edge2.*\ndo: .*\nlog: .*20:04:11\.207Z/s);
  t.match(named(of('external-rtp-tcp-50000-59999-in') ?? root, 'skipped')[0]?.attributes['message'], /^unknown /);
  t.match(named(of('public-im-sip-tcp-443-in') ?? root, 'skipped')[0]?.attributes['message'], /^skipped not-required/);
  const passed = of('external-sip-tcp-443-in');
  t.strictSame(
    passed?.children.map(({ name }) => name),
    ['properties', 'system-out'],
    'its warning is kept',
  );
  t.match(passed?.children[1]?.text, /^warning certificate-expiring/);
});

t.test('what fails a run fails a test, and what is waived fails none', async (t) => {
  const { report } = judged([{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen('answered') } }]);
  const found = { ...report, findings: [finding('everything-open', 'edge1 131.107.155.10:49151', 'it opens')] };
  const root = parse(render('junit', found, options));
  t.match(root.attributes, { tests: '2', failures: '1' });
  t.match(root.children[1], { attributes: { name: 'findings' }, children: [{ name: 'testcase' }] });
  const site = `${siteText}waivers: [{ rule: "external-*", verdict: fail, reason: agreed, ticket: CHG1, until: 2026-12-31 }]\n`;
  const waived = judged([{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen('closed') } }], { site });
  const quiet = parse(render('junit', waived.report, options));
  t.match(quiet.attributes, { tests: '1', failures: '0', skipped: '1' });
  t.match(render('junit', waived.report, options), 'waived until 2026-12-31, not counted: agreed (CHG1)');
});

t.test('hostile texts stay text', async (t) => {
  for (const text of harms) {
    const xml = render('junit', poisonedReport(text), options);
    t.doesNotThrow(() => parse(xml), JSON.stringify(text.slice(0, 30)));
    t.notMatch(xml, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufffe\uffff]|\p{Cs}/u);
    t.notMatch(xml, /<(script|img)|<!--|\]\]>/);
    const names = new Set<string>();
    const walk = ({ name, children }: Element): void => {
      names.add(name);
      children.forEach(walk);
    };
    walk(parse(xml));
    t.strictSame(
      [...names].filter(
        (name) => !/^(testsuites?|testcase|properties|property|failure|skipped|system-out)$/.test(name),
      ),
      [],
    );
    t.ok(xml.length < 600_000, 'capped');
  }
});
