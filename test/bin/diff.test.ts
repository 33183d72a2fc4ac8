import t from 'tap';
import { edgeprobe, isRefusal } from './command.ts';
import { mergeFolder } from './merge-files.ts';

t.test('the same: exit 0; different: exit 1', async (t) => {
  const { cwd, write, runs } = mergeFolder(t);
  const { later } = runs;
  if (later === undefined) throw new Error('no sample');
  write('later.json', later);
  const same = await edgeprobe(['diff', 'outside.json', 'later.json'], { cwd });
  t.match(same, { code: 0, stdout: /\nthe same: 11 rows came out alike\n$/, stderr: '' });
  t.notMatch(same.stdout, /^note/m);
  const swapped = await edgeprobe(['diff', 'later.json', 'outside.json'], { cwd });
  t.match(swapped, { code: 0, stdout: /^note {4}what is after was asked first: are the two files swapped/m });
  const [first, ...others] = later.rules;
  write('worse.json', { ...later, rules: [{ ...first, verdict: 'fail', because: 'refused' }, ...others] });
  const worse = await edgeprobe(['diff', 'outside.json', 'worse.json'], { cwd });
  t.match(worse, { code: 1, stdout: /different: 1 change; 10 of 11 rows came out alike\n$/, stderr: '' });
  t.match(worse.stdout, `${first?.pack}/${first?.rule}\n  verdict`);
  const json = await edgeprobe(['diff', 'outside.json', 'worse.json', '--format', 'json'], { cwd });
  t.equal(json.code, 1);
  t.match(JSON.parse(json.stdout), { schema: 'edgeprobe/diff/v1', same: false, changes: [{ kind: 'verdict' }] });
});

t.test('what cannot be compared: exit 2', async (t) => {
  const { cwd, write } = mergeFolder(t);
  write('broken.json', 'no');
  const cases = [
    ['one file', ['diff', 'outside.json'], /diff needs two reports/],
    ['three files', ['diff', 'outside.json', 'dmz.json', 'inside.json'], /diff cannot use the word "inside\.json"/],
    ['two vantages', ['diff', 'outside.json', 'dmz.json'], /cannot be compared: .*outside.*dmz/],
    ['no JSON', ['diff', 'outside.json', 'broken.json'], /broken\.json:1:1: is not JSON/],
    ['no format', ['diff', 'outside.json', 'outside.json', '--format', 'junit'], /there is no format "junit"/],
  ] as const;
  const { stderr } = await edgeprobe(['diff', 'outside.json', 'dmz.json'], { cwd });
  t.match(stderr, /'edgeprobe report' puts runs of several vantages together/);
  for (const [name, words, message] of cases) isRefusal(t, name, await edgeprobe(words, { cwd }), message, /./);
});
