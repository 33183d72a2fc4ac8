import stun from 'stun';
import { formatIp, parseIp, readAddress, type TransportAddress, writeAddress } from './address.ts';
import { concatBytes, sameBytes, u16 } from './bytes.ts';
import { cappedText } from './printable.ts';
import { type Attribute, HEADER_LENGTH, readErrorCode, walkAttributes } from './stun-attributes.ts';
import { hasStunCookie, stunFrameFault } from './stun-frame.ts';
import { appendFingerprint, appendMessageIntegrity } from './stun-integrity.ts';

/*
 * Standard STUN: RFC 8489, and RFC 3489 before it. The package `stun` 2.1.0 reads and writes the attributes; around it,
 * because of what it does:
 * - it checks neither the top bits nor the cookie nor trailing bytes: the frame is checked before it sees a byte;
 * - one attribute it dislikes (an OTHER-ADDRESS with port 0, which real servers send) makes it throw the whole message
 *   away: every attribute is handed over in a message of its own, and one that fails is named in `flaws`;
 * - it decodes ERROR-CODE as class * (number + 100), 404 for a 401: the code is read here, from the bytes;
 * - it takes address values that are too long, and XORs with the cookie where there is none: length and dialect are
 *   checked here;
 * - it always writes the cookie: the 16-byte transaction id of RFC 3489 is laid over the finished header;
 * - its integrity and fingerprint checks fail on padding that is not zero: see stun-integrity.ts;
 * - it makes a stream for every message and every attribute, most of what a sweep or a responder would compute: it writes
 *   each form of a message once, over which transaction id and address are laid, and texts and XOR-MAPPED-ADDRESS are read here.
 */

export type StunDialect = 'rfc8489' | 'rfc3489';
export type StunClass = 'request' | 'indication' | 'success' | 'error';

/** The one method of STUN itself. */
export const BINDING = 0x001;

export interface StunMessage {
  /** By the cookie: with it RFC 8489, without it RFC 3489. */
  readonly dialect: StunDialect;
  readonly method: number;
  readonly messageClass: StunClass;
  /** 12 bytes in RFC 8489, 16 in RFC 3489. */
  readonly transactionId: Uint8Array;
  readonly mapped: TransportAddress | null;
  /** Never read in RFC 3489, which has no cookie to XOR with. */
  readonly xorMapped: TransportAddress | null;
  readonly username: string | null;
  readonly software: string | null;
  readonly error: { readonly code: number; readonly reason: string } | null;
  readonly realm: string | null;
  readonly nonce: string | null;
  readonly alternateServer: TransportAddress | null;
  readonly otherAddress: TransportAddress | null;
  readonly responseOrigin: TransportAddress | null;
  readonly hasIntegrity: boolean;
  readonly hasFingerprint: boolean;
  /** Attributes that were there but could not be read, each with the reason. */
  readonly flaws: readonly string[];
}

export type StunDecoded = { ok: true; message: StunMessage } | { ok: false; reason: string };

/** The attributes read here, by their IANA numbers (stun-parameters). */
export const stunAttributes = {
  'MAPPED-ADDRESS': 0x0001,
  USERNAME: 0x0006,
  'MESSAGE-INTEGRITY': 0x0008,
  'ERROR-CODE': 0x0009,
  REALM: 0x0014,
  NONCE: 0x0015,
  'XOR-MAPPED-ADDRESS': 0x0020,
  SOFTWARE: 0x8022,
  'ALTERNATE-SERVER': 0x8023,
  FINGERPRINT: 0x8028,
  'RESPONSE-ORIGIN': 0x802b,
  'OTHER-ADDRESS': 0x802c,
} as const;

type AttributeName = keyof typeof stunAttributes;

const classes: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

/** Why an attribute that was there cannot be used; whatever the package throws is just unreadable. */
class Flaw extends Error {}

/** What the package makes of one attribute: it stands alone behind the header of its message. */
const readByPackage = (bytes: Uint8Array, { type, value }: Attribute): unknown => {
  const padding = new Uint8Array(-value.length & 3);
  const body = concatBytes(u16(type), u16(value.length), value, padding);
  const alone = concatBytes(bytes.subarray(0, 2), u16(body.length), bytes.subarray(4, HEADER_LENGTH), body);
  return stun.decode(Buffer.from(alone.buffer)).getAttribute(type)?.value;
};

