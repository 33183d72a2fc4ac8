import * as z from 'zod';
import { familyOf, isHostName, normaliseAddress, parseControl, parseHost, parseHostName } from './address.ts';
import { durationPattern, parseDuration } from './duration.ts';
import { nearMiss } from './near-miss.ts';
import { type PortRange, parsePorts } from './ports.ts';

/** The fields the site file is made of: what people write on the left, what the program works with on the right. */

/** No field that a parser reads needs more characters; complaints repeat what was written. */
const longestText = 500;

/** A text field that a parser reads; what the parser throws is the problem the user is shown. */
const read = <T>(parse: (text: string) => T, input = z.string()) =>
  input.transform((text, context): T => {
    try {
      if (text.length > longestText) throw new Error(`is longer than ${longestText} characters`);
      return parse(text);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: text });
      return z.NEVER;
    }
  });

const refusing = (message: (text: string) => string | null) => (text: string) => {
  const complaint = message(text);
  if (complaint !== null) throw new Error(complaint);
  return text;
};

const visible = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;

/** A line of text for people: no control characters, no more than 200. */
export const line = z
  .string()
  .min(1, { error: 'is empty' })
  .max(200, { error: 'is longer than 200 characters' })
  // Not a pattern: editors read patterns of a JSON Schema without the u flag that \p needs.
  .refine((text) => visible.test(text), { error: 'contains control characters' });

/** A glob over rule ids, or over pack/id. */
export const ruleGlob = line
  .regex(/^\S*$/, { error: 'contains a space; a rule is named by its id or a glob such as external-*-tcp-443-in' })
  .meta({ description: 'Glob over rule ids, or pack/id.' });

/** The name of a server, a far host or the site: it becomes a label, a file name and a word on the command line. */
export const name = z
  .string()
  .max(63, { error: 'is longer than 63 characters' })
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, {
    error: 'a name has letters, digits, dots, hyphens and underscores, and starts and ends with a letter or digit',
  });

/** An address literal or a host name. */
export const host = read(parseHost).meta({
  description: 'An IP address or a host name; a name is asked at every address it has.',
});

/** A DNS domain, such as a SIP domain. */
export const domain = read((text) => {
  if (text.startsWith('*.')) throw new Error(`"${text}" is a wildcard; give one name`);
  return parseHostName(text);
}).meta({ description: 'A DNS name.' });

/** A name to ask the DNS for: as a domain, but with underscores, for SRV names. */
export const query = read((text) => {
  if (!isHostName(text.replaceAll('_', 'x')))
    throw new Error(`"${text}" is not a name that can be asked of a DNS server`);
  return text.toLowerCase().replace(/\.$/, '');
}).meta({ description: 'The DNS name to ask for.' });

/** An address of this machine to send from. */
export const bindAddress = read((text) => {
  if (familyOf(text) === null)
    throw new Error(`"${text}" is not an IP address; bind takes an address of the machine, not a name`);
  const address = normaliseAddress(text);
  if (address === '0.0.0.0' || address === '::')
    throw new Error(`${address} is no address to send from; leave the role out instead`);
  return address;
}).meta({ description: 'The address of this machine to send from.' });

export const control = read(parseControl).meta({
  description: 'A TCP service that must answer from this vantage: tcp://host:port.',
  pattern: '^tcp://.+:[0-9]+$',
});

/** An http:// URL; CRLs are fetched without TLS, whose check would need a CRL again. */
export const url = read((text) => {
  if (!URL.canParse(text)) throw new Error(`"${text}" is not a URL such as http://crl.example.com/root.crl`);
  const parsed = new URL(text);
  if (parsed.protocol !== 'http:') throw new Error(`"${text}": only http:// URLs are fetched`);
  if (parsed.username !== '' || parsed.password !== '')
    throw new Error('a URL with a user name or password is not fetched');
  return parsed.href;
}).meta({ description: 'The URL to fetch.', pattern: '^http://' });

