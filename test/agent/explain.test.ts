import t from 'tap';
import { explainCheck, explainRule } from '../../agent/explain.ts';
import type { JudgedCheck } from '../../agent/judge.ts';
import { becauses } from '../../agent/verdict.ts';
import { control, judged, row, seen, silent } from './fixtures.ts';

const stunUdp = row('external-stun-udp-3478-in');
const stunTcp = row('external-stun-tcp-443-in');

t.test('the sentence of a lost datagram names the effort, the node, its neighbour, and the other port', async (t) => {
  const { rules, report } = judged([
    { rule: stunUdp, at: { edge1: seen('answered', { probe: 'stun' }), edge2: silent({ probe: 'stun' }) } },
    { rule: stunTcp, at: { edge2: seen('answered', { probe: 'stun' }) } },
  ]);
  const [first] = rules;
  const bad = first?.checks[1];
  if (first === undefined || bad === undefined) throw new Error('two checks were judged');
  t.same(explainCheck(bad, rules), {
    explain:
      'udp/3478 outside → av-edge edge2 131.107.155.31: nothing heard to 4 requests from 3 source ports in 4.0 s; ' +
      'tcp/443 there answers, and edge1 answers the same question in 12 ms: ' +
      'edge2 is up, and udp/3478 to it is lost between here and its listener',
    advice:
      'external firewall: allow udp any → 131.107.155.31:3478, as for edge1. If it is there already: the host ' +
      'firewall on edge2, and whether the service listens; the same question from the dmz tells which.',
    log: '20:04:11.207Z to 20:04:15.211Z, udp 198.51.100.7 ports 51234 51235 51236 → 131.107.155.31:3478',
  });
  t.match(explainRule(first, rules), /^udp\/3478 outside → av-edge edge2 .* \(the other check: pass\)$/);
  t.equal(report.rules[0]?.checks[1]?.explain, explainCheck(bad, rules).explain, 'the report carries it');
});

