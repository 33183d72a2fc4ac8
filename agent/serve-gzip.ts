import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** What is shorter fits into one packet anyway. In bytes. */
const worthIt = 1024;

/** Whether a client takes gzip, by its Accept-Encoding header (RFC 9110 section 12.5.3); by name, not as "anything". */
export const acceptsGzip = (header: string | string[] | undefined): boolean =>
  String(header ?? '')
    .slice(0, 1024)
    .split(',')
    .map((part) => part.split(';').map((one) => one.trim().toLowerCase()))
    .some(([coding, ...rest]) => coding === 'gzip' && !rest.some((one) => /^q=0(\.0*)?$/.test(one)));

const compress = promisify(gzip);

/**
 * The bytes of a body, and the headers that say how they are written. Series repeat their labels, so that gzip makes a
 * twentieth of them: agents are scraped through narrow links.
 */
export const encoded = async (
  body: string,
  accepts: boolean,
): Promise<{ readonly bytes: Buffer; readonly headers: Readonly<Record<string, string>> }> => {
  const bytes = Buffer.from(body);
  if (bytes.length < worthIt) return { bytes, headers: {} };
  const headers = { Vary: 'Accept-Encoding' };
  if (!accepts) return { bytes, headers };
  // The level that costs least: the labels are found all the same. Made beside the thread that asks.
  return { bytes: await compress(bytes, { level: 1 }), headers: { ...headers, 'Content-Encoding': 'gzip' } };
};
