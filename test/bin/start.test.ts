import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { allSources } from '../sources.ts';
import { edgeprobe } from './command.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

t.test('the version, by itself and anywhere', async (t) => {
  const cwd = t.testdir();
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  for (const words of [['--version'], ['-V'], ['check', '--version']]) {
    t.match(await edgeprobe(words, { cwd }), { code: 0, stdout: `${version}\n`, stderr: '' }, words.join(' '));
  }
});

t.test('the version costs nothing: the first file loads the version alone', (t) => {
  const source = readFileSync(`${root}bin/edgeprobe.ts`, 'utf8');
  const imported = [...source.matchAll(/^import .* from '(.+)';$/gm)].map(([, from]) => from);
  t.strictSame(imported, ['./version.ts']);
  const version = readFileSync(`${root}bin/version.ts`, 'utf8');
  t.strictSame(
    [...version.matchAll(/^import .* from '(.+)';$/gm)].map(([, from]) => from),
    ['node:fs'],
  );
  t.end();
});

t.test('the names of commands cost little: what they run is loaded when they run', (t) => {
  const main = readFileSync(`${root}bin/main.ts`, 'utf8');
  const commands = [...main.matchAll(/from '\.\/(.+-command\.ts)'/g)].flatMap(([, file]) => file ?? []);
  t.ok(commands.length >= 6);
  for (const file of commands) {
    const imported = [...readFileSync(`${root}bin/${file}`, 'utf8').matchAll(/^import (?!type ).* from '(.+)';$/gm)];
    t.strictSame(
      imported.map(([, from]) => from).filter((from) => from !== './plan-flags.ts'),
      [],
      file,
    );
  }
  t.end();
});

t.test('help: the whole and of each command, with examples that fit 80 columns', async (t) => {
  const cwd = t.testdir();
  const whole = await edgeprobe(['--help'], { cwd });
  t.match(whole, { code: 0, stderr: '' });
  for (const command of ['check', 'plan', 'probe', 'rules', 'config', 'demo']) {
    t.match(whole.stdout, new RegExp(`^  edgeprobe ${command}\\b`, 'm'), `${command} is in the help`);
    const { code, stdout, stderr } = await edgeprobe([command, '--help'], { cwd });
    t.match({ code, stderr }, { code: 0, stderr: '' });
    t.match(stdout, new RegExp(`^edgeprobe ${command} `), command);
    const [, examples = ''] = stdout.split('Examples:\n');
    t.match(examples, new RegExp(`^  edgeprobe ${command}\\b`), `${command}: an example`);
    t.ok(
      examples.split('\n').every((line) => line.length <= 80),
      `${command}: examples to copy are not broken`,
    );
    t.equal((await edgeprobe(['help', command], { cwd })).stdout, stdout, `help ${command}`);
  }
});

t.test('the texts of help are ASCII: the bundle lays them out by the number of their characters', async (t) => {
  const texts = allSources().filter(({ file }) => /^bin\/(main|[a-z]+-command)\.ts$/.test(file));
  t.ok(texts.length > 10);
  for (const { file, code } of texts) t.match(code, /^[\n\x20-\x7e]*$/, file);
});

t.test('completion: a script for the shell, and what it asks for', async (t) => {
  const cwd = t.testdir();
  const script = await edgeprobe(['completion'], { cwd, env: { SHELL: '/bin/bash' } });
  t.match(script, { code: 0, stdout: /complete .*edgeprobe/, stderr: '' });
  const zsh = await edgeprobe(['completion'], { cwd, env: { SHELL: '/bin/zsh' } });
  t.match(zsh, { code: 0, stdout: /#compdef edgeprobe/, stderr: '' });
  const complete = async (...words: string[]): Promise<string[]> => {
    const { code, stdout } = await edgeprobe(['--get-yargs-completions', 'edgeprobe', ...words], { cwd });
    t.equal(code, 0);
    return stdout.trimEnd().split('\n');
  };
  t.strictSame(
    (await complete('')).filter((word) => ['check', 'plan', 'demo'].includes(word.replace(/:.*/, ''))).length,
    3,
  );
  t.ok((await complete('check', '--van')).some((word) => word.startsWith('--vantage')));
});
