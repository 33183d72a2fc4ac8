#!/usr/bin/env node
// tap's output on stdin becomes: each failure in full, a line per file, and a last line "N passed, N failed".
import { Parser } from 'tap-parser';

let passed = 0;
let failed = 0;
let skipped = 0;

const where = (parser) => (parser.fullname ? `${parser.fullname} > ` : '');

const watch = (parser) => {
  const subtests = new Set();
  parser.on('child', (child) => {
    subtests.add(child.name);
    watch(child);
  });
  parser.on('assert', (result) => {
    if (parser.level === 0) {
      process.stdout.write(
        `${result.ok ? 'ok' : 'NOT OK'}  ${result.name}${result.time ? `  ${result.time}ms` : ''}\n`,
      );
      return;
    }
    if (subtests.has(result.name)) return;
    if (result.skip) {
      skipped++;
      const reason = typeof result.skip === 'string' ? `: ${result.skip}` : '';
      process.stdout.write(`  skip  ${where(parser)}${result.name}${reason}\n`);
    } else if (result.ok) {
      passed++;
    } else {
      failed++;
      process.stdout.write(`  FAIL  ${where(parser)}${result.name}\n`);
      if (result.diag) process.stdout.write(`${JSON.stringify(result.diag, null, 2).replace(/^/gm, '        ')}\n`);
    }
  });
  parser.on('comment', (comment) => {
    if (comment.startsWith('# note ')) process.stdout.write(comment);
  });
};

const root = new Parser();
watch(root);
root.on('complete', (results) => {
  // A file that dies before its first assertion fails at the top level only.
  if (!results.ok && failed === 0) failed = results.fail || 1;
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
});
process.stdin.pipe(root);
