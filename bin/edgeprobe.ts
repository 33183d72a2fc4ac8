#!/usr/bin/env node
import { version } from './version.ts';

// The reader of a pipe may leave early (head, less). That is no error of ours, files are still to be written, and the
// exit code is still the verdict: go on without a reader.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${version()}\n`);
} else {
  const { main } = await import('./main.ts');
  const code = await main(words);
  process.exitCode = code;
  // An interrupted run is over, whatever a name server that never answers still keeps open.
  if (code > 128) process.stdout.write('', () => process.exit(code));
}
