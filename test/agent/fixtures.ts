import type { AskedRule, Expect } from '../../agent/asked-rule.ts';
import type { ControlResult } from '../../agent/controls.ts';
import { type JudgedRule, judgeRun } from '../../agent/judge.ts';
import type { Plan, SkipCode } from '../../agent/plan.ts';
import { parsePorts } from '../../agent/ports.ts';
import { questionKey, questionOf } from '../../agent/question.ts';
import { makeReport, type Report } from '../../agent/report.ts';
import type { Check, ResolvedRule } from '../../agent/resolve.ts';
import type { RunResult } from '../../agent/run.ts';
import { parseSite, type Site } from '../../agent/site.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { type Target, targetsOf } from '../../agent/targets.ts';
import type { Facts, Observation, Outcome } from '../../probes/observation.ts';

/** A pool of two nodes, a partner and a responder. */
export const siteText = `site: contoso
timezone: Europe/Berlin
packs: [lync2013-edge-public]
features: [federation, av]
servers:
  edge1:
    access-edge: { address: 131.107.155.10, fqdn: sip.contoso.com, sipDomain: contoso.com, xmppDomain: contoso.com }
    av-edge: { address: 131.107.155.30 }
    edge-internal: { address: 172.25.33.10, fqdn: edge1.contoso.internal }
  edge2:
    access-edge: { address: 131.107.155.11, fqdn: sip.contoso.com, sipDomain: contoso.com, xmppDomain: contoso.com }
    av-edge: { address: 131.107.155.31 }
    edge-internal: { address: 172.25.33.11, fqdn: edge2.contoso.internal }
  fe1: { front-end: { address: 10.1.0.20, fqdn: fe1.contoso.internal } }
far:
  litware: { address: 198.51.100.80, as: [sip-partner, xmpp-partner, av-partner], xmppDomain: litware.com }
`;

export const startedAt = new Date('2026-11-20T20:04:11.207Z');

/** A row, from its id: `table-protocol-transport-ports-in|out`. */
export const row = (id: string, more: Partial<AskedRule> = {}): AskedRule => {
  const [, table = '', name = '', transport, ports = '', way] =
    /^(external|internal|federation|public-im|xmpp|site)-([a-z]+)-(tcp|udp)-(\d+(?:-\d+)?)-(in|out)$/.exec(id) ?? [];
  const protocol = name === 'stun' ? 'STUN/MSTURN' : name.toUpperCase();
  const roles: Record<string, string> = { stun: 'av-edge', rtp: 'av-edge', psom: 'webconf-edge' };
  const edge = table === 'internal' ? 'edge-internal' : (roles[name] ?? 'access-edge');
  const secured = ports === '443' ? 'tls' : 'mtls';
  return {
    pack: 'lync2013-edge-public',
    id,
    table: table as AskedRule['table'],
    role: edge as AskedRule['role'],
    protocol,
    security: ['SIP', 'PSOM', 'MTLS'].includes(protocol) ? secured : 'none',
    transport: transport as AskedRule['transport'],
    ports,
    from: (way === 'in' ? 'any' : edge) as AskedRule['from'],
    to: (way === 'in' ? edge : 'any') as AskedRule['to'],
    why: 'Because.',
    requiredFor: [],
    mayNarrowTo: [],
    source: { document: 'd', table: table as AskedRule['table'], row: 1 },
    notes: [],
    erratum: null,
    ...more,
  };
};

/** An observation, of one dial that took so many seconds. */
export const seen = (outcome: Outcome, more: Partial<Observation> & { code?: string; message?: string } = {}) => {
  const { code, message = code ?? '', ...given } = more;
  const seconds = given.durationSeconds ?? 0.012;
  const made: Observation = {
    probe: 'tls',
    startedAt: startedAt.toISOString(),
    durationSeconds: seconds,
    source: { address: '198.51.100.7', port: 51234 },
    outcome,
    steps: [],
    facts: {},
    failure: code === undefined ? null : { step: 'connect', code, message },
    attempts: [{ at: startedAt.toISOString(), sourcePort: 51234, outcome, seconds, requests: 1 }],
    ...given,
  };
  return made;
};

/** Silence to three dials, four requests in all, in four seconds. */
export const silent = (more: Partial<Observation> = {}): Observation =>
  seen('filtered', {
    code: 'timeout',
    message: 'nothing was heard',
    durationSeconds: 4.004,
    attempts: [2, 1, 1].map((requests, index) => ({
      at: new Date(startedAt.getTime() + index * 1333).toISOString(),
      sourcePort: 51234 + index,
      outcome: 'filtered' as const,
      seconds: 4.004 - index * 1.333,
      requests,
    })),
    ...more,
  });

export const certificate = (more: Facts = {}): Facts => ({
  subject: 'CN=sip.contoso.com, O=Contoso',
  issuer: 'CN=Contoso Issuing CA',
  sans: ['sip.contoso.com', 'webcon.contoso.com'],
  notBefore: '2025-12-04T00:00:00.000Z',
  notAfter: '2027-06-01T00:00:00.000Z',
  fingerprint256: '00',
  keyBits: 2048,
  signature: 'sha256WithRSAEncryption',
  ...more,
});

