import { createHash } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod';
import type { Control } from './address.ts';
import { FileError } from './file-error.ts';
import type { PortRange } from './ports.ts';
import type { Feature, Role, Transport } from './rule.ts';
import type { PortOverride } from './site-fields.ts';
import { type FarRole, farRoles, type ServerRole, serverRoles, type Vantage } from './site-roles.ts';
import { type SiteInput, siteSchema } from './site-schema.ts';
import { endOfDay, type SiteWarning, siteWarnings } from './site-warnings.ts';
import { parseYaml } from './yaml-file.ts';

/** One role of one server of the site. */
export interface Endpoint {
  /** The server's name in the site file. */
  name: string;
  role: ServerRole;
  address: string;
  /** What outside dials; only the external Edge roles have one. */
  publicAddress: string | null;
  fqdn: string | null;
  sipDomain: string | null;
  xmppDomain: string | null;
  ports: PortOverride[];
  responder: boolean;
  sweep: boolean;
  turn: { credentialsFile: string } | null;
}

/** A machine (or VIP) of the site. */
export interface Server {
  name: string;
  endpoints: Endpoint[];
}

/** Somebody else's host that outbound rules reach. */
export interface Far {
  name: string;
  address: string;
  /** Which outbound rows it may be asked. */
  as: FarRole[];
  responder: boolean;
  sweep: boolean;
  fqdn: string | null;
  sipDomain: string | null;
  xmppDomain: string | null;
  query: string | null;
  url: string | null;
  ports: PortOverride[];
}

/** What one vantage binds to, and what must answer from it. */
export interface VantageSettings {
  bind: Partial<Record<Role, string>>;
  control: Control[];
}

/** An override (`rule` is set) or an addition (`to` and `ports` are set) to what the rules expect. null: any. */
export interface Expectation {
  rule: string | null;
  to: Role | null;
  from: Role | null;
  ports: PortRange[] | null;
  transport: Transport | null;
  vantage: Vantage | null;
  expect: 'reachable' | 'blocked';
}

/** A verdict that is shown but not counted, up to and including the day `until`; `endsAt` is the instant after it, UTC. */
export interface Waiver {
  rule: string;
  verdict: 'fail' | 'unknown';
  reason: string;
  ticket: string | null;
  until: string;
  endsAt: Date;
}

/** A site file with every default filled in: what was left out is null, empty or the default. Durations in seconds. */
export interface Site {
  file: string;
  name: string;
  digest: string;
  timezone: string;
  /** Names of shipped packs, and absolute paths of pack files. */
  packs: string[];
  features: Feature[];
  servers: Server[];
  far: Far[];
  vantages: Record<Vantage, VantageSettings>;
  absent: (ServerRole | FarRole)[];
  expect: Expectation[];
  waivers: Waiver[];
  tls: { ca: string | null; cert: string | null; key: string | null };
  timeouts: { check: number };
  sweep: {
    rate: number;
    concurrency: number | 'auto';
    seed: number;
    trustResets: boolean;
    sourcePorts: boolean;
    controlPort: number;
  };
  responder: { credentialsFile: string | null };
  agent: { interval: number; sweepInterval: number; sweepSample: number };
  /** The one vantage that this file was cut down for; null: it is whole. */
  slice: Vantage | null;
  warnings: SiteWarning[];
}

/** Paths in the site file are relative to it. */
type Resolve = (file: string) => string;

const serverOf = (name: string, roles: NonNullable<SiteInput['servers']>[string], resolve: Resolve): Server => ({
  name,
  endpoints: serverRoles.flatMap((role): Endpoint[] => {
    const given = roles[role];
    if (given === undefined) return [];
    const { address, publicAddress = null, fqdn = null, sipDomain = null, xmppDomain = null } = given;
    const { ports = [], responder, sweep, turn } = given;
    const credentials = turn === undefined ? null : { credentialsFile: resolve(turn.credentialsFile) };
    return [
      { name, role, address, publicAddress, fqdn, sipDomain, xmppDomain, ports, responder, sweep, turn: credentials },
    ];
  }),
});

const farOf = (name: string, given: NonNullable<SiteInput['far']>[string]): Far => {
  const { address, fqdn = null, sipDomain = null, xmppDomain = null, query = null, url = null, ports = [] } = given;
  const { responder, sweep = responder } = given;
  const as = given.as === undefined && responder ? [...farRoles] : farRoles.filter((role) => given.as?.includes(role));
  return { name, address, as, responder, sweep, fqdn, sipDomain, xmppDomain, query, url, ports };
};

const vantagesOf = (given: SiteInput['vantages']): Record<Vantage, VantageSettings> => {
  const settings = (vantage: Vantage): VantageSettings => {
    const { bind, control } = given?.[vantage] ?? {};
    return { bind: bind ?? {}, control: control ?? [] };
  };
  return { inside: settings('inside'), dmz: settings('dmz'), outside: settings('outside') };
};

