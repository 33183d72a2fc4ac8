import type { HalfOpenRecord } from './half-open-book.ts';
import type { HeardRange } from './heard-ports.ts';
import { formatPorts } from './ports.ts';
import type { Place } from './respond.ts';
import type { Heard, RespondLog } from './respond-log.ts';
import type { Part } from './respond-services.ts';
import type { Standing } from './respond-text.ts';
import type { Site } from './site.ts';

/** Ports that a responder stood on, and for whom. */
export interface RecordedPlace {
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly ports: string;
  readonly probes: readonly string[];
  /** `edge1 av-edge`: names and roles of the site file. */
  readonly who: readonly string[];
  readonly rules: readonly string[];
}

/** One request, with the rows that are asked there. */
export interface RecordedRequest extends Heard {
  readonly rules: readonly string[];
}

/**
 * What one responder heard: the document of `respond --record`. A run and a record are compared by the transactions that
 * both hold, never by their clocks.
 */
export interface FarRecord {
  readonly schema: 'edgeprobe/record/v1';
  readonly site: string;
  readonly siteDigest: string;
  readonly as: Part;
  readonly host: string;
  readonly tool: { readonly name: 'edgeprobe'; readonly version: string };
  readonly startedAt: string;
  /** Until then it tells what came. */
  readonly finishedAt: string;
  /** False: the responder still ran when this was written. */
  readonly ended: boolean;
  readonly listening: readonly RecordedPlace[];
  readonly notListening: readonly (RecordedPlace & { readonly code: string; readonly message: string })[];
  readonly heard: readonly RecordedRequest[];
  /** What was heard on ranges of ports, by peer and sweep. */
  readonly heardRanges: readonly HeardRange[];
  /** Requests that were heard and not kept: then what is not in here may have come all the same. */
  readonly heardTruncated: number;
  /** Connections that began and were never finished; null where the system does not show them. */
  readonly halfOpen: HalfOpenRecord | null;
}

const placeOf = ({ transport, address, ports, services }: Place): RecordedPlace => ({
  transport,
  address,
  ports: formatPorts([ports]),
  probes: [...new Set(services.map(({ probe }) => probe))],
  who: [...new Set(services.map(({ who }) => who))],
  rules: [...new Set(services.flatMap(({ rules }) => rules))],
});

/** Everything a record says beside what was heard. */
export interface RecordFrame {
  readonly site: Site;
  readonly as: Part;
  readonly host: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly ended: boolean;
  readonly halfOpen: HalfOpenRecord | null;
}

/** The rows asked at a port, of all places that stand there. */
const rulesAt = (places: readonly Place[]): ((one: Heard) => readonly string[]) => {
  const byAddress = new Map<string, { place: Place; rules: readonly string[] }[]>();
  for (const place of places) {
    const key = `${place.transport} ${place.address}`;
    const rules = [...new Set(place.services.flatMap((service) => service.rules))];
    byAddress.set(key, [...(byAddress.get(key) ?? []), { place, rules }]);
  }
  return ({ transport, to }) =>
    byAddress
      .get(`${transport} ${to.address}`)
      ?.find(({ place: { ports } }) => ports.from <= to.port && to.port <= ports.to)?.rules ?? [];
};

/** The record of a responder, so far or as it ended. */
export const recordOf = ({ bound, notBound }: Standing, log: RespondLog, frame: RecordFrame): FarRecord => {
  const rules = rulesAt(bound);
  return {
    schema: 'edgeprobe/record/v1',
    site: frame.site.name,
    siteDigest: frame.site.digest,
    as: frame.as,
    host: frame.host,
    tool: { name: 'edgeprobe', version: frame.version },
    startedAt: frame.startedAt.toISOString(),
    finishedAt: frame.finishedAt.toISOString(),
    ended: frame.ended,
    listening: bound.map(placeOf),
    notListening: notBound.map((one) => ({ ...placeOf(one), code: one.code, message: one.message })),
    heard: log.heard().map((one) => ({ ...one, rules: rules(one) })),
    heardRanges: log.ranges(),
    heardTruncated: log.left(),
    halfOpen: frame.halfOpen,
  };
};