export const tlsFacts = (more: Facts = {}): Facts => ({
  protocol: 'TLSv1.2',
  cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  alpn: null,
  certificate: certificate(),
  chainLength: 2,
  authorized: null,
  authorizationError: null,
  clientCertificateRequested: false,
  legacy: false,
  ...more,
});

/** The facts of a sweep that came out in these runs. */
export const sweepFacts = (ranges: readonly (readonly [number, number, Outcome])[], more: Facts = {}): Facts => {
  const counts: Record<string, number> = {};
  for (const [from, to, outcome] of ranges) counts[outcome] = (counts[outcome] ?? 0) + to - from + 1;
  const asked = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { counts, ranges: ranges.map(([from, to, outcome]) => ({ from, to, outcome })), asked, of: asked, ...more };
};

/** A row of a run: what was seen at each target, by its name; or why it was skipped. */
export interface RowSeen {
  readonly rule: AskedRule;
  readonly expect?: Expect;
  readonly skip?: { readonly because: SkipCode; readonly explain: string };
  readonly at?: Readonly<Record<string, Observation>>;
  /** The address bound, where it is not the routing table's choice. */
  readonly source?: string;
  readonly target?: Partial<Target>;
  readonly check?: Partial<Check>;
}

export interface Judged {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly rules: readonly JudgedRule[];
  readonly report: Report;
  /** The first check of the first rule. */
  readonly first: JudgedRule['checks'][number];
}

interface RunSeen {
  readonly vantage?: Vantage;
  readonly place?: string;
  readonly site?: string;
  readonly controls?: readonly ControlResult[];
  readonly interrupted?: boolean;
}

const deadline = 8;

const resolved = (one: RowSeen, site: Site, vantage: Vantage): { rule: ResolvedRule; seen: [Check, Observation][] } => {
  const { rule, expect = 'reachable', skip = null, at = {}, source = null } = one;
  const [ports = { from: 1, to: 1 }] = parsePorts(rule.ports);
  const pairs = Object.entries(at).map(([name, observation]): [Check, Observation] => {
    const found = targetsOf(rule, ports, site, vantage).find((target) => target.name === name);
    if (found === undefined) throw new Error(`no target ${name} for ${rule.id}`);
    const target = { ...found, ...one.target };
    const { address } = target;
    const { probe } = observation;
    const check = { probe, target, host: null, address, source, options: {}, unresolved: null, ...one.check };
    return [check, observation];
  });
  return { rule: { rule, expect, skip, checks: pairs.map(([check]) => check), left: [] }, seen: pairs };
};

/** A judged run and its report, from rows and what was seen. */
export const judged = (rows: readonly RowSeen[], run: RunSeen = {}): Judged => {
  const { vantage = 'outside', place = vantage, controls = [], interrupted = false } = run;
  const site = parseSite(run.site ?? siteText, 'contoso.yaml', startedAt);
  const all = rows.map((one) => resolved(one, site, vantage));
  const observations = new Map(
    all.flatMap(({ rule, seen: pairs }) =>
      pairs.flatMap(([check, observation]): [string, Observation][] =>
        check.address === null
          ? []
          : [[questionKey(questionOf(check, check.address, rule.rule.transport, deadline)), observation]],
      ),
    ),
  );
  const rules = all.map(({ rule }) => rule);
  const plan: Plan = {
    site,
    vantage,
    place,
    packs: site.packs,
    rules: rules.map(({ rule, expect, skip, checks }) => ({ rule, expect, skip, asks: checks })),
  };
  const result: RunResult = {
    startedAt,
    finishedAt: new Date(startedAt.getTime() + 52_000),
    seconds: 52,
    observations,
    controls,
    interrupted,
  };
  const opinions = judgeRun(plan, rules, result, deadline);
  const identity = { id: 'r1', host: 'jump-ext-01', platform: 'linux', note: null, version: '0.1.0' };
  const [first] = opinions.flatMap(({ checks }) => checks);
  return {
    plan,
    result,
    rules: opinions,
    report: makeReport(plan, opinions, result, identity),
    get first() {
      if (first === undefined) throw new Error('no check in this run');
      return first;
    },
  };
};

/** A control of a run. Vantage controls answer from outside the site; port controls belong to an address of it. */
export const control = (
  kind: ControlResult['kind'],
  address: string,
  outcome: Outcome,
  more: Partial<ControlResult> = {},
): ControlResult => ({
  kind,
  target: kind === 'vantage' ? `tcp://${address}:53` : 'edge',
  address,
  port: kind === 'port' ? 49151 : kind === 'vantage' ? 53 : 443,
  source: null,
  asExpected: kind === 'port' ? outcome !== 'open' : outcome === 'answered' || outcome === 'open',
  observation: seen(outcome, { probe: 'tcp' }),
  ...more,
});
