import { familyOf } from './address.ts';
import type { Plan } from './plan.ts';
import { questionKey, questionOf } from './question.ts';
import type { Check, ResolvedRule, Resolver } from './resolve.ts';
import { askSafely, type RunResult, type RunSettings } from './run.ts';
import type { Endpoint, Site } from './site.ts';
import { isEdgeRole } from './vantage.ts';

/** What the DNS says of a name of the site: texts as `A 192.0.2.1` or `SRV 0 0 5061 sip.contoso.com`. */
export interface NameSeen {
  readonly name: string;
  /** Who said so, in words. */
  readonly server: string;
  /** Empty: there is no such name, or no such record. */
  readonly answers: readonly string[];
}

/** A service record that partners or clients look for, and the port that it must name. */
export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
}

const edgeEndpoints = ({ servers }: Site): Endpoint[] =>
  servers.flatMap(({ endpoints }) => endpoints).filter(({ role }) => isEdgeRole(role) && role !== 'edge-internal');

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** The service records that a site with these features needs, each once. */
export const serviceRecords = (site: Site): ServiceRecord[] => {
  const records: ServiceRecord[] = edgeEndpoints(site).flatMap(({ sipDomain, xmppDomain }) => [
    ...(sipDomain !== null && site.features.includes('federation')
      ? [{ name: `_sipfederationtls._tcp.${sipDomain}`, port: 5061 }]
      : []),
    ...(sipDomain !== null && site.features.includes('remote-users')
      ? [{ name: `_sip._tls.${sipDomain}`, port: 443 }]
      : []),
    ...(xmppDomain !== null && site.features.includes('xmpp-federation')
      ? [{ name: `_xmpp-server._tcp.${xmppDomain}`, port: 5269 }]
      : []),
  ]);
  return [...new Map(records.map((record) => [record.name, record])).values()];
};

const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);

/** The names of external Edge roles that the site gives addresses for, and that are not all on this machine. */
export const edgeNames = (site: Site): string[] =>
  unique(
    edgeEndpoints(site).flatMap(({ fqdn, address }) =>
      fqdn === null || familyOf(address) === null || isLoopback(address) ? [] : [fqdn],
    ),
  );

/** The DNS server that answered a row of this run: nobody else is asked. A responder has no zones. */
const answeringServer = (
  rules: readonly ResolvedRule[],
  result: RunResult,
  deadline: number,
): [Check, 'tcp' | 'udp'] | null => {
  for (const { rule, checks } of rules) {
    if (rule.protocol !== 'DNS') continue;
    for (const check of checks) {
      if (check.address === null || isLoopback(check.address) || check.target.responder) continue;
      const key = questionKey(questionOf(check, check.address, rule.transport, deadline));
      if (result.observations.get(key)?.outcome === 'answered') return [check, rule.transport];
    }
  }
  return null;
};

/**
 * Asks the DNS server that has just answered a row for the names and service records of the site. At most a question
 * for each; none of them is part of a verdict. Empty where no row of the run asks a DNS server.
 */
export const askNames = async (
  plan: Plan,
  rules: readonly ResolvedRule[],
  result: RunResult,
  settings: RunSettings,
): Promise<NameSeen[]> => {
  const found = answeringServer(rules, result, settings.deadline);
  if (found === null) return [];
  const [check, transport] = found;
  const names = unique([...edgeNames(plan.site), ...serviceRecords(plan.site).map(({ name }) => name)]);
  const seen: NameSeen[] = [];
  for (const name of names) {
    const question = questionOf(
      { ...check, options: { query: name } },
      check.address ?? '',
      transport,
      settings.deadline,
    );
    const { outcome, facts } = await askSafely(question, settings);
    // A server that falls silent, or may not tell, says nothing of names.
    if (outcome !== 'answered') break;
    const { answers, rcode } = facts as { readonly answers?: unknown; readonly rcode?: unknown };
    if (!Array.isArray(answers) || (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN')) continue;
    seen.push({ name, server: check.target.name, answers: answers.filter((one) => typeof one === 'string') });
  }
  return seen;
};

/** Asks the resolver of this host for the names of the Edge roles that a run asked by their addresses. */
export const lookUpNames = async (
  site: Site,
  rules: readonly ResolvedRule[],
  resolver: Resolver,
): Promise<NameSeen[]> => {
  const asked = new Set(rules.flatMap(({ checks }) => checks.flatMap(({ target }) => target.fqdn ?? [])));
  const names = edgeNames(site).filter((name) => asked.has(name));
  const seen = await Promise.all(
    names.map(async (name): Promise<NameSeen[]> => {
      const resolved = await resolver(name);
      if (resolved.kind === 'unresolved') return [];
      const answers = resolved.addresses.map((address) => `${familyOf(address) === 6 ? 'AAAA' : 'A'} ${address}`);
      return [{ name, server: "this host's DNS", answers }];
    }),
  );
  return seen.flat();
};
