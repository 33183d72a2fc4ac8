import { Document, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { isPrivateAddress } from './address.ts';
import { matchesRule } from './asked-rule.ts';
import { makePlan, type Plan } from './plan.ts';
import { externalRoles, type Rule } from './rule.ts';
import { parseSite, type Site, siteDigest } from './site.ts';
import { type Vantage, vantages } from './site-roles.ts';

/** Roles of servers that a vantage asks, or asks from; nobody else's address is its business. */
const rolesKnownTo: Readonly<Record<Vantage, readonly string[]>> = {
  outside: externalRoles,
  // Their names and domains are public, and rows that are asked inside use them.
  inside: [...externalRoles, 'edge-internal', 'front-end', 'director'],
  dmz: [...externalRoles, 'edge-internal', 'front-end', 'director'],
};

const isExternal = (role: string): boolean => (externalRoles as readonly string[]).includes(role);

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keysOf = (document: Document, path: readonly string[]): string[] => {
  const node = document.getIn(path);
  return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
};

/** Takes away servers and roles that are not for this vantage; what outside dials stands in the place of the address. */
const cutServers = (document: Document, vantage: Vantage, asked: ReadonlySet<string>): void => {
  for (const name of keysOf(document, ['servers'])) {
    for (const role of keysOf(document, ['servers', name])) {
      const here = ['servers', name, role];
      if (!rolesKnownTo[vantage].includes(role) && !asked.has(`${name} ${role}`)) {
        document.deleteIn(here);
        continue;
      }
      const published = document.getIn([...here, 'publicAddress']);
      if (vantage === 'dmz' || published === undefined || !isExternal(role)) continue;
      document.setIn([...here, 'address'], published);
      document.deleteIn([...here, 'publicAddress']);
    }
    if (keysOf(document, ['servers', name]).length === 0) document.deleteIn(['servers', name]);
  }
};

/** Far hosts are asked from the DMZ, and outside beside it. Inside one name is left: the domain that XMPP streams come from. */
const cutFar = (document: Document, site: Site): void => {
  const partner = site.far.find(
    ({ as, xmppDomain, sipDomain }) => as.includes('xmpp-partner') && (xmppDomain ?? sipDomain),
  );
  for (const name of keysOf(document, ['far'])) {
    const domain = partner?.xmppDomain ?? partner?.sipDomain;
    if (name !== partner?.name) document.deleteIn(['far', name]);
    else
      document.setIn(['far', name], document.createNode({ address: domain, as: ['xmpp-partner'], xmppDomain: domain }));
  }
  if (keysOf(document, ['far']).length === 0) document.deleteIn(['far']);
};

/** Takes entries out of a list of the file; the list too, if none are left. */
const filterList = (document: Document, key: string, keep: (entry: Plain) => boolean): void => {
  const list = document.getIn([key]);
  if (!isSeq(list)) return;
  list.items = list.items.filter((item) => {
    const entry: unknown = isNode(item) ? item.toJS(document) : item;
    return isPlain(entry) && keep(entry);
  });
  if (list.items.length === 0) document.deleteIn([key]);
};

/** Names and addresses of the file that the slice does not have, and that nobody may learn from a comment. */
const secretsOf = (before: unknown, after: unknown): string[] => {
  const texts = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return value.flatMap(texts);
    return isPlain(value) ? Object.values(value).flatMap(texts) : [];
  };
  const kept = new Set(texts(after));
  return [...new Set(texts(before))].filter((text) => /[.:]/.test(text) && !kept.has(text));
};

