import type { Test } from 'tap';
import * as z from 'zod';

const verdict = z.enum(['pass', 'fail', 'unknown', 'skipped']);
const outcome = z.enum(['answered', 'open', 'closed', 'unreachable', 'filtered', 'unresolved', 'unasked']);
const path = z.enum(['open', 'lost', 'refused', 'cut', 'unknown']);
const instant = z.iso.datetime({ precision: 3 });
const address = z.string().nullable();
const port = z.number().int().min(1).max(65535).nullable();

const finding = z.object({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  target: z.string().nullable(),
  message: z.string(),
  remedy: z.string(),
});

const check = z.object({
  probe: z.string(),
  startedAt: instant,
  source: z.object({ address, port }),
  target: z.object({ role: z.string(), name: z.string(), host: z.string().nullable(), address, port }),
  outcome,
  evidence: z.enum(['proven', 'alive', 'service', 'nobody']),
  path,
  verdict,
  because: z.string(),
  durationSeconds: z.number().min(0),
  steps: z.array(z.object({ step: z.string(), seconds: z.number().min(0) })),
  facts: z.record(z.string(), z.unknown()),
  failure: z.object({ step: z.string(), code: z.string(), message: z.string() }).nullable(),
});

const rule = z.object({
  pack: z.string(),
  rule: z.string(),
  table: z.string(),
  protocol: z.string(),
  security: z.enum(['none', 'tls', 'mtls']),
  transport: z.enum(['tcp', 'udp']),
  ports: z.string().regex(/^\d+(-\d+)?$/),
  from: z.string(),
  to: z.string(),
  expect: z.enum(['reachable', 'blocked']),
  verdict,
  because: z.string(),
  explain: z.string().min(1),
  findings: z.array(finding),
  checks: z.array(check),
});

/** The contract: other people's files depend on these names and types. Additions are fine. */
const report = z.object({
  schema: z.literal('edgeprobe/report/v1'),
  site: z.string(),
  siteDigest: z.string().regex(/^[0-9a-f]{8}$/),
  vantage: z.enum(['inside', 'dmz', 'outside']),
  place: z.string(),
  run: z.object({ id: z.string().min(1), host: z.string(), platform: z.string(), note: z.string().nullable() }),
  tool: z.object({ name: z.literal('edgeprobe'), version: z.string() }),
  startedAt: instant,
  finishedAt: instant,
  summary: z.strictObject({ pass: z.number(), fail: z.number(), unknown: z.number(), skipped: z.number() }),
  controls: z.array(z.object({})),
  findings: z.array(finding),
  rules: z.array(rule).min(1),
});

/** Fails the test unless this is a report as the contract has it, its sums right. */
export const assertReport = (t: Test, value: unknown): void => {
  const parsed = report.safeParse(value);
  t.ok(parsed.success, 'a report as the contract has it', { issues: parsed.error?.issues ?? [] });
  if (!parsed.success) return;
  const { rules, summary, startedAt, finishedAt } = parsed.data;
  for (const one of verdict.options) {
    t.equal(summary[one], rules.filter((each) => each.verdict === one).length, `as many ${one} as the summary says`);
  }
  t.ok(startedAt <= finishedAt);
  t.ok(
    rules.every((each) => each.verdict !== 'skipped' || each.checks.length === 0),
    'skipped rules have no checks',
  );
};