const expectationOf = (given: NonNullable<SiteInput['expect']>[number]): Expectation => {
  const { rule = null, to = null, from = null, ports = null, transport = null, vantage = null, expect } = given;
  return { rule, to, from, ports, transport, vantage, expect };
};

const waiverOf = (given: NonNullable<SiteInput['waivers']>[number]): Waiver => {
  const { rule, verdict, reason, ticket = null, until } = given;
  return { rule, verdict, reason, ticket, until, endsAt: endOfDay(until) };
};

/** Whether an entry of `packs` means a file rather than a shipped pack. */
const isPath = (pack: string): boolean => /[/\\]|\.ya?ml$/.test(pack);

/**
 * Reads the text of a site file.
 *
 * @param file its name: for messages, and the place its paths are relative to
 * @param now only to warn of what has run out
 * @throws FileError with every problem found, each with line and column
 */
export const parseSite = (text: string, file: string, now: Date): Site => {
  const parsed = parseYaml(text, siteSchema);
  if (!parsed.ok) throw new FileError(file, parsed.problems);
  const given = parsed.value;
  const resolve: Resolve = (relative) => path.resolve(path.dirname(file), relative);
  const resolveOrNull = (relative: string | undefined) => (relative === undefined ? null : resolve(relative));
  const ownDigest = siteDigest(text);
  const intact = given.slice === undefined || given.slice.digest === ownDigest;
  const changed = {
    ...parsed.locate(['slice', 'digest']),
    path: 'slice.digest',
    message: `the file was changed since it was cut; it counts as a site of its own (${ownDigest}), and its reports do not merge with others: cut it again`,
  };
  return {
    file,
    name: given.site,
    digest: intact ? (given.slice?.of ?? ownDigest) : ownDigest,
    timezone: given.timezone,
    packs: (given.packs ?? []).map((pack) => (isPath(pack) ? resolve(pack) : pack)),
    features: given.features,
    servers: Object.entries(given.servers ?? {}).map(([name, roles]) => serverOf(name, roles, resolve)),
    far: Object.entries(given.far ?? {}).map(([name, host]) => farOf(name, host)),
    vantages: vantagesOf(given.vantages),
    absent: given.absent ?? [],
    expect: (given.expect ?? []).map(expectationOf),
    waivers: (given.waivers ?? []).map(waiverOf),
    tls: {
      ca: resolveOrNull(given.tls?.ca),
      cert: resolveOrNull(given.tls?.cert),
      key: resolveOrNull(given.tls?.key),
    },
    timeouts: given.timeouts,
    sweep: given.sweep,
    responder: { credentialsFile: resolveOrNull(given.responder?.credentialsFile) },
    agent: given.agent,
    slice: given.slice?.vantage ?? null,
    warnings: [...siteWarnings(given, parsed.locate, now), ...(intact ? [] : [changed])],
  };
};

/**
 * Reads a site file. Files that it names are not opened.
 *
 * @param read gives the text of a file, or throws FileError: `readTextFile`
 * @throws FileError as `parseSite`
 */
export const loadSite = (file: string, read: (file: string) => string, now: Date): Site =>
  parseSite(read(file), file, now);

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
};

/**
 * A short name of what a site file says, to compare two by voice: the first 8 hex digits of the SHA-256 of its canonical
 * JSON. Comments, layout and the order of keys do not count; defaults that are left out do, so that the digest of a file
 * stays the same from one version of edgeprobe to the next. Nor does what `config slice` wrote of itself.
 *
 * @throws FileError when the text is no YAML
 */
export const siteDigest = (text: string): string => {
  const parsed = parseYaml(text, z.unknown());
  if (!parsed.ok) throw new FileError('site file', parsed.problems);
  const { slice: _, ...content } = Object(parsed.value) as Record<string, unknown>;
  return createHash('sha256')
    .update(JSON.stringify(canonical(content)))
    .digest('hex')
    .slice(0, 8);
};

const byRole = new WeakMap<Site, Map<ServerRole, readonly Endpoint[]>>();

/** Every endpoint of the site that plays a role, in the order of the file. Looked up once: every check may ask. */
export const endpointsOf = (site: Site, role: ServerRole): readonly Endpoint[] => {
  const roles = byRole.get(site) ?? new Map<ServerRole, readonly Endpoint[]>();
  byRole.set(site, roles);
  const known =
    roles.get(role) ?? site.servers.flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.role === role));
  roles.set(role, known);
  return known;
};

/** Every far host that may be asked as a role, in the order of the file. */
export const farHostsOf = (site: Site, role: FarRole): Far[] => site.far.filter(({ as }) => as.includes(role));

/** The ports that stand at a site in the place of documented ones: an override of exactly these, or they themselves. */
export const actualPorts = (overrides: PortOverride[], documented: PortRange): PortRange =>
  overrides.find((each) => each.documented.from === documented.from && each.documented.to === documented.to)?.actual ??
  documented;
