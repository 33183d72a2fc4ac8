import t from 'tap';
import { readEdgeprobe, readMasscan, readNmap, truthOf, wrongPorts } from './scanners.ts';
import { sweepScenes } from './sweep-scenes.ts';
import { readTimes } from './timed.ts';

const xml = `<?xml version="1.0"?><nmaprun scanner="nmap"><host><ports><extraports state="closed" count="4">
<extrareasons reason="conn-refused" count="4" proto="tcp" ports="50000-50002,50006"/>
</extraports>
<extraports state="filtered" count="2">
<extrareasons reason="host-unreach" count="1" proto="tcp" ports="50003"/>
<extrareasons reason="no-response" count="1" proto="tcp" ports="50004"/>
</extraports>
<port protocol="tcp" portid="50005"><state state="open" reason="syn-ack" reason_ttl="0"/><service name="unknown" method="table" conf="3"/></port>
</ports></host></nmaprun>`;

const truth = [
  [50_000, 50_002, 'closed'],
  [50_003, 50_003, 'unreachable'],
  [50_004, 50_004, 'filtered'],
  [50_005, 50_005, 'open'],
  [50_006, 50_006, 'closed'],
] as const;

t.test('nmap: ports by state and reason', async (t) => {
  const told = readNmap(xml);
  t.equal(told.size, 7);
  t.equal(wrongPorts(told, truthOf(truth)), 0);
  t.equal(wrongPorts(told, truthOf([[50_004, 50_006, 'closed']])), 2, 'it notices what is wrong');
  t.equal(wrongPorts(readNmap(''), truthOf(truth)), 7, 'who says nothing is wrong about everything');
});

t.test('masscan: what it does not name is silent', async (t) => {
  const told = readMasscan(
    '#masscan\nclosed tcp 50000 10.0.0.1 179\nopen tcp 50002 10.0.0.1 179\n# end\n',
    50_000,
    50_002,
  );
  t.same(
    [...told],
    [
      [50_000, 'closed'],
      [50_001, 'filtered'],
      [50_002, 'open'],
    ],
  );
});

t.test('edgeprobe: the ranges of its JSON', async (t) => {
  const ranges = truth.map(([from, to, outcome]) => ({ from, to, outcome }));
  t.equal(wrongPorts(readEdgeprobe(JSON.stringify({ facts: { ranges } })), truthOf(truth)), 0);
});

t.test('the times that bash prints last', async (t) => {
  t.same(readTimes('Warning: BENCH\nBENCH 1.250 0.300 0.125\n'), { seconds: 1.25, cpuSeconds: 0.425 });
  t.same(readTimes('waiting -1-secs BENCH 5.254 0.073 0.395\n')?.seconds, 5.254, 'behind an open line');
  t.equal(readTimes('killed'), null);
});

t.test('every scene says something of each of its 10,000 ports, and has somebody to be measured against', async (t) => {
  t.ok(sweepScenes.length >= 7);
  for (const scene of sweepScenes) {
    t.equal(truthOf(scene.truth).size, 10_000, scene.name);
    t.ok(
      scene.rivals.some(({ counts }) => counts),
      scene.name,
    );
  }
});
