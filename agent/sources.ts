import type { AskedRule } from './asked-rule.ts';
import type { Role } from './packs.ts';
import { endpointsOf, type Site } from './site.ts';
import type { ServerRole, Vantage } from './site-roles.ts';
import { isEdgeRole } from './vantage.ts';

/** Where a row is asked from: addresses to bind (null: the routing table chooses), or who would have them. */
export type Sources =
  | { readonly kind: 'bound'; readonly addresses: readonly (string | null)[] }
  | { readonly kind: 'none'; readonly wanted: readonly string[] };

/**
 * The addresses that a row is asked from. A row from an Edge role must leave from that role's own address: given for
 * the vantage in the site file, or owned by this machine. A row from "any" leaves from an address that the document
 * lets "any" be narrowed to: what the site file binds comes first, then what this machine owns.
 * @param owned the addresses of this machine
 */
export const sourcesOf = (rule: AskedRule, site: Site, vantage: Vantage, owned: ReadonlySet<string>): Sources => {
  const bind = site.vantages[vantage].bind;
  const given = (role: Role): string | undefined => bind[role];
  const ownedOf = (role: ServerRole): string[] =>
    endpointsOf(site, role)
      .map((endpoint) => endpoint.address)
      .filter((address) => owned.has(address));

  const own = given(rule.from);
  if (own !== undefined && rule.from !== 'any') return { kind: 'bound', addresses: [own] };
  if (isEdgeRole(rule.from)) {
    const role = rule.from as ServerRole;
    const addresses = [...new Set(ownedOf(role))];
    if (addresses.length > 0) return { kind: 'bound', addresses };
    return { kind: 'none', wanted: endpointsOf(site, role).map((endpoint) => endpoint.name) };
  }
  const narrowable = rule.from === 'any' ? rule.mayNarrowTo : [];
  const ownedNarrowed = narrowable.flatMap((role) => ownedOf(role as ServerRole));
  const [chosen] = [...narrowable.map(given), given('any'), ...ownedNarrowed].filter((one) => one !== undefined);
  return { kind: 'bound', addresses: [chosen ?? null] };
};

/**
 * Whether a row asked from that address is asked from one of the roles that the document may narrow "any" to. Where
 * "any" stands in `to`, it is the target that may be narrowed, and every source will do.
 */
export const isInNarrowedRole = (rule: AskedRule, source: string | null, site: Site, vantage: Vantage): boolean =>
  rule.from !== 'any' ||
  rule.mayNarrowTo.length === 0 ||
  (source !== null &&
    rule.mayNarrowTo.some(
      (role) =>
        site.vantages[vantage].bind[role] === source ||
        endpointsOf(site, role as ServerRole).some((endpoint) => endpoint.address === source),
    ));
