import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { packJsonSchema } from '../../agent/packs.ts';

// Tests run from the root of the project. `TAP_SNAPSHOT=1 node dist/js/test/rules/schema.test.js` writes the file anew.
const file = 'rules/pack.schema.json';

t.test('the JSON Schema in the tree is what the code makes', async (t) => {
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(file, `${JSON.stringify(packJsonSchema(), null, 2)}\n`);
  t.same(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(packJsonSchema())));
});

t.test('it knows the words and refuses unknown keys', async (t) => {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  t.same(schema.required, ['pack', 'title', 'document', 'rules']);
  const rule = schema.properties.rules.items;
  t.equal(rule.additionalProperties, false);
  t.same(rule.properties.security.enum, ['none', 'tls', 'mtls']);
  t.notOk(rule.required.includes('notes'), 'what has a default may be left out');
});
