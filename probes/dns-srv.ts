import { dns } from './dns.ts';
import type { Outcome } from './observation.ts';
import type { Asking, Question } from './probe.ts';

/** One SRV record (RFC 2782). */
export interface ServiceRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** What a DNS server said of one service. */
export interface ServiceAnswer {
  readonly name: string;
  readonly outcome: Outcome;
  /** Null where nothing was answered. */
  readonly rcode: string | null;
  /** Null where nothing was answered, or nothing readable. */
  readonly records: readonly ServiceRecord[] | null;
}

/** The services that others look up to reach an Edge: federation, its users from outside, XMPP partners. */
export const serviceNames = (domain: string): readonly string[] =>
  ['_sipfederationtls._tcp', '_sip._tls', '_xmpp-server._tcp'].map((service) => `${service}.${domain}`);

/** Reads `SRV 0 0 5061 sip.contoso.com`, as the facts of the probe have it; null for other records. */
export const readServiceRecord = (answer: string): ServiceRecord | null => {
  const parts = /^SRV (\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)$/.exec(answer);
  if (!parts) return null;
  const [, priority, weight, port, target = ''] = parts;
  return { priority: Number(priority), weight: Number(weight), port: Number(port), target: target.toLowerCase() };
};

/** Asks a DNS server for the service records of a domain, one after the other. `question` says whom, how, and how long. */
export const askServices = async (question: Question, domain: string, asking: Asking): Promise<ServiceAnswer[]> => {
  const answers: ServiceAnswer[] = [];
  for (const name of serviceNames(domain)) {
    const { outcome, facts } = await dns.run({ ...question, options: { query: name } }, asking);
    const { rcode = null, answers: listed } = facts as { readonly rcode?: string; readonly answers?: unknown };
    const texts = Array.isArray(listed) ? listed.map(String) : null;
    const records = texts?.flatMap((text) => readServiceRecord(text) ?? []) ?? null;
    answers.push({ name, outcome, rcode, records });
  }
  return answers;
};
