import { SaxesParser, type SaxesTagNS } from 'saxes';
import { cappedString } from './printable.ts';
import { xmppNamespaces } from './xmpp-encode.ts';

export type XmppEvent =
  | {
      kind: 'stream-open';
      id: string | null;
      from: string | null;
      to: string | null;
      version: string | null;
      lang: string | null;
      /** The default namespace: jabber:server between servers. */
      contentNamespace: string | null;
      /** Whether the header stands in the namespace of streams: the proof that this is XMPP. */
      namespaceOk: boolean;
    }
  | {
      kind: 'features';
      starttls: 'required' | 'optional' | 'absent';
      mechanisms: readonly string[];
      dialback: boolean;
    }
  | { kind: 'stream-error'; condition: string; text: string | null }
  | { kind: 'starttls' }
  | { kind: 'proceed' }
  | { kind: 'failure' }
  | { kind: 'stream-close' }
  /** Any other first-level element, such as a dialback result. */
  | { kind: 'element'; name: string; namespace: string }
  /** Not XMPP, or more than RFC 6120 section 11 allows. Nothing comes after it. */
  | { kind: 'bad'; reason: string };

export interface XmppReader {
  /**
   * Takes the next bytes and gives what became complete. Never throws. After starttls, proceed, failure, stream-close
   * and bad it reads no more: behind the first two TLS begins, and a byte of XML there is reported as bad. After TLS
   * use a new reader.
   */
  push(bytes: Uint8Array): XmppEvent[];
}

const MAX_BYTES = 65_536;
const MAX_DEPTH = 32;
const MAX_ATTRIBUTES = 256;
const MAX_MECHANISMS = 32;
const MAX_FIELD = 512;

/** Thrown through the parser by its handlers, caught in push: saxes has no other way to stop. */
class Refused extends Error {}

const refuse = (reason: string): never => {
  throw new Refused(cappedString(reason, 200));
};

/** One element of the first level while it is being read: what its children said. */
interface Stanza {
  readonly name: string;
  readonly namespace: string;
  starttls: 'required' | 'optional' | 'absent';
  readonly mechanisms: string[];
  dialback: boolean;
  condition: string | null;
  text: string | null;
}

const readHeader = (tag: SaxesTagNS): XmppEvent => {
  if (tag.local !== 'stream') refuse(`the root element is <${tag.name}>, not a stream`);
  const value = (name: string): string | null => {
    const attribute = tag.attributes[name];
    return attribute === undefined ? null : cappedString(attribute.value, MAX_FIELD);
  };
  return {
    kind: 'stream-open',
    id: value('id'),
    from: value('from'),
    to: value('to'),
    version: value('version'),
    lang: value('xml:lang'),
    contentNamespace: value('xmlns'),
    namespaceOk: tag.uri === xmppNamespaces.streams,
  };
};

const finish = (stanza: Stanza): XmppEvent => {
  const { name, namespace, starttls, mechanisms, dialback } = stanza;
  if (namespace === xmppNamespaces.streams && name === 'features') {
    return { kind: 'features', starttls, mechanisms: mechanisms.filter((name) => name !== ''), dialback };
  }
  if (namespace === xmppNamespaces.streams && name === 'error') {
    return { kind: 'stream-error', condition: stanza.condition ?? 'undefined-condition', text: stanza.text };
  }
  if (namespace === xmppNamespaces.tls && (name === 'starttls' || name === 'proceed' || name === 'failure')) {
    return { kind: name };
  }
  return { kind: 'element', name: cappedString(name, MAX_FIELD), namespace: cappedString(namespace, MAX_FIELD) };
};

/** Notes what a child (depth 3) or grandchild of a first-level element says about it. */
const noteChild = (stanza: Stanza, tag: SaxesTagNS, depth: number): void => {
  const { tls, sasl, dialbackFeature, streamErrors } = xmppNamespaces;
  const direct = depth === 3;
  if (direct && tag.uri === tls && tag.local === 'starttls') stanza.starttls = 'optional';
  if (tag.uri === tls && tag.local === 'required' && stanza.starttls === 'optional') stanza.starttls = 'required';
  if (direct && tag.uri === dialbackFeature && tag.local === 'dialback') stanza.dialback = true;
  if (direct && tag.uri === streamErrors && tag.local !== 'text')
    stanza.condition ??= cappedString(tag.local, MAX_FIELD);
  if (!direct && tag.uri === sasl && tag.local === 'mechanism' && stanza.mechanisms.length < MAX_MECHANISMS) {
    stanza.mechanisms.push('');
  }
};

