import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { edgeprobe, isRefusal } from './command.ts';
import { mergeFolder } from './merge-files.ts';
import { standing } from './standing.ts';

t.test('three vantages in one table', async (t) => {
  const { cwd } = mergeFolder(t);
  const { code, stdout, stderr } = await edgeprobe(['report', 'outside.json', 'dmz.json', 'inside.json'], { cwd });
  t.match({ code, stderr }, { code: 1, stderr: '' });
  t.match(stdout, /✗ fail .*external-stun-udp-3478-in/);
  t.match(stdout, /who {2}the external segment drops the request or the reply: edge2 answers the DMZ/);
  t.match(stdout, /\d+ rows: no run from dmz asked it/, 'the packs say what nobody asked');
  t.match(stdout, /result +FAIL, exit 1/);
  t.ok(stdout.split('\n').every((line) => line.length <= 100));
});

t.test('every format, on standard output and in files', async (t) => {
  const { cwd } = mergeFolder(t);
  const files = ['outside.json', 'dmz.json', 'inside.json'];
  const begin: Readonly<Record<string, RegExp>> = {
    json: /^\{\n {2}"schema": "edgeprobe\/merged-report\/v1"/,
    junit: /^<\?xml version="1\.0"/,
    tap: /^TAP version 14\n1\.\.\d+\n/,
    markdown: /^# edgeprobe: contoso: FAIL\n/,
    csv: /^site,vantage,place,/,
    nagios: /^EDGEPROBE CRITICAL - contoso outside, dmz, inside: /,
  };
  const outputs = Object.keys(begin).flatMap((format) => ['--output', `${format}=out.${format}`]);
  t.match(await edgeprobe(['report', ...files, ...outputs], { cwd }), { code: 1, stdout: '', stderr: '' });
  for (const [format, pattern] of Object.entries(begin)) {
    t.match(readFileSync(path.join(cwd, `out.${format}`), 'utf8'), pattern, format);
  }
  t.strictSame(
    readdirSync(cwd).filter((name) => name.endsWith('.tmp')),
    [],
  );
  const nagios = await edgeprobe(['report', ...files, '--format', 'nagios'], { cwd });
  t.match(nagios, { code: 2, stdout: begin['nagios'], stderr: '' }, 'a plugin has codes of its own');
});

t.test('a later run counts; old runs are marked; strangers are refused', async (t) => {
  const { cwd, write, runs } = mergeFolder(t);
  const { outside, later } = runs;
  if (outside === undefined || later === undefined) throw new Error('no sample');
  const passed = later.rules.filter(({ verdict }) => verdict === 'pass');
  write('later.json', { ...later, rules: passed });
  const { stdout } = await edgeprobe(['report', 'later.json', 'outside.json', '--max-age', '20m'], { cwd });
  t.match(stdout, /^run 1 {2}outside, jump-ext-01.* OLD$/ms);
  t.match(stdout, /\nrun 2 {2}/);
  write('stranger.json', { ...outside, site: 'fabrikam' });
  isRefusal(
    t,
    'strangers',
    await edgeprobe(['report', 'outside.json', 'stranger.json'], { cwd }),
    /the site differs: outside\.json has contoso, stranger\.json has fabrikam/,
    /--mixed merges/,
  );
  t.match(await edgeprobe(['report', 'outside.json', 'stranger.json', '--mixed'], { cwd }), {
    code: 1,
    stdout: /DIFFERENT sites/,
  });
  write('own.json', { ...outside, run: { ...outside.run, packs: ['mine'] } });
  const own = await edgeprobe(['report', 'own.json'], { cwd });
  t.match(own, { code: 1, stderr: /^edgeprobe: warning: the pack "mine" is not here: .* give it with --pack\n$/ });
});

t.test('what cannot be merged', async (t) => {
  const { cwd, write } = mergeFolder(t);
  write('broken.json', '{"schema": "edgeprobe/report/v1",');
  write('newer.json', '{"schema": "edgeprobe/report/v2"}');
  write('thin.json', '{"schema": "edgeprobe/report/v1"}');
  const cases = [
    ['nothing', ['report'], /report needs runs to merge/],
    ['no file', ['report', 'none.json'], /none\.json: there is no such file/],
    ['a folder', ['report', '.'], /is not a file/],
    ['no JSON', ['report', 'outside.json', 'broken.json'], /broken\.json:1:\d+: is not JSON/],
    [
      'another version',
      ['report', 'newer.json'],
      /newer\.json.* has the schema edgeprobe\/report\/v2; this version reads edgeprobe\/report\/v1/,
    ],
    ['half a report', ['report', 'thin.json'], /thin\.json:.* site: /],
    ['no duration', ['report', 'outside.json', '--max-age', 'soon'], /--max-age "soon"/],
    ['no format', ['report', 'outside.json', '--format', 'pdf'], /there is no format "pdf"/],
    ['no flag', ['report', 'outside.json', '--mix'], /report has no flag "--mix"/],
    ['a pack that is none', ['report', 'outside.json', '--pack', './none.yaml'], /none\.yaml/],
  ] as const;
  for (const [name, words, message] of cases) isRefusal(t, name, await edgeprobe(words, { cwd }), message, /./);
});

t.test('check speaks the same formats', async (t) => {
  const { cwd, read } = await standing(t);
  const check = ['check', '--vantage', 'outside', '--config', 'site.yaml'];
  const files = ['--output', 'page.md', '--output', 'run.xml', '--output', 'tap=run.txt', '--output', 'run.csv'];
  const plugin = await edgeprobe([...check, ...files, '--format', 'nagios'], { cwd });
  t.match(plugin.stdout, /^EDGEPROBE (OK|WARNING) - loopback outside: \d+ pass, 0 fail[^\n]*\n$/);
  t.equal(plugin.code, plugin.stdout.startsWith('EDGEPROBE OK') ? 0 : 1, 'warnings are WARNING');
  t.match(read('page.md'), /^# edgeprobe: loopback: PASS\n/);
  t.match(read('run.xml'), /^<\?xml .*\n<testsuites name="edgeprobe loopback"/);
  t.match(read('run.txt'), /^TAP version 14\n/);
  t.match(read('run.csv'), /^site,vantage,/);
  const refused = await edgeprobe([...check, '--format', 'nagios', '--ruel', 'x'], { cwd });
  t.match(refused, { code: 3, stdout: '', stderr: /no flag "--ruel"/ }, 'a mistake is UNKNOWN, not CRITICAL');
});
