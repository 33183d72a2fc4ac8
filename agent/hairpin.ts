import type { Question } from '../probes/probe.ts';
import { familyOf } from './address.ts';
import type { AskedRule } from './asked-rule.ts';
import { parsePorts } from './ports.ts';
import { actualPorts, endpointsOf, type Site } from './site.ts';
import type { Vantage } from './site-roles.ts';
import { sourcesOf } from './sources.ts';

/** From the own address of an A/V Edge behind NAT to the published address of one of its pool, itself among them. */
export interface Hairpin {
  readonly transport: 'tcp' | 'udp';
  /** The A/V Edge that is asked, by its name in the site file. */
  readonly name: string;
  readonly port: number;
  /** The own address of the A/V Edge that asks. */
  readonly source: string;
  readonly address: string;
  /** As the site file says: literal or name. */
  readonly published: string;
}

/** A row of a plan, with the reason why it is not asked. */
interface Row {
  readonly rule: AskedRule;
  readonly skip: { readonly because: string } | null;
}

/** Where a plan is made for. */
interface Here {
  readonly site: Site;
  readonly vantage: Vantage;
  /** The addresses of this machine. */
  readonly owned: ReadonlySet<string>;
}

/** The rows of A/V that are about this way: to the Edge, and from it, as other Edges are reached. */
const isMedia = ({ protocol, from, to, ports, sourcePorts }: AskedRule): boolean =>
  protocol === 'STUN/MSTURN' &&
  (from === 'av-edge' || (from === 'any' && to === 'av-edge')) &&
  !ports.includes('-') &&
  sourcePorts === undefined;

/** The rows that a hairpin concerns, of those that are asked. */
export const hairpinRows = <R extends Row>(rows: readonly R[], transport: Hairpin['transport']): R[] =>
  rows.filter(({ rule, skip }) => isMedia(rule) && rule.transport === transport && skip === null);

/**
 * What the DMZ asks itself in a site behind NAT: media between two users outside goes from the one A/V Edge to the
 * published address of the other, or to its own. Empty elsewhere, without `publicAddress`, and where no address of an
 * A/V Edge is here to ask from.
 * @param rows the rows of the plan, and those that are asked alongside
 */
export const planHairpins = (rows: readonly Row[], from: Here): Hairpin[] => {
  const { site, vantage, owned } = from;
  if (vantage !== 'dmz') return [];
  const edges = endpointsOf(site, 'av-edge');
  // A row that nobody far off can be asked for is needed all the same.
  const needed = rows.filter(({ rule, skip }) => isMedia(rule) && (skip === null || skip.because === 'no-endpoint'));
  const found = needed.flatMap(({ rule }) => {
    const sources = sourcesOf({ ...rule, from: 'av-edge' }, site, vantage, owned);
    const own = sources.kind === 'none' ? [] : sources.addresses;
    const [ports] = parsePorts(rule.ports);
    return edges.flatMap(({ name, address, publicAddress, ports: overrides }) =>
      own.flatMap((source): Hairpin[] => {
        if (ports === undefined || publicAddress === null || publicAddress === address) return [];
        // Media leaves from the address of an A/V Edge, whatever else the site file binds.
        if (source === null || !edges.some((edge) => edge.address === source)) return [];
        const family = familyOf(source);
        if (family === null || familyOf(address) !== family) return [];
        if (![family, null].includes(familyOf(publicAddress))) return [];
        const port = actualPorts(overrides, ports).from;
        return [{ transport: rule.transport, name, port, source, address, published: publicAddress }];
      }),
    );
  });
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
};

const questionAt = ({ transport, port, source }: Hairpin, address: string, deadline: number): Question => ({
  probe: 'stun',
  transport,
  target: { address, port, lastPort: port },
  source: { address: source, port: null },
  deadlineSeconds: deadline,
  options: {},
});

/** What is asked for a hairpin: the A/V Edge at its own address and, where that is answered, at its published one. */
export const hairpinQuestions = (hairpin: Hairpin, deadline: number): [direct: Question, around: Question] => [
  questionAt(hairpin, hairpin.address, deadline),
  questionAt(hairpin, hairpin.published, deadline),
];
