import * as z from 'zod';
import { outcomes } from '../probes/observation.ts';

/** Texts of a report file are somebody's: kept as they are, and escaped where they are shown. */
const text = z.string().max(20_000, 'is longer than any text of a report');
const optionalText = text.nullish().transform((value) => value ?? null);
const word = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower case letters, digits and hyphens');
const port = z.number().int().min(0).max(65535).nullable();
const seconds = z.number().min(0);
const count = z.number().int().min(0);
const flag = z.boolean();
const transaction = z.string().regex(/^[0-9a-f]{2,64}$/, 'must be at most 64 hexadecimal digits');

/** The last millisecond that a Date can hold is far away; what an ISO instant of four digits' year says fits. */
const instant = z.iso.datetime({ offset: true, message: 'must be a time like 2026-11-20T09:00:00.000Z' });

const timezone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}, 'must be the name of a time zone');

const verdict = z.enum(['pass', 'fail', 'unknown', 'skipped']);
const path = z.enum(['open', 'lost', 'refused', 'cut', 'unknown']);
const facts = z.record(z.string(), z.unknown());
const failure = z.looseObject({ step: text, code: text, message: text }).nullable();
const source = z.looseObject({ address: text.nullable(), port });

const finding = z.looseObject({
  code: word,
  severity: z.enum(['info', 'warning', 'error']),
  target: text,
  message: text,
  remedy: text,
});

const target = z.looseObject({
  role: text,
  name: text,
  host: text.nullable(),
  address: text.nullable(),
  port,
  ports: text.optional(),
});

const attempt = z.looseObject({
  at: instant,
  sourcePort: port,
  outcome: z.enum(outcomes),
  seconds,
  requests: count,
  sent: z.array(transaction).max(64).optional(),
});

const far = z.looseObject({
  ...{ host: text, as: text, digest: text, listening: flag, at: instant.nullable(), elsewhere: text.nullable() },
  arrived: z.enum(['yes', 'refused', 'elsewhere', 'connection', 'no', 'unknown']),
  witness: z.enum(['request', 'half-open']).nullable(),
  from: z.array(text).max(16),
  requests: count,
  groups: z.record(z.string(), z.looseObject({ arrived: count, of: count })).optional(),
});

const known = z.looseObject({
  ...{ ours: flag, responder: flag, openSuffices: flag, helloUnanswered: flag, spokeOtherwise: flag },
  ...{ hostAnswersHere: flag, trustResets: flag, neighbourMissing: flag, resolverFailed: flag },
  ...{ blind: flag, shunned: flag, notInRole: flag, list: flag },
  controlPort: z.enum(['open', 'closed', 'silent', 'unknown']),
});

const check = z.looseObject({
  probe: text,
  startedAt: instant,
  source,
  target,
  outcome: z.enum(outcomes),
  evidence: z.enum(['proven', 'alive', 'service', 'nobody']),
  path,
  verdict,
  because: word,
  durationSeconds: seconds,
  steps: z.array(z.looseObject({ step: text, seconds })),
  facts,
  failure,
  attempts: z.array(attempt).default([]),
  known: known.optional(),
  published: text.optional(),
  far: far.optional(),
  explain: text.default(''),
  advice: optionalText,
  log: text.default(''),
});

const rule = z.looseObject({
  pack: text,
  rule: text,
  table: text,
  protocol: text,
  security: text,
  transport: text,
  ports: text,
  from: text,
  to: text,
  expect: z.enum(['reachable', 'blocked']),
  verdict,
  because: word,
  path,
  explain: text,
  waiver: z
    .looseObject({ reason: text, ticket: optionalText, until: z.iso.date('must be a date like 2026-12-31') })
    .nullish()
    .transform((value) => value ?? null),
  kept: z.looseObject({ run: text, at: instant }).optional(),
  findings: z.array(finding),
  checks: z.array(check),
});

const alongside = z.looseObject({
  pack: text,
  rule: text,
  onHost: z.boolean(),
  probe: text,
  startedAt: instant,
  source,
  target,
  outcome: z.enum(outcomes),
  durationSeconds: seconds,
  facts,
  failure,
});

const usedRecord = z.looseObject({
  host: text,
  as: text,
  digest: text,
  startedAt: instant,
  finishedAt: instant,
  ended: z.boolean(),
  aheadSeconds: z.number().optional(),
});

/** Checks that one report may have: a hundred nodes asked in sixty rows have a third of it. */
const mostChecks = 20_000;

/**
 * The shape of `edgeprobe/report/v1`. Keys that it does not name are kept; those that were added after the first
 * version of the format may be missing.
 */
export const reportSchema = z.looseObject({
  schema: z.literal('edgeprobe/report/v1'),
  site: text,
  siteDigest: text,
  vantage: z.enum(['inside', 'dmz', 'outside']),
  place: text,
  run: z.looseObject({
    id: text,
    host: text,
    platform: text,
    note: optionalText,
    interrupted: z.boolean().default(false),
    packs: z.array(text).default([]),
    features: z.array(text).default([]),
    timezone: timezone.default('UTC'),
  }),
  tool: z.looseObject({ name: text, version: text }),
  startedAt: instant,
  finishedAt: instant,
  summary: z.looseObject({ pass: count, fail: count, unknown: count, skipped: count }),
  controls: z.array(
    z.looseObject({
      kind: word,
      target: text,
      address: text,
      port: z.number().int().min(0).max(65535),
      outcome: z.enum(outcomes),
      asExpected: z.boolean(),
      durationSeconds: seconds.default(0),
    }),
  ),
  findings: z.array(finding),
  rules: z
    .array(rule)
    .refine(
      (rules) => rules.reduce((sum, { checks }) => sum + checks.length + 1, 0) <= mostChecks,
      `has more than ${mostChecks} checks`,
    )
    .refine(
      (rules) => new Set(rules.map(({ pack, rule: id }) => `${pack}/${id}`)).size === rules.length,
      'names a row twice',
    ),
  alongside: z.array(alongside).max(mostChecks).optional(),
  records: z.array(usedRecord).max(500).optional(),
});

/** Our words for what zod finds in a report; a message given in the schema itself has precedence. */
export const reportProblem: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return 'is missing';
  if (issue.code === 'invalid_type') return `is no ${issue.expected}`;
  if (issue.code === 'invalid_value') return `is none of ${issue.values.map(String).join(', ')}`;
  return undefined;
};
