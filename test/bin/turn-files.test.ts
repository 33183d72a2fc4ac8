import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Plan } from '../../agent/plan.ts';
import { readTurnFiles } from '../../bin/turn-files.ts';
import { UsageError } from '../../bin/usage-error.ts';

const folder = t.testdir({});

/** A plan with one question for each of these files, and one without. */
const planWith = (...files: string[]): Plan => {
  const asks = [{}, ...files.map((credentials) => ({ credentials }))].map((options) => ({ options }));
  return { rules: [{ asks }] } as unknown as Plan;
};

const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

t.test('one line, user and password', async (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['edge:secret', 'edge', 'secret'],
    ['edge:secret\n', 'edge', 'secret'],
    ['edge:secret\r\n', 'edge', 'secret'],
    ['AgAA+w==:x/Y=\n', 'AgAA+w==', 'x/Y='],
    ['edge:with:colons and spaces ', 'edge', 'with:colons and spaces '],
    ['édge:pass wörd', 'édge', 'pass wörd'],
  ];
  for (const [text, username, password] of cases) {
    const path = file('good.txt', text);
    t.strictSame(readTurnFiles(planWith(path))(path), { username, password }, text);
  }
  t.equal(readTurnFiles(planWith())('anything'), null, 'a file that no question names is not opened');
});

const complaint = (path: string, plan = planWith(path)): UsageError => {
  try {
    readTurnFiles(plan);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${path} was taken`);
};

t.test('what is no credential is refused, and never quoted', async (t) => {
  for (const text of [
    '',
    'secret',
    ':secret',
    'edge:',
    'edge:secret\nmore',
    'edge:sec\u0007ret',
    `edge:${'secret'.repeat(400)}`,
  ]) {
    const error = complaint(file('bad.txt', text));
    t.match(error.message, /turn\.credentialsFile .*bad\.txt: it is not one line user:password/);
    t.notMatch(`${error.message} ${error.hint}`, /secret/);
  }
});

t.test('a file that others may read, or that is none', async (t) => {
  for (const mode of [0o640, 0o604, 0o660]) {
    const path = file('open.txt', 'edge:secret', mode);
    const error = complaint(path);
    t.match(error.message, /may be read by others/);
    t.equal(error.hint, `Run: chmod 600 ${path}`);
  }
  t.match(complaint(join(folder, 'none.txt')).message, /there is no such file/);
  const inner = join(folder, 'folder');
  for (const mode of [0o700, 0o755]) {
    mkdirSync(inner, { mode });
    t.match(complaint(inner).message, /it is a folder/);
    rmSync(inner, { recursive: true });
  }
  const proof = { rules: [{ asks: [{ options: { proof: inner } }] }] } as unknown as Plan;
  t.match(complaint(inner, proof).hint, /^Copy it from the other end .*: both need the same\. /);
  t.match(complaint(inner).hint, /^One line user:password, chmod 600\. /);
});
