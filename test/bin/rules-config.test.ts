import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { edgeprobe } from './command.ts';

const keys = [
  ...['pack', 'id', 'table', 'role', 'protocol', 'security', 'transport', 'ports', 'from', 'to', 'why', 'requiredFor'],
  ...['mayNarrowTo', 'source', 'notes', 'erratum'],
];

/** Rows of a CSV text (RFC 4180). */
const csvRows = (text: string): string[][] =>
  text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
    );

t.test('rules list: 85 rules in three packs, as JSON, CSV, Markdown and table', async (t) => {
  const cwd = t.testdir();
  const list = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await edgeprobe(['rules', 'list', ...words], { cwd });
    t.match({ code, stderr }, { code: 0, stderr: '' });
    return stdout;
  };
  const { rules, ...rest } = JSON.parse(await list('--format', 'json')) as { rules: Record<string, string>[] };
  t.strictSame(rest, {});
  t.equal(rules.length, 85);
  for (const rule of rules)
    t.strictSame(Object.keys(rule).sort(), [...keys].sort(), `${rule['id']}: the keys of the contract`);
  const count = (pack: string): number => rules.filter((rule) => rule['pack'] === pack).length;
  t.strictSame(['lync2013-edge-public', 'lync2013-edge-nat', 'lync2013-federation'].map(count), [37, 38, 10]);
  t.equal(new Set(rules.map((rule) => `${rule['pack']}/${rule['id']}`)).size, 85, 'ids are unique in a pack');

  const [head = [], ...rows] = csvRows(await list('--format', 'csv'));
  t.strictSame(head.slice(0, 2), ['pack', 'id']);
  t.strictSame(
    rows.map((row) => [row.length, row[1]]),
    rules.map((rule) => [head.length, rule['id']]),
  );
  const markdown = (await list('--format', 'markdown')).trimEnd().split('\n');
  t.equal(markdown.length, 87);
  t.ok(
    markdown.every((line) => line.split('|').length === markdown[0]?.split('|').length),
    'a whole table',
  );
  const table = await list('--pack', 'lync2013-federation');
  t.match(table, /^lync2013-federation: 10 rules\n/);
  t.ok(table.split('\n').every((line) => line === line.trimEnd()));
});

t.test('rules show and check', async (t) => {
  const cwd = t.testdir();
  const one = await edgeprobe(['rules', 'show', 'lync2013-edge-nat/external-stun-udp-3478-in'], { cwd });
  t.match(one, { code: 0, stderr: '', stdout: /^lync2013-edge-nat\/external-stun-udp-3478-in\n +flow +STUN/ });
  const some = await edgeprobe(['rules', 'show', 'external-stun-*', '--format', 'json'], { cwd });
  t.equal((JSON.parse(some.stdout) as { rules: unknown[] }).rules.length, 8);
  const checked = await edgeprobe(['rules', 'check'], { cwd });
  t.match(checked, { code: 0, stderr: '' });
  t.equal((checked.stdout.match(/ is good: /g) ?? []).length, 5);
});

t.test('config init makes what config check accepts, config schema describes it', async (t) => {
  const cwd = t.testdir();
  const init = await edgeprobe(['config', 'init'], { cwd });
  t.match(init, { code: 0, stderr: '' });
  writeFileSync(path.join(cwd, 'site.yaml'), init.stdout);
  const checked = await edgeprobe(['config', 'check', 'site.yaml'], { cwd });
  t.match(checked, { code: 0, stdout: /^site\.yaml is good: site example .* rules of lync2013-edge-nat/ });
  const planned = await edgeprobe(['plan', '--config', 'site.yaml', '--vantage', 'outside'], { cwd });
  t.match(planned, { code: 0, stdout: /198\.51\.100\.30:3478/ });
  const schema = await edgeprobe(['config', 'schema'], { cwd });
  t.match(schema, { code: 0, stderr: '' });
  t.match(JSON.parse(schema.stdout), { type: 'object', properties: { site: {}, servers: {}, far: {} } });
});
