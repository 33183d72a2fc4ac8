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
 * lets "any" be narrowed to, if this machine has one.
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
  if (own !== undefined) return { kind: 'bound', addresses: [own] };
  if (isEdgeRole(rule.from)) {
    const role = rule.from as ServerRole;
    const addresses = [...new Set(ownedOf(role))];
    if (addresses.length > 0) return { kind: 'bound', addresses };
    return { kind: 'none', wanted: endpointsOf(site, role).map((endpoint) => endpoint.name) };
  }
  for (const role of rule.mayNarrowTo) {
    const narrowed = given(role);
    if (narrowed !== undefined) return { kind: 'bound', addresses: [narrowed] };
    const [first] = ownedOf(role as ServerRole);
    if (first !== undefined) return { kind: 'bound', addresses: [first] };
  }
  return { kind: 'bound', addresses: [given('any') ?? null] };
};

/** Whether a row asked from that address is asked from one of the roles that the document may narrow "any" to. */
export const isInNarrowedRole = (rule: AskedRule, source: string | null, site: Site, vantage: Vantage): boolean =>
  rule.mayNarrowTo.length === 0 ||
  (source !== null &&
    rule.mayNarrowTo.some(
      (role) =>
        site.vantages[vantage].bind[role] === source ||
        endpointsOf(site, role as ServerRole).some((endpoint) => endpoint.address === source),
    ));
