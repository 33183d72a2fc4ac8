import { cappedString } from './printable.ts';

/** One header field: its name in lower case and in full, its value unfolded and trimmed. */
export interface SipHeader {
  readonly name: string;
  readonly value: string;
}

export interface SipResponse {
  readonly kind: 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly SipHeader[];
}

export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly SipHeader[];
}

/** What makes a request ours: a response is its answer only if it carries all of it (RFC 3261 section 17.1.3). */
export interface SipTransaction {
  /** Begins with z9hG4bK. */
  readonly branch: string;
  readonly callId: string;
  /** Number and method, for example `1 OPTIONS`. */
  readonly cseq: string;
}

/** The beginning of every branch of RFC 3261 (section 8.1.1.7). */
export const branchCookie = 'z9hG4bK';

const valueCap = 512;

/** The value of the first field of that name (lower case, full); null where there is none. */
export const sipHeader = ({ headers }: SipResponse | SipRequest, name: string): string | null =>
  headers.find((header) => header.name === name)?.value ?? null;

/** Splits at a character that stands outside quotes and angle brackets. */
const splitOutside = (text: string, at: string): string[] => {
  const parts: string[] = [];
  let quoted = false;
  let depth = 0;
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === '\\') index++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '<') depth++;
    else if (character === '>') depth = Math.max(0, depth - 1);
    else if (character === at && depth === 0) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return [...parts, text.slice(from)];
};

/** Parameters behind the first semicolon, names in lower case; one without a value is an empty text. */
const parametersOf = (value: string): ReadonlyMap<string, string> => {
  const [, ...parameters] = splitOutside(value, ';');
  const found = new Map<string, string>();
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = (equals < 0 ? parameter : parameter.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !found.has(name)) found.set(name, equals < 0 ? '' : parameter.slice(equals + 1).trim());
  }
  return found;
};

/** The topmost Via, whichever of fields and commas it stands behind; null where there is none. */
const topVia = (message: SipResponse | SipRequest): string | null => {
  const first = sipHeader(message, 'via');
  return first === null ? null : (splitOutside(first, ',')[0]?.trim() ?? null);
};

/** A parameter of the topmost Via, for example `branch`; null where it has none. */
export const viaParameter = (message: SipResponse | SipRequest, name: string): string | null => {
  const via = topVia(message);
  const value = via === null ? undefined : parametersOf(via).get(name);
  return value === undefined ? null : cappedString(value, valueCap);
};

/** `1 OPTIONS` of a CSeq that may have zeros before and any space within; null where it is none. */
const cseqOf = (message: SipResponse | SipRequest): string | null => {
  const [, digits, method] = /^0*(\d{1,10})\s+(\S+)$/.exec(sipHeader(message, 'cseq') ?? '') ?? [];
  return digits === undefined || method === undefined ? null : `${digits} ${method}`;
};

/** Whether a message belongs to this transaction: topmost branch, Call-ID and CSeq are the same. */
export const belongsTo = (message: SipResponse | SipRequest, transaction: SipTransaction): boolean =>
  viaParameter(message, 'branch') === transaction.branch &&
  sipHeader(message, 'call-id') === transaction.callId &&
  cseqOf(message) === transaction.cseq;
