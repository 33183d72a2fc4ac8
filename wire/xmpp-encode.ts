/** The namespaces of RFC 6120 section 4.8, 5 and 6, and of XEP-0220. */
export const xmppNamespaces = {
  streams: 'http://etherx.jabber.org/streams',
  server: 'jabber:server',
  dialback: 'jabber:server:dialback',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  dialbackFeature: 'urn:xmpp:features:dialback',
} as const;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
};

/** Text for XML content and attributes; characters that XML 1.0 cannot hold at all are dropped. */
const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>'"]/g, (character) => references[character] ?? character);

const encode = (xml: string): Uint8Array => new TextEncoder().encode(xml);

const attribute = (name: string, value: string | null): string =>
  value === null ? '' : ` ${name}='${escapeXml(value)}'`;

/**
 * Opens a server-to-server stream (RFC 6120 section 4.7), with the dialback namespace, as version 1.0: without a
 * version no features come back. With `id` it is the response stream header.
 */
export const encodeStreamHeader = (options: {
  readonly from: string | null;
  readonly to: string | null;
  readonly id?: string;
  readonly lang?: string;
}): Uint8Array => {
  const { server, dialback, streams } = xmppNamespaces;
  const names = [
    attribute('xmlns', server),
    attribute('xmlns:db', dialback),
    attribute('xmlns:stream', streams),
    attribute('id', options.id ?? null),
    attribute('from', options.from),
    attribute('to', options.to),
    attribute('version', '1.0'),
    attribute('xml:lang', options.lang ?? 'en'),
  ];
  return encode(`<?xml version='1.0'?><stream:stream${names.join('')}>`);
};

/** `<stream:features>` (RFC 6120 section 4.3.2). */
export const encodeFeatures = (options: {
  readonly starttls: 'required' | 'optional' | 'absent';
  readonly mechanisms: readonly string[];
  readonly dialback: boolean;
}): Uint8Array => {
  const { tls, sasl, dialbackFeature } = xmppNamespaces;
  let features = '';
  if (options.starttls === 'optional') features += `<starttls xmlns='${tls}'/>`;
  if (options.starttls === 'required') features += `<starttls xmlns='${tls}'><required/></starttls>`;
  if (options.mechanisms.length > 0) {
    const list = options.mechanisms.map((mechanism) => `<mechanism>${escapeXml(mechanism)}</mechanism>`);
    features += `<mechanisms xmlns='${sasl}'>${list.join('')}</mechanisms>`;
  }
  if (options.dialback) features += `<dialback xmlns='${dialbackFeature}'/>`;
  return encode(`<stream:features>${features}</stream:features>`);
};

/** Asks for TLS (RFC 6120 section 5.4.2.1). Nothing may be sent between it and the ClientHello. */
export const encodeStartTls = (): Uint8Array => encode(`<starttls xmlns='${xmppNamespaces.tls}'/>`);

/** Grants it. */
export const encodeProceed = (): Uint8Array => encode(`<proceed xmlns='${xmppNamespaces.tls}'/>`);

/** Refuses it, and closes the stream (RFC 6120 section 5.4.2.2). */
export const encodeTlsFailure = (): Uint8Array => encode(`<failure xmlns='${xmppNamespaces.tls}'/></stream:stream>`);

/** The polite end of a stream. */
export const encodeStreamClose = (): Uint8Array => encode('</stream:stream>');

/** A stream error and the end of the stream (RFC 6120 section 4.9). Throws where the condition is no element name. */
export const encodeStreamError = (condition: string, text?: string): Uint8Array => {
  if (!/^[a-z-]+$/.test(condition)) throw new Error(`"${condition}" is not a stream error condition`);
  const namespace = xmppNamespaces.streamErrors;
  const said = text === undefined ? '' : `<text xmlns='${namespace}' xml:lang='en'>${escapeXml(text)}</text>`;
  return encode(`<stream:error><${condition} xmlns='${namespace}'/>${said}</stream:error></stream:stream>`);
};
