/** The longest text, in bytes, that a codec hands up from one field of the network. Escaping is the business of the sink that shows it. */
const TEXT_CAP = 512;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Text of a field as it came, at most `cap` bytes of it. Invalid UTF-8 becomes U+FFFD.
 * Control characters stay: only the sink knows what is dangerous where it writes.
 */
export const cappedText = (bytes: Uint8Array, cap = TEXT_CAP): string => utf8.decode(bytes.subarray(0, cap));

/** A string cut to `cap` UTF-16 units. */
export const cappedString = (text: string, cap = TEXT_CAP): string => (text.length > cap ? text.slice(0, cap) : text);

/** Two-digit lower-case hex, no separators. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
