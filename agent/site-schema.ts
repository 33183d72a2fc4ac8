import * as z from 'zod';
import { type Feature, features, roles, transports } from './rule.ts';
import {
  bindAddress,
  control,
  day,
  domain,
  duration,
  file,
  host,
  line,
  name,
  portList,
  portOverrides,
  query,
  ruleGlob,
  timezone,
  url,
  whole,
  word,
} from './site-fields.ts';
import { farRoles, type ServerRole, serverRoles, vantages } from './site-roles.ts';

/** Features that no site is assumed to want: the products behind them are gone. */
const retired: readonly Feature[] = ['ocs2007-federation', 'public-im'];

/** Most servers, and most far hosts, of one site file: an agent has been measured with 1,000 endpoints, not with more. */
const mostHosts = 1000;

const role = z.enum(roles);
const vantage = z.enum(vantages);
const responder = z
  .boolean()
  .default(false)
  .meta({ description: '`edgeprobe respond` stands there and proves itself.' });

/** Refuses a key where it makes no sense, and says why; a plain "unknown key" would send people looking for a typing slip. */
const refuse = (context: z.RefinementCtx, path: PropertyKey[], message: string): void =>
  context.addIssue({ code: 'custom', path, message });

const endpointFields = z.strictObject({
  address: host,
  publicAddress: host.optional().meta({ description: 'What outside dials: the address that the Internet sees.' }),
  fqdn: domain.optional().meta({ description: 'The name the certificate must carry.' }),
  sipDomain: domain.optional(),
  xmppDomain: domain.optional(),
  ports: portOverrides
    .optional()
    .meta({ description: 'Where this site deviates: documented port or range to the real one.' }),
  responder,
  sweep: z.boolean().default(true).meta({ description: 'false: never sweep a port range here.' }),
  turn: z
    .strictObject({ credentialsFile: file })
    .optional()
    .meta({ description: 'Credentials for a TURN allocation, one line user:password.' }),
});

const endpoint = (role: ServerRole) =>
  endpointFields.check((context) => {
    const { publicAddress, turn } = context.value;
    const add = (path: string, message: string) =>
      context.issues.push({ code: 'custom', path: [path], message, input: context.value });
    const external = role === 'access-edge' || role === 'webconf-edge' || role === 'av-edge';
    if (publicAddress !== undefined && !external) {
      add(
        'publicAddress',
        `${role} is not reached from the Internet: only access-edge, webconf-edge and av-edge have a publicAddress`,
      );
    }
    if (turn !== undefined && role !== 'av-edge' && role !== 'edge-internal') {
      add('turn', `${role} is no TURN server: turn belongs to av-edge or edge-internal`);
    }
  });

const server = z
  .strictObject({
    'access-edge': endpoint('access-edge').optional(),
    'webconf-edge': endpoint('webconf-edge').optional(),
    'av-edge': endpoint('av-edge').optional(),
    'edge-internal': endpoint('edge-internal').optional(),
    'front-end': endpoint('front-end').optional(),
    director: endpoint('director').optional(),
  } satisfies Record<ServerRole, unknown>)
  .check(({ value, issues }) => {
    // A misspelt role has been complained about already.
    if (issues.length > 0 || Object.values(value).some((each) => each !== undefined)) return;
    const message = 'plays no role; give it at least one, such as access-edge: { address: 10.45.16.10 }';
    issues.push({ code: 'custom', message, input: value });
  })
  .meta({ description: 'One machine or VIP: the roles it plays and where.' });

const far = z
  .strictObject({
    address: host,
    as: z
      .array(z.enum(farRoles))
      .optional()
      .meta({ description: 'Which outbound rows it may be asked; left out with responder: true, all.' }),
    responder,
    sweep: z
      .boolean()
      .optional()
      .meta({ description: 'This host is not ours: true says its owner allows port sweeps.' }),
    fqdn: domain.optional(),
    sipDomain: domain.optional(),
    xmppDomain: domain.optional(),
    query: query.optional(),
    url: url.optional(),
    ports: portOverrides.optional(),
  })
  .superRefine(({ responder, sweep }, context) => {
    if (responder && sweep === false) {
      refuse(
        context,
        ['sweep'],
        'contradicts responder: true, whose ranges are there to be swept; leave one of them out',
      );
    }
  });

const vantageSettings = z.strictObject({
  bind: z
    .partialRecord(role.exclude(['edge-external']), bindAddress)
    .nullish()
    .meta({ description: 'Role that asks, to the address it sends from.' }),
  control: z.array(control).nullish().meta({ description: 'Services that must answer from here: tcp://host:port.' }),
});

const expectation = z
  .strictObject({
    rule: ruleGlob.optional(),
    to: role.optional(),
    from: role.optional(),
    ports: portList.optional(),
    transport: z.enum(transports).optional(),
    vantage: vantage.optional(),
    expect: z.enum(['reachable', 'blocked']),
  })
  .superRefine(({ rule, to, ports }, context) => {
    if (rule !== undefined || (to !== undefined && ports !== undefined)) return;
    refuse(context, [], 'says not which questions it is about: give rule, or both to and ports');
  });

