import { edgeRoles, type Rule } from './packs.ts';
import type { Vantage } from './site-roles.ts';

/** Whether a role is played by the Edge itself, on whichever leg. */
export const isEdgeRole = (role: string): boolean => (edgeRoles as readonly string[]).includes(role);

/**
 * From where a row is asked. What leaves the Edge is asked in the DMZ; what is for the internal interface, or stands
 * in the internal table, from inside; everything else from outside.
 */
export const vantageOf = (rule: Pick<Rule, 'table' | 'from' | 'to'>): Vantage => {
  if (isEdgeRole(rule.from)) return 'dmz';
  return rule.table === 'internal' || rule.to === 'edge-internal' ? 'inside' : 'outside';
};