const asAddress = (value: unknown, raw: Uint8Array): TransportAddress => {
  if (raw.length !== (raw[1] === 1 ? 8 : 20)) throw new Flaw(`${raw.length} bytes are no address`);
  const { address, port } = value as { address: unknown; port: unknown };
  const ip = typeof address === 'string' ? parseIp(address) : null;
  if (ip === null || typeof port !== 'number') throw new Flaw('no address');
  if (port === 0) throw new Flaw('port 0'); // an XOR address only: of the others the package throws
  return { address: formatIp(ip), port };
};

const asXorAddress = (raw: Uint8Array, bytes: Uint8Array): TransportAddress => {
  const address = readAddress(raw, bytes.subarray(4, HEADER_LENGTH));
  if (address === null)
    throw new Flaw(raw[1] === 1 || raw[1] === 2 ? `${raw.length} bytes are no address` : 'unreadable');
  if (address.port === 0) throw new Flaw('port 0');
  return address;
};

const asError = (value: unknown, raw: Uint8Array): { code: number; reason: string } => {
  const code = readErrorCode(raw);
  if (code === null) throw new Flaw('no error code');
  // The package drops a reason of 128 characters and more.
  const { reason } = value as { reason: unknown };
  return { code, reason: typeof reason === 'string' && reason !== '' ? reason : cappedText(raw.subarray(4)) };
};

/**
 * Decodes a request or a response. Attributes behind MESSAGE-INTEGRITY, which it does not protect, are not read, and of
 * an attribute that comes twice the first counts (RFC 8489 section 14). Never throws.
 */
export const decodeStun = (bytes: Uint8Array): StunDecoded => {
  const fault = stunFrameFault(bytes);
  if (fault !== null) return { ok: false, reason: fault };
  const walk = walkAttributes(bytes, true);
  if (!walk.ok) return walk;

  const signedAt = walk.attributes.findIndex(({ type }) => type === stunAttributes['MESSAGE-INTEGRITY']);
  const readable = signedAt < 0 ? walk.attributes : walk.attributes.slice(0, signedAt);
  const flaws: string[] = [];
  const readRaw = <T>(name: AttributeName, as: (attribute: Attribute) => T): T | null => {
    const attribute = readable.find(({ type }) => type === stunAttributes[name]);
    if (attribute === undefined) return null;
    try {
      return as(attribute);
    } catch (error) {
      flaws.push(`${name}: ${error instanceof Flaw ? error.message : 'unreadable'}`);
      return null;
    }
  };

  const read = <T>(name: AttributeName, as: (value: unknown, raw: Uint8Array) => T): T | null =>
    readRaw(name, (attribute) => as(readByPackage(bytes, attribute), attribute.value));
  const text = (name: AttributeName): string | null => readRaw(name, ({ value }) => cappedText(value));

  const type = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const modern = hasStunCookie(bytes);
  return {
    ok: true,
    message: {
      dialect: modern ? 'rfc8489' : 'rfc3489',
      method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
      messageClass: classes[((type & 0x0100) >> 7) | ((type & 0x0010) >> 4)] ?? 'request',
      transactionId: bytes.slice(modern ? 8 : 4, HEADER_LENGTH),
      mapped: read('MAPPED-ADDRESS', asAddress),
      xorMapped: modern ? readRaw('XOR-MAPPED-ADDRESS', ({ value }) => asXorAddress(value, bytes)) : null,
      username: text('USERNAME'),
      software: text('SOFTWARE'),
      error: read('ERROR-CODE', asError),
      realm: text('REALM'),
      nonce: text('NONCE'),
      alternateServer: read('ALTERNATE-SERVER', asAddress),
      otherAddress: read('OTHER-ADDRESS', asAddress),
      responseOrigin: read('RESPONSE-ORIGIN', asAddress),
      hasIntegrity: signedAt >= 0,
      hasFingerprint: walk.attributes.some(({ type }) => type === stunAttributes.FINGERPRINT),
      flaws,
    },
  };
};

/** Whether a message belongs to the transaction: all 12 or 16 bytes, so a dialect never matches the other. */
export const matchesTransaction = (message: StunMessage, transactionId: Uint8Array): boolean =>
  sameBytes(message.transactionId, transactionId);

