import path from 'node:path';
import t from 'tap';
import { explainCheck } from '../../agent/explain.ts';
import { questionKey, questionOf } from '../../agent/question.ts';
import type { Facts } from '../../probes/observation.ts';
import { judged, row, seen, silent } from './fixtures.ts';
import { plannedRule, planOf, siteWith } from './two-nodes.ts';

const external = 'av-edge: { address: 10.45.16.30, publicAddress: 131.107.155.30 }';
const internal = 'edge-internal: { address: 172.25.33.10, fqdn: edge1.contoso.internal }';

const turn = 'turn: { credentialsFile: av.txt }';
const site = siteWith('', {
  [external]: `av-edge: { address: 10.45.16.30, publicAddress: 131.107.155.30, ${turn}, ports: { "50000-59999": "21000-21063" } }`,
  [internal]: `edge-internal: { address: 172.25.33.10, fqdn: edge1.contoso.internal, turn: { credentialsFile: in.txt } }`,
});

const optionsOf = (id: string, vantage: 'inside' | 'dmz' | 'outside') =>
  plannedRule(planOf({ vantage, site }), id).asks.map(({ options }) => options);

t.test('questions name the file of the credential, and where relays are to be', async (t) => {
  const relayPorts = [21_000, 21_063];
  for (const id of ['external-stun-udp-3478-in', 'external-stun-tcp-443-in']) {
    t.strictSame(optionsOf(id, 'outside'), [{ credentials: path.resolve('/etc/av.txt'), relayPorts }, {}], id);
  }
  const inside = optionsOf('internal-stun-udp-3478-in', 'inside')[0];
  t.strictSame(inside, { credentials: path.resolve('/etc/in.txt'), relayPorts }, 'relays stand on the external side');
  t.strictSame(optionsOf('external-stun-udp-3478-out', 'dmz'), [{}], 'a partner is shown nothing');
  t.strictSame(optionsOf('external-sip-tcp-5061-in', 'outside')[0]?.credentials, undefined);
});

t.test('the same address with and without a credential is two questions', async (t) => {
  const [ask] = plannedRule(planOf({ vantage: 'outside', site }), 'external-stun-udp-3478-in').asks;
  if (ask === undefined) throw new Error('nobody is asked');
  const check = { ...ask, unresolved: null };
  const key = questionKey(questionOf(check, '131.107.155.30', 'udp', 8));
  t.not(questionKey(questionOf({ ...check, options: {} }, '131.107.155.30', 'udp', 8)), key);
});

const said = (facts: Facts): string => {
  const observation = seen('answered', { probe: 'stun', facts: { dialect: 'msturn', ...facts } });
  const all = judged([{ rule: row('external-stun-udp-3478-in'), at: { edge1: observation } }]);
  t.equal(all.first.judgement.verdict, 'pass', 'no logon changes the verdict of the row');
  return explainCheck(all.first, all.rules).explain.replace(/^.*?: answers in 12 ms: MSTURN/, '');
};

t.test('the sentence says what came of the logon', async (t) => {
  const relay = { authenticated: true, errorCode: 401, relayedAddress: '131.107.155.30', relayedPort: 50_123 };
  t.equal(said({ ...relay, relayedPortInRange: true }), ', takes our credentials and relays at 131.107.155.30:50123');
  t.match(
    said({ ...relay, relayedPortInRange: false }),
    /relays at 131\.107\.155\.30:50123, outside the range of the rules$/,
  );
  t.equal(said({ authenticated: true }), ', takes our credentials');
  t.equal(
    said({ authenticated: false, logonFailure: 'refused', errorCode: 401 }),
    ', refuses our credentials (error 401)',
  );
  t.equal(
    said({ logonFailure: 'timeout', errorCode: 401 }),
    ', asks for credentials, as it should, the logon with ours came to no end (timeout)',
  );
  t.equal(
    said({ logonFailure: 'refused', errorCode: 300 }),
    ', error 300, the logon with ours came to no end (refused)',
  );
});

t.test('a generic TURN server is named as such', async (t) => {
  t.match(said({ dialect: 'turn', errorCode: 401 }), /TURN of a generic server, no A\/V Edge/);
});

t.test('an answer from another address is told', async (t) => {
  const observation = silent({ probe: 'stun', facts: { requests: 4, answerFrom: '131.107.155.31:3478' } });
  const all = judged([{ rule: row('external-stun-udp-3478-in'), at: { edge1: observation } }]);
  t.match(
    explainCheck(all.first, all.rules).explain,
    /nothing heard to 4 requests .* in 4\.0 s, but 131\.107\.155\.31:3478 answered in its place/,
  );
});

t.test('the time and the dial of the logon are not those of the answer', async (t) => {
  const once = seen('answered').attempts;
  const observation = seen('answered', {
    probe: 'stun',
    durationSeconds: 0.098,
    facts: { dialect: 'msturn', authenticated: true },
    steps: [
      { step: 'stun', seconds: 0.012 },
      { step: 'turn', seconds: 0.086 },
    ],
    attempts: [...once, ...once],
  });
  const all = judged([{ rule: row('external-stun-udp-3478-in'), at: { edge1: observation } }]);
  t.match(explainCheck(all.first, all.rules).explain, /: answers in 12 ms: MSTURN/);
});