const waiver = z.strictObject({
  rule: ruleGlob,
  verdict: z.enum(['fail', 'unknown']),
  reason: line,
  ticket: line.optional(),
  until: day,
});

const tls = z
  .strictObject({ ca: file.optional(), cert: file.optional(), key: file.optional() })
  .superRefine(({ cert, key }, context) => {
    if (cert !== undefined && key === undefined)
      refuse(context, ['cert'], 'a certificate needs its private key: add key');
    if (key !== undefined && cert === undefined)
      refuse(context, ['key'], 'a private key needs its certificate: add cert');
  });

const sweep = z.strictObject({
  rate: whole(0, 100_000).default(500).meta({ description: 'Every dial, per second; 0: no limit.' }),
  concurrency: z.union([word('auto', 'expected a whole number, or auto'), whole(1, 100_000)]).default('auto'),
  seed: whole(0, 2_147_483_647).default(1),
  trustResets: z.boolean().default(false).meta({ description: 'A reset from an idle range counts as a way through.' }),
  sourcePorts: z.boolean().default(false),
  controlPort: whole(1, 65_535).default(49_151).meta({ description: 'A port that no rule opens.' }),
});

const agent = z.strictObject({
  interval: duration('1s', '1d').prefault('1m'),
  sweepInterval: duration('1s', '7d').prefault('1h'),
  sweepSample: whole(1, 10_000).default(32),
});

const digest = z.string().regex(/^[0-9a-f]{8}$/, { error: 'is no digest of a site file: 8 hex digits' });

const slice = z.strictObject({ of: digest, vantage, digest }).meta({
  description: 'Written by `config slice`: what this file was cut from, for whom, and what it was like then.',
});

const timeouts = z.strictObject({
  check: duration('1s', '60s').prefault('8s').meta({ description: 'The one deadline of every single question.' }),
});

const featureList = z
  .union([word('all', 'expected a list such as [federation, av], or all'), z.array(z.enum(['all', ...features]))])
  .nullish()
  .transform((given): Feature[] => {
    if (given === undefined || given === null) return features.filter((each) => !retired.includes(each));
    if (given === 'all' || given.includes('all')) return [...features];
    return features.filter((each) => given.includes(each));
  });

const hosts = <T extends z.ZodType>(value: T, what: string) =>
  z
    .record(name, value)
    .refine((record) => Object.keys(record).length <= mostHosts, {
      error: `has more than ${mostHosts} ${what}: split the site into several files`,
    })
    .nullish();

/** A section whose every field has a default. */
const filled = <T extends z.ZodType>(section: T) => section.nullish().transform((given) => given ?? section.parse({}));

/**
 * The site file. A section that is there but empty counts as left out, so that its entries may be commented out.
 * Keys unknown to it are errors everywhere.
 */
export const siteSchema = z
  .strictObject({
    site: name.meta({ description: 'The name of the site.' }),
    timezone: timezone.default('UTC'),
    packs: z.array(line).nullish().meta({ description: 'Shipped packs by name, or paths to pack files.' }),
    features: featureList.meta({ description: 'What this site uses; left out: all but the retired ones.' }),
    servers: hosts(server, 'servers').meta({ description: 'Our machines and VIPs.' }),
    far: hosts(far, 'far hosts').meta({ description: "Somebody else's hosts, which outbound rules reach." }),
    vantages: z
      .strictObject({
        inside: vantageSettings.nullish(),
        dmz: vantageSettings.nullish(),
        outside: vantageSettings.nullish(),
      })
      .nullish(),
    absent: z.array(z.enum([...serverRoles, ...farRoles])).nullish(),
    expect: z.array(expectation).nullish(),
    waivers: z.array(waiver).nullish(),
    tls: tls.nullish(),
    timeouts: filled(timeouts),
    sweep: filled(sweep),
    responder: z.strictObject({ credentialsFile: file.optional() }).nullish(),
    agent: filled(agent),
    slice: slice.optional(),
  })
  .superRefine(({ absent, servers, far }, context) => {
    for (const [index, role] of (absent ?? []).entries()) {
      const who = [
        ...Object.entries(servers ?? {}).filter(([, roles]) => Object.hasOwn(roles, role)),
        ...Object.entries(far ?? {}).filter(([, { as }]) => as?.some((each) => each === role)),
      ][0]?.[0];
      if (who !== undefined)
        refuse(context, ['absent', index], `${role} is not absent, ${who} plays it: take it out of one of the two`);
    }
  })
  .meta({ title: 'edgeprobe site file' });

/** A site file as read: fields parsed, defaults not yet everywhere filled. */
export type SiteInput = z.output<typeof siteSchema>;

/** JSON Schema (draft 2020-12) of the site file, for editors; from the same source as the loader. */
export const siteJsonSchema = (): z.core.JSONSchema.JSONSchema => z.toJSONSchema(siteSchema, { io: 'input' });
