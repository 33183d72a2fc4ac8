import { familyOf } from './address.ts';
import { externalRoles } from './rule.ts';
import type { ServerRole } from './site-roles.ts';
import type { SiteInput } from './site-schema.ts';

type Warn = (path: (string | number)[], message: string) => void;

type Endpoint = NonNullable<NonNullable<SiteInput['servers']>[string][ServerRole]>;

interface Placed {
  readonly server: string;
  readonly role: ServerRole;
  readonly endpoint: Endpoint;
  readonly path: string[];
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

const isExternal = (role: string): boolean => (externalRoles as readonly string[]).includes(role);

const placedOf = (site: SiteInput): Placed[] =>
  Object.entries(site.servers ?? {}).flatMap(([server, roles]) =>
    Object.entries(roles).flatMap(([role, endpoint]): Placed[] =>
      endpoint === undefined || isLoopback(endpoint.address)
        ? []
        : [{ server, role: role as ServerRole, endpoint, path: ['servers', server, role] }],
    ),
  );

/** Where a service of the external leg listens for TCP 443, which all of them have. */
const portOf443 = ({ ports }: Endpoint): number =>
  ports?.find(({ documented }) => documented.from === 443)?.actual.from ?? 443;

/** Access, Web Conferencing and A/V all listen on 443: at one address they take it from each other. */
const sharedAddresses = (all: readonly Placed[], warn: Warn): void => {
  const taken = new Map<string, Placed>();
  for (const placed of all.filter(({ role }) => isExternal(role))) {
    const { endpoint, role, server, path } = placed;
    const { address, publicAddress } = endpoint;
    const port = portOf443(endpoint);
    const twin = taken.get(`${address} ${port}`);
    if (twin !== undefined && twin.role !== role) {
      warn(
        [...path, 'address'],
        `${twin.role} of ${twin.server} listens on tcp/${port} of ${address} too; give one of them an address of its own, or another port under ports`,
      );
    }
    taken.set(`${address} ${port}`, twin ?? placed);
    if (publicAddress === undefined) continue;
    const published = taken.get(`public ${publicAddress} ${port}`);
    if (published !== undefined && published.endpoint.address !== address) {
      warn(
        [...path, 'publicAddress'],
        `is the publicAddress of ${published.role} of ${published.server} too, which stands elsewhere (${published.endpoint.address}): every service of every server needs one of its own`,
      );
    }
    taken.set(`public ${publicAddress} ${port}`, published ?? { ...placed, server });
  }
};

/** Translation is for the whole external leg or for none of it, and from one address to another of its family. */
const translation = (all: readonly Placed[], site: SiteInput, warn: Warn): void => {
  const external = all.filter(({ role }) => isExternal(role));
  const translated = external.filter(({ endpoint }) => endpoint.publicAddress !== undefined);
  for (const { endpoint, path } of translated) {
    const { address, publicAddress = '' } = endpoint;
    const families = [familyOf(address), familyOf(publicAddress)];
    if (address === publicAddress)
      warn([...path, 'publicAddress'], 'is the address itself: leave it out where nothing is translated');
    else if (!families.includes(null) && families[0] !== families[1]) {
      warn(
        [...path, 'publicAddress'],
        `${publicAddress} is of another family than ${address}, and NAT translates within one`,
      );
    }
  }
  const [first] = translated;
  if (first !== undefined) {
    for (const { role, server, path } of external.filter(({ endpoint }) => endpoint.publicAddress === undefined)) {
      warn(
        path,
        `${first.role} of ${first.server} has a publicAddress, and ${role} of ${server} has none: translate the whole external leg, or nothing of it`,
      );
    }
  }
  const packs = site.packs ?? [];
  // In a slice for outside the public addresses stand in the place of the others.
  if (external.length === 0 || site.slice !== undefined) return;
  if (packs.includes('lync2013-edge-nat') && first === undefined) {
    warn(
      ['packs'],
      'lync2013-edge-nat is for an Edge behind NAT, and nothing has a publicAddress: add it, or take lync2013-edge-public',
    );
  }
  if (packs.includes('lync2013-edge-public') && !packs.includes('lync2013-edge-nat') && first !== undefined) {
    warn(
      ['packs'],
      `lync2013-edge-public is for an Edge without NAT, and ${first.role} of ${first.server} has a publicAddress: take lync2013-edge-nat`,
    );
  }
};

const network = (address: string): string | null =>
  familyOf(address) === 4 ? address.split('.').slice(0, 3).join('.') : null;

/** The two legs of an Edge stand in different networks with no route between them. */
const legs = (all: readonly Placed[], warn: Warn): void => {
  for (const { server, endpoint, path } of all.filter(({ role }) => role === 'edge-internal')) {
    const inside = network(endpoint.address);
    const near = all.find(
      (one) =>
        one.server === server &&
        isExternal(one.role) &&
        one.endpoint.address !== endpoint.address &&
        inside !== null &&
        network(one.endpoint.address) === inside,
    );
    if (near === undefined) continue;
    warn(
      [...path, 'address'],
      `stands in ${inside}.0/24 with ${near.role} (${near.endpoint.address}): the legs of an Edge belong into different networks`,
    );
  }
};

/** A responder that has nothing to prove itself with. */
const unproven = (all: readonly Placed[], site: SiteInput, warn: Warn): void => {
  if (site.responder?.credentialsFile !== undefined) return;
  const far = Object.entries(site.far ?? {}).filter(([, { responder, address }]) => responder && !isLoopback(address));
  const ours = all.filter(({ endpoint }) => endpoint.responder);
  const [path] = [...ours.map((one) => one.path), ...far.map(([name]) => ['far', name])];
  if (path === undefined) return;
  warn([...path, 'responder'], 'without responder.credentialsFile it cannot prove itself, and passes are worth less');
};

/** Names that certificates must carry, where an address alone is given. */
const names = (all: readonly Placed[], warn: Warn): void => {
  for (const { role, endpoint, path } of all) {
    const shown = role === 'access-edge' || role === 'webconf-edge' || role === 'edge-internal';
    if (!shown || endpoint.fqdn !== undefined || familyOf(endpoint.address) === null) continue;
    warn(path, 'has no fqdn: the name in its certificate is not compared with anything');
  }
};

/** What a site file lets expect of the network without a packet sent: topologies that cannot work, or are not supported. */
export const lintSite = (site: SiteInput, warn: Warn): void => {
  const all = placedOf(site);
  sharedAddresses(all, warn);
  translation(all, site, warn);
  legs(all, warn);
  unproven(all, site, warn);
  names(all, warn);
};