t.test('every reason of a verdict has words of its own, and no two the same', async (t) => {
  for (const expect of ['reachable', 'blocked'] as const) {
    const run = judged([{ rule: stunUdp, expect, at: { edge1: silent() } }]);
    const sentences = becauses.map((because) => {
      const check: JudgedCheck = { ...run.first, judgement: { verdict: 'fail', because, path: 'unknown' } };
      const { explain } = explainCheck(check, run.rules);
      t.match(explain, /^udp\/3478 outside → av-edge edge1 131\.107\.155\.30: nothing heard to 4 requests/, because);
      t.notMatch(explain, /undefined|null|NaN|\[object/, because);
      return explain;
    });
    t.equal(new Set(sentences).size, becauses.length, `${expect}: all different`);
  }
});

t.test('what is known of the address decides what silence means', async (t) => {
  const meaning = (rows: Parameters<typeof judged>[0], controls: Parameters<typeof judged>[1] = {}): string => {
    const run = judged(rows, controls);
    return explainCheck(run.first, run.rules).explain;
  };
  const lost = { rule: stunUdp, at: { edge1: silent() } };
  t.match(meaning([lost]), /: udp\/3478 is lost between here and its listener, or edge1 is down; nothing else/);
  t.match(
    meaning([lost, { rule: stunTcp, at: { edge1: silent() } }]),
    /; nothing else asked of this address is heard either \(tcp\/443\): the whole address is dark from here, not udp\/3478 alone;/,
  );
  t.match(
    meaning([lost, { rule: stunTcp, at: { edge1: seen('closed') } }]),
    /; tcp\/443 there is reset: udp\/3478 is lost .*, though something answers for the address with a reset$/,
    'a reset may be the work of a firewall, so nobody is said to be up',
  );
  t.match(
    meaning([lost], { controls: [control('port', '131.107.155.30', 'closed')] }),
    /a port there that no rule opens is reset: udp\/3478 is lost .*, though something answers/,
  );
  t.match(
    meaning([{ ...lost, target: { responder: true } }]),
    /; the site file says that a responder listens there: udp\/3478 is lost/,
  );
  t.match(
    meaning([{ rule: stunUdp, at: { edge1: silent(), edge2: silent() } }]),
    /; the same on both addresses: udp\/3478 is lost/,
  );
});

t.test('a port that is expected to be blocked', async (t) => {
  const answered = { rule: stunTcp, at: { edge1: seen('answered') } };
  const run = judged([{ rule: stunUdp, expect: 'blocked', at: { edge1: silent() } }, answered]);
  t.equal(run.first.judgement.verdict, 'pass');
  t.match(
    explainCheck(run.first, run.rules).explain,
    /in 4\.0 s; tcp\/443 there answers: blocked as expected; edge1 is up, and this port is silent; who drops it is not proven$/,
    'the positive control is named',
  );
  const exposed = judged([{ rule: stunUdp, expect: 'blocked', at: { edge1: seen('answered') } }]);
  t.match(
    explainCheck(exposed.first, exposed.rules).explain,
    /expected to be blocked, and udp\/3478 on edge1 can be reached/,
  );
  t.equal(
    explainCheck(exposed.first, exposed.rules).advice,
    'external firewall: remove or narrow what allows udp any → 131.107.155.30:3478.',
  );
});

t.test('the log line has dates where a run crosses midnight, and nothing where nothing was sent', async (t) => {
  const late = silent({ startedAt: '2026-11-20T23:59:58.100Z' });
  const night = judged([{ rule: stunUdp, at: { edge1: late } }]);
  t.equal(
    explainCheck(night.first, night.rules).log,
    '2026-11-20 23:59:58.100Z to 2026-11-21 00:00:02.104Z, udp 198.51.100.7 ports 51234 51235 51236 → 131.107.155.30:3478',
  );
  const local = judged([{ rule: stunUdp, at: { edge1: seen('unasked', { code: 'no-route', message: 'no way' }) } }]);
  t.equal(explainCheck(local.first, local.rules).log, '');
  const six = judged([{ rule: stunUdp, at: { edge1: seen('answered') }, check: { address: '2001:db8::30' } }]);
  t.match(explainCheck(six.first, six.rules).log, /, udp 198\.51\.100\.7 port 51234 → \[2001:db8::30\]:3478$/);
});

t.test('a name without an address, a skipped row, and a site whose ports deviate', async (t) => {
  const nameless = judged([
    {
      rule: row('external-sip-tcp-5061-out'),
      at: { litware: seen('answered') },
      check: {
        address: null,
        host: 'sip.litware.com',
        unresolved: { kind: 'unresolved', code: 'no-such-name', message: 'the name sip.litware.com has no address' },
      },
    },
  ]);
  t.match(
    explainCheck(nameless.first, nameless.rules).explain,
    /^tcp\/5061 dmz → sip-partner litware sip\.litware\.com: the name sip\.litware\.com has no address: /,
  );
  const skipped = judged([{ rule: stunUdp, skip: { because: 'absent', explain: 'the site has no av-edge' } }]);
  t.equal(skipped.report.rules[0]?.explain, 'not asked: the site has no av-edge');
  const moved = judged([
    { rule: stunTcp, at: { edge1: seen('closed') }, target: { ports: { from: 20443, to: 20443 } } },
  ]);
  t.match(explainCheck(moved.first, moved.rules).explain, /^tcp\/443 \(here 20443\) outside/);
});

t.test('another source that passes is named', async (t) => {
  const run = judged([{ rule: row('external-sip-tcp-5061-out'), at: { litware: silent() }, source: '10.45.16.10' }], {
    vantage: 'dmz',
  });
  const other = {
    ...run.first,
    check: { ...run.first.check, source: '10.45.16.11' },
    observation: seen('answered'),
    key: 'x',
  };
  const good = { ...other, judgement: { verdict: 'pass', because: 'answered', path: 'open' } as const };
  const [rule] = run.rules;
  if (rule === undefined) throw new Error('one rule was judged');
  const rules = [{ ...rule, checks: [run.first, good] }];
  t.match(
    explainCheck(run.first, rules).explain,
    /asked from 198\.51\.100\.7 it passes: litware is up, and tcp\/5061 to it is lost/,
  );
});
