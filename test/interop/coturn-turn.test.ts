import t from 'tap';
import type { Observation } from '../../probes/observation.ts';
import type { TurnCredential } from '../../probes/probe.ts';
import { stun } from '../../probes/stun.ts';
import { ownLoopback } from '../loopback.ts';
import { asking, fact, question } from '../probes/stun-scenes.ts';
import { needing } from '../require.ts';
import { coturn } from './coturn.ts';

const right: TurnCredential = { username: 'u', password: 'p' };

/** Ports that coturn may relay on; few, so that what is left allocated would be missed. */
const relayPorts = [50_100, 50_107] as const;
const range = [`--min-port=${relayPorts[0]}`, `--max-port=${relayPorts[1]}`];

const logOn = (
  transport: 'tcp' | 'udp',
  port: number,
  credential: TurnCredential = right,
  ports: readonly [number, number] = relayPorts,
): Promise<Observation> => {
  const asked = question(transport, port);
  return stun.run(
    { ...asked, options: { credentials: 'lab', relayPorts: ports } },
    { ...asking(), credentials: (name) => (name === 'lab' ? credential : null) },
  );
};

/** Waits until the server has logged something so many times; it ends an allocation a moment after the refresh to zero. */
const logged = async (log: () => string, pattern: RegExp, times: number): Promise<boolean> => {
  for (let tries = 0; tries < 1800; tries++) {
    if ((log().match(pattern)?.length ?? 0) >= times) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
};

for (const transport of ['udp', 'tcp'] as const) {
  t.test(
    `a logon over ${transport} at a coturn that grants one allocation a user`,
    needing('turnserver'),
    async (t) => {
      const { port, log } = await coturn(t, ...range, '--user-quota=1', '--verbose');

      t.test('is granted, relays in the range, and is given back: so it is granted again', async (t) => {
        for (let time = 1; time <= 3; time++) {
          const seen = await logOn(transport, port);
          t.equal(seen.outcome, 'answered', `time ${time}`);
          t.match(seen.facts, {
            authenticated: true,
            relayedAddress: ownLoopback,
            relayedPortInRange: true,
            lifetime: 600,
          });
          t.match(seen.facts, {
            allocationReleased: true,
            mappedAddress: ownLoopback,
            realm: transport === 'udp' ? 'lab.test' : undefined,
          });
          const relayed = Number(fact(seen, 'relayedPort'));
          t.ok(relayed >= relayPorts[0] && relayed <= relayPorts[1], `${relayed}`);
          t.equal(fact(seen, 'mappedPort'), seen.source.port, 'the port shown is the one that was mapped');
          t.ok(await logged(log, /delete: realm=<lab\.test>, username=<u>/g, time), 'the server has deleted it');
        }
        t.equal(log().match(/refreshed.*lifetime=0\b/g)?.length, 3, 'the server saw three refreshes to zero');
      });

      t.test('outside another range that is said so', async (t) => {
        const seen = await logOn(transport, port, right, [50_000, 50_099]);
        t.match(seen.facts, { authenticated: true, relayedPortInRange: false, allocationReleased: true });
        t.ok(await logged(log, /delete: realm=<lab\.test>, username=<u>/g, 4));
      });

      t.test('is refused for a wrong password or user', async (t) => {
        for (const wrong of [
          { username: 'u', password: 'q' },
          { username: 'v', password: 'p' },
        ]) {
          const seen = await logOn(transport, port, wrong);
          t.match(seen, {
            outcome: 'answered',
            facts: { authenticated: false, logonFailure: 'refused', errorCode: 401 },
          });
          t.notHas(seen.facts, 'relayedAddress');
          t.notHas(seen.facts, 'allocationReleased', 'there was nothing to give back');
        }
      });
    },
  );
}