const noteText = (stanza: Stanza, tag: SaxesTagNS | undefined, text: string): void => {
  if (tag?.uri === xmppNamespaces.sasl && tag.local === 'mechanism') {
    const last = stanza.mechanisms.length - 1;
    if (last >= 0) stanza.mechanisms[last] = cappedString(`${stanza.mechanisms[last] ?? ''}${text.trim()}`, 64);
  }
  if (tag?.uri === xmppNamespaces.streamErrors && tag.local === 'text') {
    stanza.text = cappedString(`${stanza.text ?? ''}${text}`, MAX_FIELD);
  }
};

/**
 * Reads one XMPP stream (RFC 6120) as it comes in, within the restricted XML of section 11: comments, processing
 * instructions, DTDs and entities end it, and so do 64 KiB, 256 attributes on an element, or 32 levels.
 */
export const createXmppReader = (): XmppReader => {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const strict = new TextDecoder('utf-8', { fatal: true });
  const lenient = new TextDecoder('utf-8');
  const open: SaxesTagNS[] = [];
  let events: XmppEvent[] = [];
  let stanza: Stanza | null = null;
  let attributes = 0;
  let total = 0;
  /** What ended the reading. */
  let over: XmppEvent['kind'] | null = null;

  parser.on('error', (error) => refuse(error.message.replace(/^(undefined|\d+):\d+: /, '')));
  parser.on('doctype', () => refuse('a DOCTYPE'));
  parser.on('comment', () => refuse('a comment'));
  parser.on('processinginstruction', () => refuse('a processing instruction'));
  parser.on('opentagstart', () => {
    attributes = 0;
    if (open.length >= MAX_DEPTH) refuse(`more than ${MAX_DEPTH} levels of elements`);
  });
  parser.on('attribute', () => {
    attributes++;
    if (attributes > MAX_ATTRIBUTES) refuse(`more than ${MAX_ATTRIBUTES} attributes on one element`);
  });
  parser.on('opentag', (tag) => {
    open.push(tag);
    if (open.length === 1) {
      events.push(readHeader(tag));
    } else if (open.length === 2) {
      stanza = {
        name: tag.local,
        namespace: tag.uri,
        starttls: 'absent',
        mechanisms: [],
        dialback: false,
        condition: null,
        text: null,
      };
    } else if (stanza !== null) {
      noteChild(stanza, tag, open.length);
    }
  });
  const onText = (text: string): void => {
    if (stanza !== null) noteText(stanza, open.at(-1), text);
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    open.pop();
    if (open.length === 1 && stanza !== null) {
      const event = finish(stanza);
      events.push(event);
      stanza = null;
      if (event.kind === 'starttls' || event.kind === 'proceed' || event.kind === 'failure') over = event.kind;
    } else if (open.length === 0) {
      events.push({ kind: 'stream-close' });
      over = 'stream-close';
    }
  });

  const bad = (reason: string): void => {
    over = 'bad';
    events.push({ kind: 'bad', reason });
  };

  /** Bytes after the end: harmless white space, or bytes that belong to TLS and came too early. */
  const readBehind = (rest: string): void => {
    if ((over === 'starttls' || over === 'proceed') && rest.trim() !== '') bad(`bytes behind <${over}/>`);
  };

  const read = (text: string): void => {
    // Piece by piece, each up to a `>`: the element that ends the reading is seen before what stands behind it is parsed.
    let from = 0;
    while (from < text.length) {
      if (over !== null) {
        readBehind(text.slice(from));
        return;
      }
      const end = text.indexOf('>', from);
      const until = end < 0 ? text.length : end + 1;
      parser.write(text.slice(from, until));
      from = until;
    }
  };

  /** Text of the bytes; where they stop being UTF-8, only what stands before, so that a header there still counts. */
  const decode = (bytes: Uint8Array): { text: string; whole: boolean } => {
    const text = lenient.decode(bytes, { stream: true });
    try {
      strict.decode(bytes, { stream: true });
      return { text, whole: true };
    } catch {
      return { text: text.split('\ufffd', 1)[0] ?? '', whole: false };
    }
  };

  return {
    push(bytes) {
      events = [];
      if (over === 'bad') return events;
      total += bytes.length;
      try {
        if (total > MAX_BYTES) refuse(`more than ${MAX_BYTES} bytes`);
        const { text, whole } = decode(bytes);
        read(text);
        if (!whole) refuse('not UTF-8');
      } catch (error) {
        bad(error instanceof Refused ? error.message : 'the XML parser failed');
      }
      return events;
    },
  };
};
