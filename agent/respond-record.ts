import { formatPorts } from './ports.ts';
import type { Place } from './respond.ts';
import type { Heard, RespondLog } from './respond-log.ts';
import type { Part } from './respond-services.ts';
import type { Standing } from './respond-text.ts';
import type { Site } from './site.ts';

interface RecordedPlace {
  readonly transport: string;
  readonly address: string;
  readonly ports: string;
  readonly probes: readonly string[];
  readonly rules: readonly string[];
}

/** What one responder heard: the document of `respond --record`. */
export interface FarRecord {
  readonly schema: 'edgeprobe/record/v1';
  readonly site: string;
  readonly siteDigest: string;
  readonly as: Part;
  readonly host: string;
  readonly tool: { readonly name: 'edgeprobe'; readonly version: string };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly listening: readonly RecordedPlace[];
  readonly notListening: readonly (RecordedPlace & { readonly code: string; readonly message: string })[];
  readonly heard: readonly Heard[];
  /** Requests that were heard and not kept. */
  readonly heardTruncated: number;
}

const placeOf = ({ transport, address, ports, services }: Place): RecordedPlace => ({
  transport,
  address,
  ports: formatPorts([ports]),
  probes: [...new Set(services.map(({ probe }) => probe))],
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
}

/** The record of a responder that has ended. */
export const recordOf = ({ bound, notBound }: Standing, log: RespondLog, frame: RecordFrame): FarRecord => ({
  schema: 'edgeprobe/record/v1',
  site: frame.site.name,
  siteDigest: frame.site.digest,
  as: frame.as,
  host: frame.host,
  tool: { name: 'edgeprobe', version: frame.version },
  startedAt: frame.startedAt.toISOString(),
  finishedAt: frame.finishedAt.toISOString(),
  listening: bound.map(placeOf),
  notListening: notBound.map((one) => ({ ...placeOf(one), code: one.code, message: one.message })),
  heard: log.heard,
  heardTruncated: log.left(),
});
