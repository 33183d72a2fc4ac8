import t from 'tap';
import { diagnose } from '../../agent/diagnose.ts';
import { questionKey, questionOf } from '../../agent/question.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import type { RunResult, RunSettings } from '../../agent/run.ts';
import { askForSwappedSip } from '../../agent/swapped-sip.ts';
import type { Facts, Observation } from '../../probes/observation.ts';
import { judged, seen, startedAt } from './fixtures.ts';
import { planOf } from './two-nodes.ts';

const deadline = 8;

/** Whether SIP was answered at the Access addresses, and is at those of web conferencing; gives what was asked and found. */
const ask = async (atAccess: boolean | null, atWebconf: boolean) => {
  const rules = await resolvePlan(planOf(), async () => ({ kind: 'addresses', addresses: [] }), new Set([4]));
  const observations = new Map<string, Observation>();
  for (const { rule, checks } of rules) {
    for (const check of checks) {
      const facts: Facts = rule.protocol === 'SIP' ? { sipAnswered: atAccess } : {};
      const key = questionKey(questionOf(check, check.address ?? '', rule.transport, deadline));
      observations.set(key, seen('answered', { facts }));
    }
  }
  const result: RunResult = {
    ...{ startedAt, finishedAt: startedAt, seconds: 1, observations, controls: [], interrupted: false },
  };
  const asked: string[] = [];
  const settings: RunSettings = {
    ...{ deadline, concurrency: 1, controlPort: 49151, signal: new AbortController().signal },
    resolver: async () => ({ kind: 'addresses', addresses: [] }),
    clock: { now: () => startedAt, monotonic: () => 0, after: () => () => undefined },
    ask: async ({ probe, target }) => {
      asked.push(`${probe} ${target.address}:${target.port}`);
      return seen('answered', { facts: { sipAnswered: atWebconf } });
    },
  };
  return { asked, found: await askForSwappedSip(rules, result, settings) };
};

t.test('web conferencing is asked for SIP only where Access does not answer it', async (t) => {
  t.same((await ask(true, true)).asked, [], 'as it should be');
  t.same((await ask(null, true)).asked, [], 'SIP was not asked');
  const mute = await ask(false, false);
  t.same(mute.asked, ['sip 131.107.155.20:443', 'sip 131.107.155.21:443']);
  t.same(mute.found, [], 'nobody answers SIP');
});

t.test('a swap is an error of the run', async (t) => {
  const { found } = await ask(false, true);
  const { plan, rules, result } = judged([]);
  const { ofRun } = diagnose(plan, rules, result, { self: null, names: [], swapped: found });
  const message =
    'web conferencing answers SIP here, and Access does not at edge1 131.107.155.10:443: the two addresses look swapped';
  t.match(ofRun, [
    { code: 'wrong-service', severity: 'error', target: 'edge1 131.107.155.20:443, edge2 131.107.155.21:443', message },
  ]);
});
