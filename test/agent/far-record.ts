import { type JudgedAgain, judgeAgain, openRecords } from '../../agent/judge-again.ts';
import type { RecordFile } from '../../agent/record-file.ts';
import { parseRecord } from '../../agent/record-file.ts';
import type { Report } from '../../agent/report.ts';
import type { FarRecord, RecordedRequest } from '../../agent/respond-record.ts';
import { parseSite } from '../../agent/site.ts';
import type { Attempt, Observation, Outcome } from '../../probes/observation.ts';
import { judged, type RowSeen, row, seen, siteText, startedAt } from './fixtures.ts';

/** An instant so many seconds after the run began, by a clock that is so many seconds ahead. */
export const instant = (seconds: number, ahead = 0): string =>
  new Date(startedAt.getTime() + (seconds + ahead) * 1000).toISOString();

const { digest: siteDigest } = parseSite(siteText, 'contoso.yaml', startedAt);

/** Ids as they stand in a report: each attempt has one of its own. */
const idOf = (n: number): string => n.toString(16).padStart(24, '0');

export const outside = '198.51.100.7';

/** A question of three dials, each with an id, and what it came to. */
export const sent = (outcome: Outcome, ids: readonly number[], more: Partial<Observation> = {}): Observation => {
  const attempts = ids.map(
    (id, index): Attempt => ({
      at: instant(index),
      sourcePort: 51_234 + index,
      outcome,
      seconds: 4,
      requests: 1,
      sent: [idOf(id)],
    }),
  );
  return seen(outcome, { probe: 'stun', durationSeconds: 4, attempts, ...more });
};

/** One request as a responder wrote it down. */
export const heard = (id: number | null, more: Partial<RecordedRequest> = {}): RecordedRequest => ({
  at: instant(0.004),
  transport: 'udp',
  from: { address: outside, port: 51_234 },
  to: { address: '131.107.155.30', port: 3478 },
  protocol: id === null ? 'nothing' : 'stun',
  transaction: id === null ? null : idOf(id),
  ...{ signed: false, served: true, times: 1, rules: [] },
  ...more,
});

const place = (
  transport: 'tcp' | 'udp',
  ports: string,
  who: string,
  address: string,
): FarRecord['listening'][number] => ({ transport, address, ports, probes: [], who: [who], rules: [] });

/** Everything that the sample's rows ask of edge1, and the partner's host. */
export const everything: FarRecord['listening'] = [
  place('udp', '3478', 'edge1 av-edge', '131.107.155.30'),
  place('udp', '50000-59999', 'edge1 av-edge', '131.107.155.30'),
  place('tcp', '50000-59999', 'edge1 av-edge', '131.107.155.30'),
  place('tcp', '443', 'edge1 access-edge', '131.107.155.10'),
  place('tcp', '5061', 'edge1 access-edge', '131.107.155.10'),
  place('udp', '3478', 'litware av-partner', '198.51.100.80'),
];

/** The record of a responder that stood from a minute before the run to a minute after it. */
export const record = (more: Partial<FarRecord> = {}, ahead = 0): RecordFile => {
  const written: FarRecord = {
    schema: 'edgeprobe/record/v1',
    ...{ site: 'contoso', siteDigest, as: 'edge', host: 'edge-1', ended: true },
    tool: { name: 'edgeprobe', version: '0.1.0' },
    startedAt: instant(-60, ahead),
    finishedAt: instant(120, ahead),
    listening: everything,
    notListening: [],
    ...{ heard: [], heardRanges: [], heardTruncated: 0, halfOpen: null },
    ...more,
  };
  return { record: parseRecord(JSON.stringify(written), 'far.json'), file: 'far.json', digest: 'cafe0123' };
};

/** The id of the witness: a request of the same run that the responder heard. */
const witnessId = 99;

/** A row that passes, by which the record is known to be of this run. */
const witness: RowSeen = {
  rule: row('external-sip-tcp-443-in'),
  at: { edge1: sent('answered', [witnessId], { probe: 'tls', durationSeconds: 0.02 }) },
};

/** That row as the responder heard it. */
export const witnessed = (more: Partial<RecordedRequest> = {}): RecordedRequest =>
  heard(witnessId, { transport: 'tcp', protocol: 'tls', to: { address: '131.107.155.10', port: 443 }, ...more });

/** Judges rows, and the witness after them, again with a record. */
export const again = (
  rows: readonly RowSeen[],
  files: RecordFile | readonly RecordFile[],
  run: Parameters<typeof judged>[1] = {},
): JudgedAgain & { readonly before: Report } => {
  const before = judged([...rows, witness], run).report;
  const list = Array.isArray(files) ? (files as readonly RecordFile[]) : [files as RecordFile];
  return { ...judgeAgain(before, openRecords(list)), before };
};
