import t from 'tap';
import { edgeprobe } from './command.ts';

t.test('findings list and show', async (t) => {
  const cwd = t.testdir();
  const said = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await edgeprobe(['findings', ...words], { cwd });
    t.match({ code, stderr }, { code: 0, stderr: '' }, words.join(' '));
    return stdout;
  };
  t.match(await said('list'), /^Certificates and TLS\n {2}certificate-expired {2,}error {2,}The certificate/);
  const { findings } = JSON.parse(await said('list', '--format', 'json')) as { findings: Record<string, string>[] };
  t.ok(findings.length >= 34);
  for (const one of findings) {
    t.strictSame(Object.keys(one).sort(), ['code', 'evidence', 'meaning', 'remedy', 'severity', 'subject']);
  }
  t.match(await said('list', '--format', 'markdown'), /^# Findings\n/);
  t.match(await said('show', 'sip-alg'), /^sip-alg \(warning\)\n {2}means {2}.+\n {2}seen {3}.+\n {2}to do {2}.+\n$/);
  t.match(JSON.parse(await said('show', 'sip-alg', '--format', 'json')), { findings: [{ code: 'sip-alg' }] });
});

t.test('what it cannot do', async (t) => {
  const cwd = t.testdir();
  for (const [words, message, hint] of [
    [[], /findings needs to know what to do/, /list, show/],
    [['explain'], /there is no action "explain"/, /list, show/],
    [['show'], /findings show needs a code/, /findings list/],
    [['show', 'wrong-sevice'], /there is no finding "wrong-sevice"/, /Did you mean wrong-service\?/],
    [['list', 'wrong-service'], /findings list cannot use the word "wrong-service"/, /findings show/],
    [['list', '--format', 'csv'], /there is no format "csv"/, /table, json, markdown/],
  ] as const) {
    const { code, stdout, stderr } = await edgeprobe(['findings', ...words], { cwd });
    t.strictSame([code, stdout], [2, ''], words.join(' '));
    t.match(stderr, message);
    t.match(stderr, hint);
  }
});
