import type { Probe, Row } from './probe.ts';
import { stun } from './stun.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import { xmpp } from './xmpp.ts';

/** The registry: every probe, in the order in which rows are offered to them. */
export const probes: readonly Probe[] = [xmpp, stun, tls, tcp];

/** The probe of that name, undefined if there is none. */
export const probeNamed = (name: string): Probe | undefined => probes.find((probe) => probe.name === name);

/** The probe that asks rows of that kind; null where there is none yet. */
export const probeFor = (row: Row): Probe | null => probes.find((probe) => probe.asks(row)) ?? null;
