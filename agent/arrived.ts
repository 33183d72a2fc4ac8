/**
 * What a responder's record says of one check.
 *
 * - `yes` our request arrived and was served, or its connection stayed half-open
 * - `refused` it arrived from an address that is not served
 * - `elsewhere` it arrived at another place than the one asked
 * - `connection` the connection arrived, and nothing of what was said on it
 * - `no` it listened there all the time, and nothing arrived
 * - `unknown` the record cannot tell
 */
export type Arrived = 'yes' | 'refused' | 'elsewhere' | 'connection' | 'no' | 'unknown';

/** What the far end saw of one check: part of the report format. */
export interface FarSeen {
  /** Whose record it is. */
  readonly host: string;
  readonly as: string;
  readonly digest: string;
  /** It listened on what was asked for as long as it was asked. */
  readonly listening: boolean;
  readonly arrived: Arrived;
  readonly witness: 'request' | 'half-open' | null;
  /** The addresses that our requests came from, as it saw them. */
  readonly from: readonly string[];
  /** Requests of ours that it heard, repeated ones among them; of a sweep, ports. */
  readonly requests: number;
  /** When the first came, by its clock (UTC). */
  readonly at: string | null;
  /** `udp/3478 on 10.45.16.10`, where it arrived at another place. */
  readonly elsewhere: string | null;
  /** Of a sweep, by outcome: the ports of which something arrived. */
  readonly groups?: Readonly<Record<string, { readonly arrived: number; readonly of: number }>>;
}

/** Whose word it is. */
interface Teller {
  readonly record: { readonly host: string; readonly as: string };
  readonly digest: string;
}

/** What a record says that tells nothing of a check: silence counts only where it would have been broken. */
export const unseen = ({ record, digest }: Teller): FarSeen => ({
  ...{ host: record.host, as: record.as, digest, listening: false, arrived: 'unknown', witness: null },
  ...{ from: [], requests: 0, at: null, elsewhere: null },
});
