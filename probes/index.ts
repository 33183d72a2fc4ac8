import { dns } from './dns.ts';
import { http } from './http.ts';
import { msturn } from './msturn.ts';
import type { Probe, Row } from './probe.ts';
import { sip } from './sip.ts';
import { stun } from './stun.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import { udp } from './udp.ts';
import { xmpp } from './xmpp.ts';

/** The registry: every probe, in the order in which rows are offered to them. */
export const probes: readonly Probe[] = [xmpp, sip, stun, msturn, tls, dns, http, tcp, udp];

/** The probe of that name. Throws if there is none: names come from this registry. */
export const probeNamed = (name: string): Probe => {
  const found = probes.find((probe) => probe.name === name);
  if (found === undefined) throw new Error(`there is no probe ${name}`);
  return found;
};

/** The probe that asks rows of that kind; null where there is none yet. */
export const probeFor = (row: Row): Probe | null => probes.find((probe) => probe.asks(row)) ?? null;
