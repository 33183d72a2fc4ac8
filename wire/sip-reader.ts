import { cappedString } from './printable.ts';
import type { SipHeader, SipRequest, SipResponse } from './sip.ts';

/** What was spoken where SIP was expected; `sip` is SIP that broke its own rules. */
export type Spoken = 'sip' | 'http' | 'tls' | 'xml' | 'other';

export type SipEvent =
  | SipResponse
  | SipRequest
  /** No SIP, or more than the caps allow. Nothing comes after it. */
  | { readonly kind: 'bad'; readonly spoken: Spoken; readonly reason: string };

export interface SipReader {
  /** Takes the next bytes and gives the messages whose head became complete. Never throws. */
  push(bytes: Uint8Array): SipEvent[];
}

/** Bytes of one head, and of one body; header fields of one message. */
const headCap = 65_536;
const bodyCap = 65_536;
const fieldsCap = 128;

/** The compact names of RFC 3261 (section 20). */
const compactNames: Readonly<Record<string, string>> = {
  c: 'content-type',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  s: 'subject',
  t: 'to',
  v: 'via',
};

const token = /^[\w.!%*+`'~-]+$/;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Thrown by the reader to itself, caught in push. */
class Refused extends Error {
  readonly spoken: Spoken;

  constructor(reason: string, spoken: Spoken = 'sip') {
    super(reason);
    this.spoken = spoken;
  }
}

/** What speaks like this, where its first line is no start of a SIP message. */
const spokenBy = (line: string): Spoken => {
  if (/^HTTP\//i.test(line)) return 'http';
  if (/^[\x14-\x17]\x03/.test(line)) return 'tls';
  return /^\s*</.test(line) ? 'xml' : 'other';
};

type Start = Pick<SipResponse, 'kind' | 'status' | 'reason'> | Pick<SipRequest, 'kind' | 'method' | 'uri'>;

const startOf = (line: string): Start => {
  const [, status, reason] = /^SIP\/2\.0 (\S+)(?: (.*))?$/i.exec(line) ?? [];
  if (status !== undefined) {
    if (!/^[1-6]\d\d$/.test(status)) throw new Refused(`the status ${cappedString(status, 16)} is none`);
    return { kind: 'response', status: Number(status), reason: cappedString((reason ?? '').trim()) };
  }
  // By the first and the last space: what stands between may be anything (RFC 4475 sections 3.1.2.7 and 3.1.2.8).
  const [first, last] = [line.indexOf(' '), line.lastIndexOf(' ')];
  const [method, uri, version] = [line.slice(0, first), line.slice(first + 1, last).trim(), line.slice(last + 1)];
  if (first < 0 || uri === '' || version.toUpperCase() !== 'SIP/2.0' || !token.test(method)) {
    const nearly = /^SIP\/\d/i.test(line) || /^SIP\/\d/i.test(version);
    throw new Refused('no start line of SIP/2.0', nearly ? 'sip' : spokenBy(line));
  }
  return { kind: 'request', method: cappedString(method, 64), uri: cappedString(uri) };
};

const fieldOf = (line: string): SipHeader => {
  const [, name, value] = /^([^\s:]+)[ \t]*:(.*)$/s.exec(line) ?? [];
  if (name === undefined || value === undefined || !token.test(name)) throw new Refused('a line that is no field');
  const lower = name.toLowerCase();
  return { name: compactNames[lower] ?? lower, value: value.trim() };
};

/** Bytes of the body; a message that does not say has none (RFC 3261 section 18.3 asks streams to say). */
const bodyLength = (fields: readonly SipHeader[]): number => {
  const said = new Set(fields.filter(({ name }) => name === 'content-length').map(({ value }) => value));
  const [value, ...others] = said;
  if (value === undefined) return 0;
  if (others.length > 0) throw new Refused('two lengths of one body');
  if (!/^\d+$/.test(value)) throw new Refused('a Content-Length that is none');
  if (Number(value) > bodyCap) throw new Refused(`a body of more than ${bodyCap} bytes`);
  return Number(value);
};

/**
 * Reads SIP messages from a byte stream (RFC 3261 sections 7 and 18.3): folded lines, compact names, line ends between
 * messages (RFC 5626 keep-alives) skipped, bodies skipped. A bare LF ends a line as well.
 * A head or body of more than 64 KiB, or more than 128 fields, ends the reading.
 */
export const createSipReader = (): SipReader => {
  /** Bytes of the line that is not complete yet. */
  let line: number[] = [];
  let headBytes = 0;
  let bodyLeft = 0;
  let start: Start | null = null;
  /** Fields as they stand in the message, folded lines already joined. */
  let fields: string[] = [];
  let over = false;

  const finish = (): SipEvent => {
    if (start === null) throw new Refused('no start line of SIP/2.0', 'other');
    const headers = fields.map(fieldOf);
    bodyLeft = bodyLength(headers);
    const event = { ...start, headers };
    start = null;
    fields = [];
    headBytes = 0;
    return event;
  };

  const takeLine = (): SipEvent | null => {
    if (line.at(-1) === 0x0d) line.pop();
    const text = utf8.decode(Uint8Array.from(line));
    line = [];
    if (start === null) {
      if (text !== '') start = startOf(text);
      else headBytes = 0;
      return null;
    }
    if (text === '') return finish();
    const folded = /^[ \t]/.test(text);
    if (folded && fields.length === 0) throw new Refused('a folded line behind the start line');
    if (folded) fields.push(`${fields.pop() ?? ''} ${text.trim()}`);
    else fields.push(text);
    if (fields.length > fieldsCap) throw new Refused(`more than ${fieldsCap} fields`);
    return null;
  };

  /** Binary, or a bracket: it need not come to the end of a line to be understood. */
  const refuseBinary = (): void => {
    const [first = 0x0d] = line;
    if (first === 0x0d || token.test(String.fromCharCode(first))) return;
    throw new Refused('no start line of SIP/2.0', spokenBy(String.fromCharCode(...line)));
  };

  const read = (bytes: Uint8Array, events: SipEvent[]): void => {
    for (let at = 0; at < bytes.length; at++) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, bytes.length - at);
        bodyLeft -= skipped;
        at += skipped - 1;
        continue;
      }
      const byte = bytes[at] ?? 0;
      headBytes++;
      if (headBytes > headCap) throw new Refused(`a head of more than ${headCap} bytes`, start ? 'sip' : 'other');
      if (byte !== 0x0a) {
        line.push(byte);
        if (start === null && line.length === 3) refuseBinary();
      } else {
        const event = takeLine();
        if (event) events.push(event);
      }
    }
  };

  return {
    push(bytes) {
      const events: SipEvent[] = [];
      if (over) return events;
      try {
        read(bytes, events);
      } catch (error) {
        over = true;
        line = [];
        const refused = error instanceof Refused ? error : new Refused('the reader failed');
        events.push({ kind: 'bad', spoken: refused.spoken, reason: refused.message });
      }
      return events;
    },
  };
};
