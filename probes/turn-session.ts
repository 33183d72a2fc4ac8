import {
  type Challenge,
  encodeFirstAllocate,
  encodeMsturnLogOn,
  encodeTurnAllocate,
  encodeTurnRefresh,
  type LogOn,
} from '../wire/turn-request.ts';
import { type TurnResponse, verifyTurnIntegrity } from '../wire/turn-response.ts';
import type { TurnCredential } from './probe.ts';
import { identitiesOf, logOnWith } from './turn-credential.ts';
import type { Believe, Transactions, TurnReply } from './turn-transaction.ts';
import type { World } from './world.ts';

/** What a logon told: the allocation, or why there is none. */
export interface TurnSession {
  /** Null where the server never came to judge the credential. */
  readonly authenticated: boolean | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** The last answer that was about us: the allocation, or the refusal. */
  readonly response: TurnResponse | null;
  /** Whether the server confirmed that nothing stays allocated; null where nothing can have been. */
  readonly released: boolean | null;
}

/** Until when to log on, and until when to give back what was allocated: instants of the monotonic clock. */
export interface TurnLimits {
  readonly until: number;
  readonly releaseUntil: number;
}

type Dialect = 'msturn' | 'turn';

/** Nonces that may turn out stale; a server that never gives a fresh one is not to be followed. */
const staleAtMost = 2;

/** RFC 8489 section 14.10 lets a nonce have 763 bytes, and 14.9 a realm. */
const challengeAtMost = 763;

/** Stale Credentials (RFC 3489), Stale Nonce. */
const stale: readonly (number | null)[] = [430, 438];

/** Unauthorized, Integrity Check Failure, Missing Username, Unknown User. */
const refusals: readonly (number | null)[] = [401, 431, 432, 436];

/** Allocation Mismatch (RFC 8656 section 19): there is nothing to give back. */
const nothingAllocated = 437;

const challengeOf = ({ realm, nonce }: TurnResponse): Challenge | null =>
  realm !== null && nonce !== null && realm.length <= challengeAtMost && nonce.length <= challengeAtMost
    ? { realm, nonce }
    : null;

const signedWith =
  (key: Uint8Array, dialect: Dialect): Believe =>
  (response, bytes) => {
    if (response.dialect !== dialect) return { code: 'wrong-dialect', message: 'the answer is of another dialect' };
    // A refusal cannot be signed by a server that does not know us (RFC 8489 section 9.2.4).
    if (!response.success || verifyTurnIntegrity(bytes, key).ok) return null;
    return { code: 'wrong-integrity', message: 'the answer to our logon is not signed with our credential' };
  };

const inDialect =
  (dialect: Dialect): Believe =>
  (response) =>
    response.dialect === dialect ? null : { code: 'wrong-dialect', message: 'the answer is of another dialect' };

const refused = (response: TurnResponse): TurnSession['failure'] => ({
  code: 'refused',
  message: `the logon was refused with error ${response.errorCode ?? 'unknown'}`,
});

/**
 * Logs on and off on one channel: Allocate, challenge, Allocate with credentials, and always a refresh to zero at the
 * end, also after an abort, when it is sent but not waited for. An alternate server (300) is told, never dialled: no
 * site file named it. Never rejects.
 */
export const logOnAndOff = async (
  transactions: Transactions,
  dialect: Dialect,
  credential: TurnCredential,
  limits: TurnLimits,
  world: World,
): Promise<TurnSession> => {
  const newId = (): Uint8Array => Uint8Array.from([0x21, 0x12, 0xa4, 0x42, ...world.random(12)]);

  const release = async (logOn: LogOn | null, response: TurnResponse | null): Promise<boolean> => {
    let current = logOn;
    let number = (response?.sequence?.number ?? 0) + 1;
    for (let tries = 0; tries < 2; tries++) {
      const transactionId = newId();
      const sequence = response?.sequence ? { sequence: { ...response.sequence, number: number++ } } : {};
      const request =
        dialect === 'msturn' && current !== null
          ? encodeMsturnLogOn({ transactionId, logOn: current, lifetime: 0, ...sequence })
          : encodeTurnRefresh({ transactionId, logOn: current, lifetime: 0 });
      if (world.signal.aborted || world.clock.monotonic() >= limits.releaseUntil) {
        transactions.tell(request);
        return false;
      }
      const believe = current === null ? inDialect(dialect) : signedWith(current.key, dialect);
      const reply = await transactions.ask(request, limits.releaseUntil, believe);
      if (reply.kind === 'none') return false;
      if (reply.response.success || reply.response.errorCode === nothingAllocated) return true;
      const fresh = challengeOf(reply.response);
      if (current === null || fresh === null || !stale.includes(reply.response.errorCode)) return false;
      current = { ...current, nonce: fresh.nonce };
    }
    return false;
  };

  const allocate = (logOn: LogOn): Promise<TurnReply> => {
    const transactionId = newId();
    const request =
      dialect === 'msturn' ? encodeMsturnLogOn({ transactionId, logOn }) : encodeTurnAllocate({ transactionId, logOn });
    return transactions.ask(request, limits.until, signedWith(logOn.key, dialect));
  };

  const none = { authenticated: null, response: null, released: null } as const;
  const first = await transactions.ask(encodeFirstAllocate(dialect, newId()), limits.until, inDialect(dialect));
  if (first.kind === 'none') return { ...none, failure: { code: first.code, message: first.message } };
  const { response } = first;
  if (response.success) {
    const message = 'the server allocates without asking for credentials';
    return {
      authenticated: null,
      failure: { code: 'open-relay', message },
      response,
      released: await release(null, response),
    };
  }
  let challenge = challengeOf(response);
  if (response.errorCode !== 401) return { ...none, response, failure: refused(response) };
  if (challenge === null) {
    const failure = { code: 'challenge-unusable', message: 'the challenge has no realm and nonce of a usable size' };
    return { ...none, response, failure };
  }

  const identities = identitiesOf(dialect, credential);
  let tried = 0;
  let stales = 0;
  for (;;) {
    const identity = identities[tried];
    if (identity === undefined) throw new Error('a credential that means nobody');
    const logOn = logOnWith(identity, challenge);
    const reply = await allocate(logOn);
    if (reply.kind === 'none') {
      // The answer may be lost, and the allocation made.
      const released = await release(logOn, null);
      return { ...none, failure: { code: reply.code, message: reply.message }, released };
    }
    const answer = reply.response;
    if (answer.success) {
      const released = await release(logOn, answer);
      return { authenticated: true, failure: null, response: answer, released };
    }
    const fresh: Challenge | null = challengeOf(answer);
    if (stale.includes(answer.errorCode) && fresh !== null && stales < staleAtMost) stales++;
    else if (refusals.includes(answer.errorCode) && tried + 1 < identities.length) tried++;
    else {
      const authenticated = refusals.includes(answer.errorCode) ? false : null;
      return { authenticated, failure: refused(answer), response: answer, released: null };
    }
    challenge = fresh ?? challenge;
  }
};
