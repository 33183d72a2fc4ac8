import { edgeRoles } from './rule.ts';

/** The roles our own machines may play. */
export const serverRoles = [...edgeRoles, 'front-end', 'director'] as const;
export type ServerRole = (typeof serverRoles)[number];

/** What somebody else's host may be asked as. */
export const farRoles = [
  'sip-partner',
  'xmpp-partner',
  'av-partner',
  'dns-server',
  'crl-server',
  'public-im-partner',
  'live-messenger-client',
] as const;
export type FarRole = (typeof farRoles)[number];

/** Where an agent may stand. */
export const vantages = ['inside', 'dmz', 'outside'] as const;
export type Vantage = (typeof vantages)[number];