interface Envelope {
  readonly dialect: StunDialect;
  /** 12 random bytes for RFC 8489, 16 for RFC 3489. */
  readonly transactionId: Uint8Array;
  /** SOFTWARE; `edgeprobe` if left out, '' for none. RFC 3489 has no such attribute: never sent there. */
  readonly software?: string;
  readonly fingerprint?: boolean;
}

type Fill = (message: ReturnType<typeof stun.createMessage>) => void;

const writeByPackage = (type: number, id: Uint8Array, software: string, fill: Fill): Uint8Array => {
  const message = stun.createMessage(type, Buffer.from(id));
  if (software !== '') message.addAttribute(stunAttributes.SOFTWARE, software);
  fill(message);
  return Uint8Array.from(message.toBuffer());
};

/** Messages that differ in nothing but transaction id and address. */
const forms = new Map<string, Uint8Array>();
const mostForms = 256;

const formOf = (form: string, write: () => Uint8Array): Uint8Array => {
  const known = forms.get(form);
  if (known !== undefined) return Uint8Array.from(known);
  if (forms.size >= mostForms) forms.clear();
  const written = write();
  forms.set(form, written);
  return Uint8Array.from(written);
};

/** What tells a message from all others of its type, but for its transaction id and what `lay` writes over it. */
interface Form {
  readonly name: string;
  readonly lay?: (bytes: Uint8Array) => void;
}

const encode = (type: number, envelope: Envelope, fill: Fill, key?: string, form?: Form): Uint8Array => {
  const { dialect, transactionId, software = 'edgeprobe', fingerprint = false } = envelope;
  const modern = dialect === 'rfc8489';
  const expected = modern ? 12 : 16;
  if (transactionId.length !== expected) throw new RangeError(`a transaction id of ${dialect} has ${expected} bytes`);
  const said = modern ? software : '';
  const write = (): Uint8Array => writeByPackage(type, transactionId.subarray(0, 12), said, fill);
  let bytes = form === undefined ? write() : formOf(JSON.stringify([type, dialect, said, form.name]), write);
  bytes.set(transactionId, HEADER_LENGTH - expected);
  form?.lay?.(bytes);
  if (!modern) return bytes;
  if (key !== undefined) bytes = Uint8Array.from(appendMessageIntegrity(bytes, key));
  return fingerprint ? appendFingerprint(bytes) : bytes;
};

/** A Binding request. `credential` (short-term, RFC 8489 only) adds USERNAME and MESSAGE-INTEGRITY. */
export const encodeBindingRequest = (
  options: Envelope & { readonly credential?: { readonly username: string; readonly password: string } },
): Uint8Array => {
  const { credential, dialect } = options;
  if (credential !== undefined && dialect !== 'rfc8489') throw new Error('short-term credentials need RFC 8489');
  const addUsername = (message: ReturnType<typeof stun.createMessage>): void => {
    if (credential !== undefined) message.addAttribute(stunAttributes.USERNAME, credential.username);
  };
  return encode(0x0001, options, addUsername, credential?.password, { name: credential?.username ?? '' });
};

/** A Binding success response: XOR-MAPPED-ADDRESS in RFC 8489, MAPPED-ADDRESS in RFC 3489. `password` adds MESSAGE-INTEGRITY. */
export const encodeBindingResponse = (
  options: Envelope & { readonly mapped: TransportAddress; readonly password?: string },
): Uint8Array => {
  const { mapped, dialect, password } = options;
  const value = writeAddress(mapped); // the package leaves a wrong address out without a word
  const modern = dialect === 'rfc8489';
  const type = stunAttributes[modern ? 'XOR-MAPPED-ADDRESS' : 'MAPPED-ADDRESS'];
  const fill: Fill = (message) => message.addAttribute(type, mapped.address, mapped.port);
  // It is the last attribute. Port and address are both XORed with what begins with the cookie.
  const lay = (bytes: Uint8Array): void => {
    const masked = value.map((byte, at) => byte ^ (modern && at >= 2 ? (bytes[at < 4 ? at + 2 : at] ?? 0) : 0));
    bytes.set(masked, bytes.length - value.length);
  };
  return encode(0x0101, options, fill, password, { name: String(value.length), lay });
};

/** A Binding error response. */
export const encodeBindingError = (
  options: Envelope & { readonly code: number; readonly reason: string; readonly password?: string },
): Uint8Array => encode(0x0111, options, (message) => message.addError(options.code, options.reason), options.password);
