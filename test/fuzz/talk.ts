// node dist/js/test/fuzz/talk.js [seconds each]: fuzzes the conversations of all probes by hand and prints a table.
import { generateCertificate } from '../../probes/certificate.ts';
import { askedName } from '../probes/ways.ts';
import { seeded } from '../wire/hostile.ts';
import { conversingWays, fuzzConversations } from './conversations.ts';

const seconds = Number(process.argv[2] ?? '30');
if (!(seconds > 0)) throw new Error('seconds for each way, more than 0');
const seed = Date.now() >>> 0;
const tls = await generateCertificate({ names: [askedName], days: 1, now: new Date() });
process.on('unhandledRejection', (reason) => {
  process.exitCode = 1;
  process.stderr.write(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}\n`);
});
process.stdout.write(`${new Date().toISOString()}, ${seconds} s each, seed ${seed}, Node ${process.version}\n\n`);
process.stdout.write('| way | conversations | outcomes | found |\n|---|--:|---|---|\n');
for (const way of conversingWays()) {
  const limits = { milliseconds: seconds * 1000, together: 12, random: seeded(seed), tls };
  const { conversations, outcomes, broken } = await fuzzConversations(way, limits);
  const words = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
  process.stdout.write(
    `| ${way.name} | ${conversations} | ${words.sort().join(', ')} | ${broken ? 'yes' : 'nothing'} |\n`,
  );
  if (broken === null) continue;
  process.exitCode = 1;
  process.stderr.write(`${JSON.stringify(broken)}\n`);
}
