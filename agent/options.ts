import type { ProbeOptions } from '../probes/probe.ts';
import { formatHostPort, isHostName } from './address.ts';
import type { AskedRule } from './asked-rule.ts';
import { listPorts, parsePorts } from './ports.ts';
import { actualPorts, type Site } from './site.ts';
import type { Target } from './targets.ts';

/** The domain we say we are when the site gives none: reserved by RFC 2606, so it is nobody's. */
const nobodysDomain = 'edgeprobe.invalid';

/**
 * Ports asked of a UDP range where no responder listens, spread over it with both ends among them: silence from UDP
 * where nobody lives is not evidence, so ten thousand questions would tell no more than a few.
 */
const portsWhereNobodyAnswers = 16;

/** Source ports that a service is asked from which is not our responder: it is somebody's, and at work. */
const sourcePortsToStrangers = 64;

/** Ports asked of a TCP range that must be shut, where no responder listens: what opens a range opens all of it. */
const portsThatMustBeShut = 256;

/**
 * Dials of a single port that must be shut, from two source ports. Nothing is asked a third time there: silence is what
 * is hoped for, and what proves it is an answer of another port of the address.
 */
const dialsIntoSilence = 2;

const nameOf = (target: Target): string | null => target.fqdn ?? (isHostName(target.address) ? target.address : null);

const xmppDomainOf = (of: { readonly xmppDomain: string | null; readonly sipDomain: string | null }): string | null =>
  of.xmppDomain ?? of.sipDomain;

/**
 * Who we say we are in a stream: towards our Edge a real partner of it, because an XMPP proxy stays mute to domains
 * it does not know; towards a partner, our own domain.
 */
const xmppFrom = (target: Target, site: Site): string => {
  const partner = site.far.find((far) => far.as.includes('xmpp-partner') && xmppDomainOf(far) !== null);
  const edge = site.servers.flatMap((server) => server.endpoints).find((endpoint) => xmppDomainOf(endpoint) !== null);
  const from = target.role === 'access-edge' ? partner : edge;
  return (from === undefined ? null : xmppDomainOf(from)) ?? nobodysDomain;
};

const ownSipDomain = (site: Site): string | null =>
  site.servers.flatMap((server) => server.endpoints).find(({ sipDomain }) => sipDomain !== null)?.sipDomain ?? null;

/** The name to ask a DNS server for: the site's own SIP domain if the file names none; left out, it is the root. */
const dnsQuery = (target: Target, site: Site): ProbeOptions => {
  const query = target.query ?? ownSipDomain(site);
  return query === null ? {} : { query };
};

/** What to fetch: the URL of the site file, or the first page of that host. */
const pageOf = (scheme: 'http' | 'https', name: string | null, target: Target): string => {
  const host = formatHostPort(name ?? target.address, target.ports.from);
  return target.url ?? new URL(`${scheme}://${host}/`).href;
};

const documentedRelayPorts = { from: 50_000, to: 59_999 };

/** What to log on with at an A/V Edge of ours that has a credential, and where its relays are to be. */
const turnOptions = (target: Target, site: Site): ProbeOptions => {
  const endpoints = target.ours ? site.servers.flatMap((server) => server.endpoints) : [];
  const endpoint = endpoints.find(({ name, role }) => name === target.name && role === target.role);
  if (endpoint === undefined || endpoint.turn === null) return {};
  // Relays stand on the external side, also those asked for on the internal one.
  const relaying = endpoints.find(({ name, role }) => name === target.name && role === 'av-edge') ?? endpoint;
  const { from, to } = actualPorts(relaying.ports, documentedRelayPorts);
  return { credentials: endpoint.turn.credentialsFile, relayPorts: [from, to] };
};

/** What a probe needs beside address and port, from the row and the site file. Equal options make questions equal. */
export const optionsFor = (probe: string, rule: AskedRule, target: Target, site: Site): ProbeOptions => {
  const { credentialsFile } = site.responder;
  // What opens although it must be shut is exposed, whoever opened it.
  const needless = rule.expect === 'blocked' && probe === 'tcp';
  const proof = !needless && target.responder && credentialsFile !== null ? { proof: credentialsFile } : {};
  return { ...ownOptionsFor(probe, rule, target, site), ...proof };
};

const ownOptionsFor = (probe: string, rule: AskedRule, target: Target, site: Site): ProbeOptions => {
  const name = nameOf(target);
  const servername = name === null ? {} : { servername: name };
  if (probe === 'tls') return { security: rule.security === 'none' ? 'tls' : rule.security, ...servername };
  if (probe === 'sip') {
    // An Edge turns away requests for domains it does not serve; without any name its address is asked for.
    const to = target.sipDomain ?? name;
    const from = ownSipDomain(site) ?? nobodysDomain;
    return { security: rule.security, from, ...(to === null ? {} : { to }), ...servername };
  }
  if (probe === 'stun') return turnOptions(target, site);
  if (probe === 'dns') return dnsQuery(target, site);
  if (probe === 'http' && rule.security === 'none') return { url: pageOf('http', name, target) };
  if (probe === 'http') return { security: rule.security, url: pageOf('https', name, target), ...servername };
  if (probe === 'xmpp') {
    const to = xmppDomainOf(target) ?? name ?? nobodysDomain;
    return { security: rule.security, from: xmppFrom(target, site), to, ...servername };
  }
  const range = rule.ports.includes('-') || (rule.sourcePorts?.includes('-') ?? false);
  if ((probe === 'tcp' || probe === 'udp') && range) {
    const { seed, concurrency } = site.sweep;
    return { seed, ...fewOf(probe, rule, target), ...(concurrency === 'auto' ? {} : { concurrency }) };
  }
  return probe === 'tcp' && rule.expect === 'blocked' ? { dials: dialsIntoSilence } : {};
};

/** Which ports of a range are asked, where it is not all of them. */
const fewOf = (probe: string, rule: AskedRule, target: Target): ProbeOptions => {
  if (rule.only !== undefined) return { only: listPorts(parsePorts(rule.only)).sort((a, b) => a - b) };
  if (target.responder) return {};
  if (rule.sourcePorts !== undefined) return { sample: sourcePortsToStrangers };
  if (probe === 'udp') return { sample: portsWhereNobodyAnswers };
  return rule.expect === 'blocked' ? { sample: portsThatMustBeShut } : {};
};
