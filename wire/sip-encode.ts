import { type SipRequest, type SipTransaction, sipHeader } from './sip.ts';

/** Everything an OPTIONS request says; nothing of it is made up here. */
export interface SipOptionsWanted extends SipTransaction {
  /** Domain or address asked for: Request-URI and To. */
  readonly to: string;
  /** Domain we say we are. */
  readonly from: string;
  /** Tag and endpoint identifier of From; Lync clients send both, `epid` being 10 hex digits. */
  readonly tag: string;
  readonly epid: string;
  /** Our end of the connection. */
  readonly local: { readonly address: string; readonly port: number };
  readonly userAgent: string;
}

/** A host as it stands in a SIP URI: IPv6 addresses in brackets. Null for what cannot stand there. */
export const sipHost = (text: string): string | null => {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(bare) && bare.length <= 45) return `[${bare}]`;
  return /^[\w.-]{1,255}$/.test(text) ? text : null;
};

const hostOrThrow = (text: string): string => {
  const host = sipHost(text);
  if (host === null) throw new RangeError(`${JSON.stringify(text)} is no host of a SIP URI`);
  return host;
};

const lines = (...all: readonly string[]): Uint8Array => new TextEncoder().encode(`${all.join('\r\n')}\r\n\r\n`);

/**
 * An OPTIONS request over TLS (RFC 3261 section 11): what every SIP server answers without knowing us.
 * @throws RangeError where `to`, `from` or the local address is no host.
 */
export const encodeOptions = (wanted: SipOptionsWanted): Uint8Array => {
  const { branch, callId, cseq, tag, epid, userAgent } = wanted;
  const [to, from] = [hostOrThrow(wanted.to), hostOrThrow(wanted.from)];
  const local = `${hostOrThrow(wanted.local.address)}:${wanted.local.port}`;
  return lines(
    `OPTIONS sip:${to} SIP/2.0`,
    `Via: SIP/2.0/TLS ${local};branch=${branch}`,
    'Max-Forwards: 70',
    `From: <sip:edgeprobe@${from}>;tag=${tag};epid=${epid}`,
    `To: <sip:${to}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    `Contact: <sip:${local};transport=tls>`,
    `User-Agent: ${userAgent}`,
    'Accept: application/sdp',
    'Content-Length: 0',
  );
};

/** What an answer says beside what it copies from the request. */
export interface SipAnswer {
  readonly status: number;
  readonly reason: string;
  /** Tag of To, where the request had none (RFC 3261 section 8.2.6.2). */
  readonly toTag: string;
  readonly server: string;
  /** Further fields, such as Allow. */
  readonly also?: readonly (readonly [string, string])[];
}

// A value that was read has no line ends any more; whatever else is odd in it goes back as it came.
const oneLine = (value: string): string => value.replace(/[\r\n]/g, ' ');

/** The answer to a request: every Via in order, From, To, Call-ID and CSeq copied (RFC 3261 section 8.2.6). */
export const encodeAnswer = (request: SipRequest, answer: SipAnswer): Uint8Array => {
  const { status, reason, toTag, server, also = [] } = answer;
  const copied = (header: string, name: string): string[] => {
    const value = sipHeader(request, name);
    return value === null ? [] : [`${header}: ${oneLine(value)}`];
  };
  const to = oneLine(sipHeader(request, 'to') ?? '<sip:unknown.invalid>');
  return lines(
    `SIP/2.0 ${status} ${reason}`,
    ...request.headers.filter(({ name }) => name === 'via').map(({ value }) => `Via: ${oneLine(value)}`),
    ...copied('From', 'from'),
    `To: ${/;\s*tag\s*=/i.test(to) ? to : `${to};tag=${toTag}`}`,
    ...copied('Call-ID', 'call-id'),
    ...copied('CSeq', 'cseq'),
    `Server: ${server}`,
    ...also.map(([name, value]) => `${name}: ${value}`),
    'Content-Length: 0',
  );
};
