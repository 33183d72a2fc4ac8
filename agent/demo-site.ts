import { parseSite, type Site } from './site.ts';
import { farRoles } from './site-roles.ts';

/** Ports that stand in for documented ones, by host (`edge1/av-edge`, or the name of a far host). */
export type StandInPorts = ReadonlyMap<string, Readonly<Record<string, string | number>>>;

const loopback = '127.0.0.1';
const domain = 'contoso.example';
const partner = 'litware.example';

/** Every name that somebody in the demo is called by; one certificate carries them all. */
export const demoNames: readonly string[] = [
  `sip.${domain}`,
  `webcon.${domain}`,
  domain,
  `edge1.corp.${domain}`,
  `fe1.corp.${domain}`,
  `dir1.corp.${domain}`,
  `sip.${partner}`,
  partner,
];

/** The key under which a host of the demo keeps its ports. */
export const hostKey = (name: string, role: string, ours: boolean): string => (ours ? `${name}/${role}` : name);

/**
 * A small but complete site, all of it on this machine: one Edge with its four services, a Front End, a Director, and
 * a partner for everything that leaves. Its deadline is short, because nothing is far away.
 * @param more keys of the site file beside these
 */
export const demoSiteText = (ports: StandInPorts, more: object = {}): string => {
  const at = (key: string): object => ({ address: loopback, ports: ports.get(key) ?? {} });
  const site = {
    site: 'demo',
    packs: ['lync2013-edge-public'],
    features: 'all',
    servers: {
      edge1: {
        'access-edge': {
          ...at('edge1/access-edge'),
          fqdn: `sip.${domain}`,
          sipDomain: domain,
          xmppDomain: domain,
        },
        'webconf-edge': { ...at('edge1/webconf-edge'), fqdn: `webcon.${domain}` },
        'av-edge': at('edge1/av-edge'),
        'edge-internal': { ...at('edge1/edge-internal'), fqdn: `edge1.corp.${domain}` },
      },
      fe1: { 'front-end': { ...at('fe1/front-end'), fqdn: `fe1.corp.${domain}` } },
      dir1: { director: { ...at('dir1/director'), fqdn: `dir1.corp.${domain}` } },
    },
    far: {
      litware: {
        ...at('litware'),
        as: farRoles,
        sweep: true,
        fqdn: `sip.${partner}`,
        xmppDomain: partner,
      },
    },
    timeouts: { check: '2s' },
    sweep: { rate: 0 },
    ...more,
  };
  return `${JSON.stringify(site, null, 2)}\n`;
};

/** The same, read. */
export const demoSite = (ports: StandInPorts, now: Date): Site => parseSite(demoSiteText(ports), 'demo', now);
