import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { askedName } from '../probes/ways.ts';
import { seeded } from '../wire/hostile.ts';
import { conversingWays, fuzzConversations } from './conversations.ts';

t.setTimeout(600_000);

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

t.test('conversations with somebody in between who damages them', async (t) => {
  const tls = await generateCertificate({ names: [askedName], days: 1, now: new Date() });
  for (const way of conversingWays()) {
    const limits = { milliseconds: 800, together: 10, random: seeded(20_131_120), tls };
    const { conversations, broken, outcomes } = await fuzzConversations(way, limits);
    t.equal(broken, null, `${way.name}: ${conversations} conversations, ${JSON.stringify(outcomes)}`);
    t.ok(conversations >= 10);
  }
  t.strictSame(unhandled, []);
});
