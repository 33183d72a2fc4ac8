import t from 'tap';
import { edgeprobe } from './command.ts';
import { standing } from './standing.ts';
import { writeTripwire } from './tripwire.ts';

const site = JSON.stringify({
  site: 'named',
  packs: ['lync2013-edge-public'],
  features: 'all',
  servers: { edge1: { 'av-edge': { address: 'localhost' }, 'access-edge': { address: '127.0.0.1' } } },
  vantages: { outside: { control: ['tcp://localhost:53'] } },
});

const outside = ['plan', '--vantage', 'outside', '--config', 'site.yaml'];

t.test('a plan sends nothing and asks no resolver, unless told to', async (t) => {
  const cwd = t.testdir({ 'site.yaml': site });
  const preload = writeTripwire(cwd);
  const { code, stdout, stderr } = await edgeprobe(outside, { cwd, preload });
  t.match({ code, stderr }, { code: 0, stderr: '' }, 'nothing was sent');
  t.match(stdout, /av-edge edge1 +localhost:3478/, 'names stand as names');
  t.match(stdout, /--resolve asks the resolver/);
  t.match(stdout, /not asked/);
  for (const word of ['controls', 'states', 'time', 'packets']) t.match(stdout, new RegExp(`^${word} `, 'm'));
  t.notMatch(stdout, /undefined|NaN|null/);

  const json = await edgeprobe([...outside, '--format', 'json'], { cwd, preload });
  t.match({ code: json.code, stderr: json.stderr }, { code: 0, stderr: '' });
  t.match(JSON.parse(json.stdout), { site: 'named', vantage: 'outside', total: { least: Number, most: Number } });

  const resolved = await edgeprobe([...outside, '--resolve'], { cwd, preload });
  t.equal(resolved.code, 0);
  t.match(resolved.stdout, /av-edge edge1 +127\.0\.0\.1:3478/);
  t.strictSame(
    [...new Set(resolved.stderr.split('\n').filter((line) => line !== ''))],
    ['SENT lookup'],
    'and only that',
  );
});

t.test('a plan shows what a check asks', async (t) => {
  const { cwd } = await standing(t);
  const flags = ['--vantage', 'outside', '--config', 'site.yaml', '--format', 'json'];
  const planned = JSON.parse((await edgeprobe(['plan', ...flags], { cwd })).stdout) as {
    questions: { rules: string[]; probe: string; to: string }[];
    skipped: { rule: string }[];
  };
  const checked = JSON.parse((await edgeprobe(['check', ...flags], { cwd })).stdout) as {
    rules: { rule: string; verdict: string; checks: { probe: string; target: { address: string; port: number } }[] }[];
  };
  const asked = checked.rules.flatMap(({ rule, checks }) =>
    checks.map(({ probe, target }) => `${rule} ${probe} ${target.address}:${target.port}`),
  );
  t.strictSame(
    planned.questions.flatMap(({ rules, probe, to }) => rules.map((rule) => `${rule} ${probe} ${to}`)).sort(),
    asked.sort(),
  );
  t.strictSame(
    planned.skipped.map(({ rule }) => rule).sort(),
    checked.rules.flatMap(({ rule, verdict }) => (verdict === 'skipped' ? [rule] : [])).sort(),
  );
  const some = await edgeprobe(['plan', ...flags, '--rule', 'external-stun-*'], { cwd });
  t.match(JSON.parse(some.stdout), { questions: [{ probe: 'stun' }, { probe: 'stun' }] });
});

t.test('the list for the firewall team holds the flows of every Edge, wherever it is made', async (t) => {
  const edge = (last: number): object => ({
    'access-edge': { address: `192.0.2.1${last}` },
    'av-edge': { address: `192.0.2.3${last}` },
    'edge-internal': { address: `2001:db8::${last}` },
  });
  const text = JSON.stringify({
    ...{ site: 'pool', packs: ['lync2013-edge-public'], features: ['federation', 'av'], absent: ['director'] },
    servers: { edge1: edge(1), edge2: edge(2), fe1: { 'front-end': { address: '2001:db8::20' } } },
    far: { litware: { address: 'sip.litware.example', as: ['sip-partner'] } },
  });
  const cwd = t.testdir({ 'site.yaml': text });
  const flags = ['plan', '--vantage', 'dmz', '--config', 'site.yaml'];
  const { code, stdout, stderr } = await edgeprobe([...flags, '--format', 'csv'], { cwd });
  t.equal(code, 0);
  for (const flow of ['192.0.2.11,any,sip-partner', '192.0.2.12,any,sip-partner', '2001:db8::2,any,front-end']) {
    t.match(stdout, flow);
  }
  t.match(stderr, /^edgeprobe: warning: not in here: external-http-tcp-80-out: the site file has no host under "far"/m);
  t.notMatch(stderr, /public-im/, 'what the site does not need is not missing');
  const notice = await edgeprobe([...flags, '--notice'], { cwd });
  t.match(notice.stderr, /not in here: .*: this machine owns no address of access-edge: run this on edge1 or edge2/);
  const asked = await edgeprobe([...flags, '--format', 'json'], { cwd });
  t.match(JSON.parse(asked.stdout), { questions: [] }, 'it asks nothing from what it does not own');
});