export const file = z.string().min(1, { error: 'is empty; give the path of a file, relative to this file' });

export const timezone = read(
  refusing((text) => {
    const zones = Intl.supportedValuesOf('timeZone');
    try {
      new Intl.DateTimeFormat('en', { timeZone: text });
      return null;
    } catch {
      const near = nearMiss(text, zones);
      return `"${text}" is not a time zone; ${near === null ? 'write one such as Europe/Zurich or UTC' : `did you mean "${near}"?`}`;
    }
  }),
).meta({ description: 'IANA time zone, only for people: everything is stored in UTC.' });

/** A day that exists, as YYYY-MM-DD. */
export const day = read(
  refusing((text) => {
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text))
      return `"${text}" is not a date: write YYYY-MM-DD, such as 2026-12-31`;
    const time = Date.parse(`${text}T00:00:00Z`);
    const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
    return exists ? null : `"${text}" is not a day of the calendar`;
  }),
).meta({ description: 'The last day it holds, YYYY-MM-DD, in UTC.', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });

const unitless = z.string({
  error: ({ input }) =>
    typeof input === 'number' ? `${input} has no unit: write ${input}s, or use ms, m, h or d` : undefined,
});

/** A duration between two others, both allowed, in seconds. */
export const duration = (shortest: string, longest: string) =>
  read((text) => {
    const seconds = parseDuration(text);
    if (seconds < parseDuration(shortest)) throw new Error(`${text} is too short: ${shortest} to ${longest}`);
    if (seconds > parseDuration(longest)) throw new Error(`${text} is too long: ${shortest} to ${longest}`);
    return seconds;
  }, unitless).meta({ description: `A duration from ${shortest} to ${longest}.`, pattern: durationPattern.source });

/**
 * The one word that may stand in the place of another kind of value. A text and not a literal, so that of the two
 * alternatives the one of the kind that was written is explained.
 */
export const word = <W extends string>(word: W, error: string) =>
  z
    .string()
    .regex(new RegExp(`^${word}$`), { error })
    .transform((): W => word);

/** A whole number between two others, both allowed. */
export const whole = (least: number, most: number) =>
  z
    .int({ error: ({ input }) => (typeof input === 'number' ? `${input} is not a whole number` : undefined) })
    .min(least, { error: ({ input }) => `${input} is too small: ${least} to ${most}` })
    .max(most, { error: ({ input }) => `${input} is too large: ${least} to ${most}` });

/** One documented port or range and what stands in its place at this site. */
export interface PortOverride {
  documented: PortRange;
  actual: PortRange;
}

const portText = z.union([z.string(), z.number()]);

const onePortRange = (text: string): PortRange => {
  const [range, ...others] = parsePorts(text);
  if (range === undefined || others.length > 0)
    throw new Error(`"${text}" is a list; one port or one range stands here`);
  return range;
};

const isRange = ({ from, to }: PortRange): boolean => from !== to;

/** `{ "443": 20443, "50000-59999": "21000-21063" }`: a port for a port, a range for a range; the sizes may differ. */
export const portOverrides = z.record(z.string(), portText).transform((entries, context): PortOverride[] => {
  const overrides: PortOverride[] = [];
  for (const [key, value] of Object.entries(entries)) {
    try {
      const documented = onePortRange(key);
      const actual = onePortRange(String(value));
      if (isRange(documented) && !isRange(actual))
        throw new Error(`${key} is a range: give a range such as "21000-21063"`);
      if (!isRange(documented) && isRange(actual)) throw new Error(`${key} is one port: give one port, not a range`);
      overrides.push({ documented, actual });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      context.issues.push({ code: 'custom', message: error.message, input: value, path: [key] });
    }
  }
  return overrides;
});

/** `"4443,5062,50000-59999"`, or one port as a number. */
export const portList = portText.transform((value, context): PortRange[] => {
  try {
    return parsePorts(String(value));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    context.issues.push({ code: 'custom', message: error.message, input: value });
    return z.NEVER;
  }
});
