import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { adHocSite, namableRoles, type RoleHost, withHosts } from '../agent/ad-hoc-site.ts';
import { parseHost } from '../agent/address.ts';
import { type AskedRule, addedRules, matchesRule } from '../agent/asked-rule.ts';
import { type HostAddresses, hostAddresses } from '../agent/host.ts';
import { derivedPack, type Rule, readPack, shippedPackNames, strictPack } from '../agent/packs.ts';
import { makePlan, type Plan } from '../agent/plan.ts';
import { loadSite, type Site } from '../agent/site.ts';
import { type Vantage, vantages } from '../agent/site-roles.ts';
import { targetRoles } from '../agent/targets.ts';
import { vantageOf } from '../agent/vantage.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { didYouMean, isOn, oneOf, text, texts, type Values, whole } from './command.ts';
import { withHint } from './complaint.ts';
import { quoted, UsageError } from './usage-error.ts';

/** Everything that `check` and `plan` are about, made from their flags. */
export interface Loaded {
  readonly plan: Plan;
  readonly host: HostAddresses;
  readonly hostName: string;
}

const readHosts = (values: Values): RoleHost[] =>
  texts(values, 'to').map((given) => {
    const [, role, host] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    if (role === undefined || host === undefined) {
      throw new UsageError(`--to ${quoted(given)} is not ROLE=HOST`, 'For example --to av-edge=av.contoso.com');
    }
    oneOf(role, namableRoles, 'role');
    try {
      return { role, host: parseHost(host) };
    } catch (error) {
      throw new UsageError(`--to ${role}: ${(error as Error).message}`, 'For example --to av-edge=av.contoso.com');
    }
  });

const readVantage = (values: Values): Vantage => {
  const given = text(values, 'vantage');
  if (given !== null) return oneOf(given, vantages, 'vantage');
  throw new UsageError('--vantage is missing', `Where does this run? One of: ${vantages.join(', ')}.`);
};

/** The site with rate and concurrency as the flags say. */
const withLimits = (site: Site, values: Values): Site => {
  const rate = whole(values, 'rate', 0, 100_000);
  const concurrency = whole(values, 'concurrency', 1, 20_000);
  return {
    ...site,
    sweep: { ...site.sweep, ...(rate === null ? {} : { rate }), ...(concurrency === null ? {} : { concurrency }) },
  };
};

/** The rules of the packs, and of the site file itself, which `--rule` may name as well. */
const readRules = (site: Site, file: string | null, values: Values): Rule[] => {
  const named = texts(values, 'pack');
  const packs = named.length > 0 ? named : site.packs;
  if (packs.length === 0) {
    const where = file === null ? '--to needs --pack as well' : `${file} names no packs`;
    throw new UsageError(
      `${where}: which rules are to be asked?`,
      `Give --pack, one of: ${shippedPackNames().join(', ')}.`,
    );
  }
  const base = named.length > 0 || file === null ? process.cwd() : dirname(file);
  const hint = "'edgeprobe rules check FILE' checks a pack of your own; 'edgeprobe rules list' shows the shipped ones.";
  const sourcePorts = isOn(values, 'source-ports') || site.sweep.sourcePorts;
  const flagged = [...(isOn(values, 'strict') ? [strictPack] : []), ...(sourcePorts ? [derivedPack] : [])];
  const wanted = [...packs, ...flagged];
  const rules = withHint(hint, () => [...new Set(wanted)].flatMap((pack) => readPack(pack, base).rules));
  const added = vantages.flatMap((vantage) => addedRules(site, rules, vantage).map(([rule]) => rule));
  const all = [...rules, ...added];
  for (const glob of texts(values, 'rule')) {
    if (all.some((rule) => matchesRule(glob, rule))) continue;
    const ids = all.flatMap(({ pack, id }) => (glob.includes('/') ? `${pack}/${id}` : id));
    throw new UsageError(
      `--rule ${quoted(glob)} matches no rule of ${wanted.join(', ')}`,
      `${didYouMean(glob, ids)}'edgeprobe rules list' shows all ids; quote a glob so that the shell leaves it alone.`,
    );
  }
  return rules;
};

/** Why nothing is asked although every flag is good by itself: the rules are asked from elsewhere. */
const nothingToAsk = (vantage: Vantage, rules: readonly AskedRule[]): UsageError => {
  const elsewhere = [...new Set(rules.map(vantageOf))].filter((one) => one !== vantage);
  return new UsageError(
    `no rule is asked from ${vantage} with these flags`,
    elsewhere.length > 0
      ? `The rules that they mean are asked from ${elsewhere.join(' and ')}: --vantage ${elsewhere[0]}.`
      : "'edgeprobe rules list' shows from where and to whom each rule goes.",
  );
};

/** The addresses of this machine; `everywhere`: and, in the DMZ, those of every server, as if it were each of them. */
const ownedBy = (host: HostAddresses, site: Site, vantage: Vantage, everywhere: boolean): ReadonlySet<string> =>
  everywhere && vantage === 'dmz'
    ? new Set([...host.owned, ...site.servers.flatMap(({ endpoints }) => endpoints.map(({ address }) => address))])
    : host.owned;

/**
 * Reads the flags of `check` and `plan`, the site file and the packs they name. Throws UsageError or FileError.
 * @param everywhere plan what every server of the site asks, wherever this runs: for lists, never for asking
 */
export const load = (values: Values, now: Date, warn: (line: string) => void, everywhere = false): Loaded => {
  const vantage = readVantage(values);
  const file = text(values, 'config');
  const hosts = readHosts(values);
  if (file === null && hosts.length === 0) {
    throw new UsageError(
      'neither --config nor --to says whom to ask',
      "'edgeprobe config init > site.yaml' writes a site file to fill in; 'edgeprobe demo' needs nothing.",
    );
  }
  const hint = "'edgeprobe config init > site.yaml' writes a commented site file, 'edgeprobe config check' checks one.";
  const given = file === null ? null : withHint(hint, () => loadSite(file, readTextFile, now));
  const read = given === null ? adHocSite(hosts, now) : withHosts(given, hosts, now);
  for (const { line, column, path, message } of read.warnings) {
    warn(`${read.file}:${line}:${column}: ${path}: ${message}`);
  }
  if (read.slice !== null && read.slice !== vantage) {
    throw new UsageError(
      `${read.file} was cut down for ${read.slice}, and knows too little for ${vantage}`,
      `'edgeprobe config slice WHOLE --vantage ${vantage}' cuts one for ${vantage}, from the whole file.`,
    );
  }
  const site = withLimits(read, values);
  const rules = readRules(site, file, values);
  const globs = texts(values, 'rule');
  const roles = new Set(hosts.map(({ role }) => role));
  const only = (rule: AskedRule): boolean => {
    if (globs.length > 0 && !globs.some((glob) => matchesRule(glob, rule))) return false;
    // Without a site file only the rows of the named roles can be meant.
    if (file !== null) return true;
    const { ours, far } = targetRoles(rule);
    return [...ours, ...far].some((role) => roles.has(role));
  };
  const host = hostAddresses();
  const place = text(values, 'place') ?? vantage;
  const plan = makePlan({ site, vantage, place, rules, only, owned: ownedBy(host, site, vantage, everywhere) });
  // A row asked as a control only is worth a run: who blocks it is told by the runs together.
  if (plan.rules.length === 0 && plan.alongside === undefined) throw nothingToAsk(vantage, rules.filter(only));
  return { plan, host, hostName: hostname() };
};
