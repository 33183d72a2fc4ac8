import { longTermKey } from '../wire/turn-key.ts';
import type { Challenge, LogOn } from '../wire/turn-request.ts';
import type { TurnCredential } from './probe.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The bytes of text in canonical base64; null where it is none. */
const fromBase64 = (text: string): Uint8Array | null => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? Uint8Array.from(bytes) : null;
};

/** Username and password as the bytes that go into the messages. */
export interface Identity {
  readonly username: Uint8Array;
  readonly password: Uint8Array;
}

/**
 * What a credential may mean, to be tried in this order. The authentication service of an Edge hands out user and
 * password in base64, and MSTURN wants the bytes within (MS-TURN section 3.1.12); a text that only looks like base64
 * is tried as it stands afterwards. RFC 8656 knows texts only.
 */
export const identitiesOf = (dialect: 'msturn' | 'turn', { username, password }: TurnCredential): Identity[] => {
  const asText = { username: utf8(username), password: utf8(password) };
  const [user, secret] = dialect === 'msturn' ? [fromBase64(username), fromBase64(password)] : [null, null];
  return user === null || secret === null ? [asText] : [{ username: user, password: secret }, asText];
};

/** An identity's answer to a challenge. */
export const logOnWith = ({ username, password }: Identity, { realm, nonce }: Challenge): LogOn => ({
  realm,
  nonce,
  username,
  key: longTermKey(username, realm, password),
});
