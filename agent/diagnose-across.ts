import { type Finding, finding } from './findings.ts';
import type { MergedRow } from './merge-rows.ts';
import { isEdgeRole } from './vantage.ts';

/** The port of server-to-server streams (RFC 6120 section 14.7). */
const streamPort = '5269';

/** Verdicts that say the way is closed, or that nobody is there; silence that was not earned says neither. */
const isClosed = ({ verdict, expect }: MergedRow): boolean => verdict === 'fail' && expect === 'reachable';

const isOpen = ({ verdict, expect }: MergedRow): boolean => verdict === 'pass' && expect === 'reachable';

/** A finding of several rows, with the rows it stands on. */
export interface Across {
  readonly finding: Finding;
  readonly rows: readonly MergedRow[];
}

/**
 * XMPP in one direction only: the server that is called calls back to check who calls (dialback), so half of it is
 * nothing. One vantage sees one direction, so it takes the rows of a merged report.
 */
export const xmppOneWay = (rows: readonly MergedRow[]): Across[] => {
  const streams = rows.filter(({ protocol, ports }) => protocol === 'XMPP' && ports === streamPort);
  const inwards = streams.filter(({ to, from }) => isEdgeRole(to) && !isEdgeRole(from));
  const outwards = streams.filter(({ to, from }) => isEdgeRole(from) && !isEdgeRole(to));
  const made = (open: MergedRow, closed: MergedRow, message: string): Across => ({
    finding: finding('xmpp-one-way', 'access-edge tcp/5269', message),
    rows: [open, closed],
  });
  const [openIn, openOut] = [inwards.find(isOpen), outwards.find(isOpen)];
  const [closedIn, closedOut] = [inwards.find(isClosed), outwards.find(isClosed)];
  // Two packs may hold one row: what is open in one of them is not closed.
  if (openOut && closedIn && !openIn) {
    return [made(openOut, closedIn, `our streams reach partners, and theirs do not reach us (${closedIn.because})`)];
  }
  if (openIn && closedOut && !openOut) {
    return [made(openIn, closedOut, `partners reach us, and our streams do not reach them (${closedOut.because})`)];
  }
  return [];
};
