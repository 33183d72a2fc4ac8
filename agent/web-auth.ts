import { createHmac } from 'node:crypto';
import { compare } from 'bcryptjs';
import type { World } from '../probes/world.ts';

/** `busy`: passwords are being tried faster than we are willing to compute. */
export type Admission = 'admitted' | 'denied' | 'busy';

/** Successful credentials remembered; the oldest goes first. */
const mostRemembered = 64;

/** Passwords that wait to be compared; there is never more than one comparison at a time. */
const mostWaiting = 8;

/** After a wrong password nobody is compared for so many times the time it took: a tenth of one core at most. */
const restAfterFailure = 9;

/** bcrypt sees no more of a password; what is longer is refused, or its end would not matter. In bytes. */
const longestPassword = 72;

/** Nobody's password: what unknown users are compared with, so that they take as long as known ones. */
const nobodys = 'abcdefghijklmnopqrstuuuIjBFPG0l7Mte7P8ra4fDN3gIFSAfj.';

const credentialsOf = (header: string | undefined): { user: string; password: string } | null => {
  const encoded = /^basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? null : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
};

/**
 * Asks for a user and password (RFC 7617) against bcrypt hashes. What was right once is remembered, so that scrapes cost
 * nothing; wrong ones cost each the same, whether the user exists or not, and little of our time in all.
 */
export const createAuthenticator = (
  world: Pick<World, 'clock' | 'random'>,
): ((users: ReadonlyMap<string, string>, authorization: string | undefined) => Promise<Admission>) => {
  const { clock } = world;
  const secret = world.random(32);
  const remembered = new Set<string>();
  let waiting: (() => void)[] = [];
  let busy = false;

  const release = (): void => {
    const [next, ...rest] = waiting;
    waiting = rest;
    busy = next !== undefined;
    next?.();
  };
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      if (busy) waiting.push(resolve);
      else {
        busy = true;
        resolve();
      }
    });

  return async (users, authorization) => {
    if (users.size === 0) return 'admitted';
    const given = credentialsOf(authorization);
    if (given === null || Buffer.byteLength(given.password) > longestPassword) return 'denied';
    const known = users.get(given.user);
    const [some = ''] = users.values();
    const hash = known ?? `${some.slice(0, 7)}${nobodys}`;
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([given.user, given.password, hash]))
      .digest('hex');
    if (remembered.has(key)) return 'admitted';
    if (waiting.length >= mostWaiting) return 'busy';
    await turn();
    const began = clock.monotonic();
    const right = await compare(given.password, hash).catch(() => false);
    if (!right || known === undefined) {
      clock.after(restAfterFailure * (clock.monotonic() - began), release);
      return 'denied';
    }
    release();
    remembered.add(key);
    const [oldest] = remembered;
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
    return 'admitted';
  };
};
