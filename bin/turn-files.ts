import { readFileSync, statSync } from 'node:fs';
import type { Plan } from '../agent/plan.ts';
import type { TurnCredential } from '../probes/probe.ts';
import { UsageError } from './usage-error.ts';

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
};

/** No credential is longer; whatever is, was not meant to be this file. */
const longest = 2000;

/** Of a responder's, which two ends hold, whoever lacks it on this one needs to hear where it is. */
const whereToFind = (where: string): string =>
  where.startsWith('responder.')
    ? 'Copy it from the other end (one line user:password, chmod 600): both need the same. Paths in a site file are relative to it.'
    : 'One line user:password, chmod 600. Paths in a site file are relative to it.';

/** Reads a credential file; `where` is its name in the site file. Throws UsageError. */
export const readCredential = (file: string, where: string): TurnCredential => {
  const complain = (message: string, hint: string): UsageError => new UsageError(`${where} ${file}: ${message}`, hint);
  let text: string;
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw complain('it is a folder', whereToFind(where));
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw complain('it may be read by others', `Run: chmod 600 ${file}`);
    }
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw complain(unreadable[code] ?? message, whereToFind(where));
  }
  // Passwords may hold colons, user names not. Never quote what is in there.
  const [, username, password] = /^([^:\p{Cc}]+):(\P{Cc}+)$/u.exec(text) ?? [];
  if (username === undefined || password === undefined || text.length > longest) {
    throw complain('it is not one line user:password', 'Write the user name, a colon, the password, and nothing else.');
  }
  return { username, password };
};

/**
 * Reads the credentials that the questions of a plan need, of TURN servers and of our responders, and gives them by the
 * name the questions have for them. Throws UsageError.
 */
export const readTurnFiles = (plan: Plan): ((file: string) => TurnCredential | null) => {
  const asks = [...plan.rules, ...(plan.alongside?.rules ?? [])].flatMap((rule) => rule.asks);
  const known = new Map<string, TurnCredential>();
  const learn = (file: string | undefined, where: string): void => {
    if (file !== undefined && !known.has(file)) known.set(file, readCredential(file, where));
  };
  for (const { options } of asks) {
    learn(options.credentials, 'turn.credentialsFile');
    learn(options.proof, 'responder.credentialsFile');
  }
  return (file) => known.get(file) ?? null;
};
