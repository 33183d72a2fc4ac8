import { normaliseAddress } from './address.ts';
import { firstFew } from './explain-words.ts';
import { type Finding, finding } from './findings.ts';
import { edgeNames, type NameSeen, serviceRecords } from './names.ts';
import { printable } from './printable.ts';
import type { Site } from './site.ts';
import type { Vantage } from './site-roles.ts';

const nameCap = 80;

/** The addresses that a name may lead to from a vantage: of every node that bears it. */
const rightful = (name: string, site: Site, vantage: Vantage): Set<string> =>
  new Set(
    site.servers
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ fqdn }) => fqdn === name)
      .flatMap(({ address, publicAddress }) =>
        // The address behind the translation is of no use to anybody outside.
        vantage === 'outside' ? [publicAddress ?? address] : [address, publicAddress ?? address],
      ),
  );

const addressesOf = ({ answers }: NameSeen): string[] =>
  answers.flatMap((answer) => {
    const [, address] = /^(?:A|AAAA) (\S+)$/.exec(answer) ?? [];
    return address === undefined ? [] : [address];
  });

const split = (seen: NameSeen, site: Site, vantage: Vantage): Finding[] => {
  const right = rightful(seen.name, site, vantage);
  const wrong = addressesOf(seen).filter((address) => !right.has(normaliseAddress(address)));
  if (wrong.length === 0 || right.size === 0) return [];
  const shown = firstFew(
    wrong.map((address) => printable(address, nameCap)),
    3,
    'addresses',
  );
  const message = `${seen.server} says ${shown}; the site file says ${firstFew([...right], 4, 'addresses')}`;
  return [finding('dns-split', seen.name, message)];
};

const service = (seen: NameSeen, port: number, site: Site): Finding[] => {
  const access = site.servers.flatMap(({ endpoints }) => endpoints).filter(({ role }) => role === 'access-edge');
  const own = new Set(access.flatMap(({ fqdn }) => fqdn?.toLowerCase() ?? []));
  const records = seen.answers.flatMap((answer) => {
    const [, at, target = ''] = /^SRV \d+ \d+ (\d+) (\S+)$/.exec(answer) ?? [];
    return at === undefined ? [] : [{ port: Number(at), target: target.toLowerCase().replace(/\.$/, '') }];
  });
  if (records.length === 0) return [finding('srv-missing', seen.name, `${seen.server} knows no such record`)];
  const isGood = (record: (typeof records)[number]): boolean =>
    record.port === port && (own.size === 0 || own.has(record.target));
  if (records.some(isGood)) return [];
  const shown = firstFew(
    records.map((one) => `${printable(one.target, nameCap)} port ${one.port}`),
    3,
    'records',
  );
  const wanted = own.size === 0 ? `port ${port}` : `${[...own].join(' or ')} port ${port}`;
  return [finding('srv-missing', seen.name, `${seen.server} says ${shown}; needed is ${wanted}`)];
};

/** What the DNS says of the names of the site, against the site file. Never part of a verdict. */
export const diagnoseNames = (names: readonly NameSeen[], site: Site, vantage: Vantage): Finding[] => {
  const hosts = new Set(edgeNames(site));
  const ports = new Map(serviceRecords(site).map(({ name, port }) => [name, port]));
  return names.flatMap((seen) => {
    const port = ports.get(seen.name);
    if (port !== undefined) return service(seen, port, site);
    return hosts.has(seen.name) ? split(seen, site, vantage) : [];
  });
};