const names = (text: string, word: string): boolean => {
  const quoted = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.:-])${quoted}(?![\\w.:-])`, 'i').test(text);
};

const looksLikeAddress = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;

interface Commented {
  comment?: string | null;
  commentBefore?: string | null;
}

/** Comments stay line by line, unless one names what was cut away or, outside, any private address. */
const cutComments = (document: Document, secrets: readonly string[], outside: boolean): void => {
  const tells = (line: string): boolean =>
    secrets.some((secret) => line.includes(secret)) ||
    (outside && [...line.matchAll(looksLikeAddress)].some(([address]) => isPrivateAddress(address)));
  const clean = (one: Commented): void => {
    for (const place of ['comment', 'commentBefore'] as const) {
      const lines = (one[place] ?? '').split('\n').filter((line) => !tells(line));
      if (one[place]) one[place] = lines.join('\n') || null;
    }
  };
  clean(document);
  if (isNode(document.contents)) clean(document.contents);
  visit(document, { Node: (_, node) => clean(node) });
};

/** The questions of a plan, to compare two of them. */
const questionsOf = ({ rules, alongside, hairpins }: Plan): string =>
  JSON.stringify([
    ...[rules, alongside?.rules ?? []].map((all) => all.map(({ rule, expect, asks }) => [rule.id, expect, asks])),
    hairpins,
  ]);

/**
 * Cuts a site file down to what one vantage may know, as a site file that asks the same there and has the digest of the
 * whole file. Outside that is the addresses that outside dials; nothing of inside, and no private address that is
 * translated.
 *
 * @param rules the rules of its packs: what they ask from there is kept
 * @throws FileError as `parseSite`, and Error where the slice would ask something else or tell what it must not
 */
export const sliceSite = (text: string, file: string, vantage: Vantage, rules: readonly Rule[], now: Date): string => {
  const site = parseSite(text, file, now);
  const owned = new Set(site.servers.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)));
  const planOf = (of: Site): Plan => makePlan({ site: of, vantage, place: vantage, rules, owned });
  const plan = planOf(site);
  const asked = new Set(plan.rules.flatMap(({ asks }) => asks.map(({ target }) => `${target.name} ${target.role}`)));
  const matches = (glob: unknown): boolean => plan.rules.some(({ rule }) => matchesRule(String(glob), rule));

  const whole = parseDocument(text);
  const before: unknown = whole.toJS();
  let hasAliases = false;
  visit(whole, {
    Alias: () => {
      hasAliases = true;
    },
  });
  // What an alias stands for may be cut away: then the file is written out, and its comments are lost.
  const document = hasAliases ? new Document(before) : (whole as Document);
  cutServers(document, vantage, asked);
  if (vantage === 'inside') cutFar(document, site);
  for (const other of vantages) if (other !== vantage) document.deleteIn(['vantages', other]);
  if (keysOf(document, ['vantages']).length === 0) document.deleteIn(['vantages']);
  filterList(document, 'expect', (entry) => {
    if (entry['vantage'] !== undefined && entry['vantage'] !== vantage) return false;
    return entry['rule'] === undefined || matches(entry['rule']);
  });
  filterList(document, 'waivers', ({ rule }) => matches(rule));
  document.delete('slice');
  const secrets = secretsOf(before, document.toJS());
  cutComments(document, secrets, vantage === 'outside');

  const content = document.toString({ lineWidth: 0 });
  document.set('slice', document.createNode({ of: site.digest, vantage, digest: siteDigest(content) }));
  document.commentBefore = [
    ` Cut from the site file of ${site.name} (${site.digest}) for ${vantage}, by edgeprobe config slice.`,
    ` Change the whole file and cut it again: a changed slice counts as another site.`,
    ...(document.commentBefore ? [document.commentBefore] : []),
  ].join('\n');
  const cut = document.toString({ lineWidth: 0 });
  if (questionsOf(planOf(parseSite(cut, file, now))) !== questionsOf(plan)) {
    throw new Error(`a fault in edgeprobe: the slice of ${file} for ${vantage} would not ask the same as the whole`);
  }
  const told = secrets.find((secret) => names(cut, secret));
  if (told !== undefined) throw new Error(`a fault in edgeprobe: the slice of ${file} would tell ${told}`);
  return cut;
};
