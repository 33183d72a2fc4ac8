/** How a request begins (RFC 9112 section 3): method, target, version. */
const requestLine = /^[A-Z]+ [\x21-\x7e]+ HTTP\/1\.\d\r?\n/;

const ascii = new TextEncoder();

const headerLines = (headers: Readonly<Record<string, string>>): string[] =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);

/** A GET of a URL over HTTP/1.1, after which the connection is to be closed. `agent` names us; further headers as they are. */
export const encodeRequest = (url: URL, agent: string, headers: Readonly<Record<string, string>> = {}): Uint8Array => {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `User-Agent: ${agent}`,
    'Accept: */*',
    ...headerLines(headers),
    'Connection: close',
  ];
  return ascii.encode(`${lines.join('\r\n')}\r\n\r\n`);
};

/** What the beginning of a conversation is: a whole request, none, or not yet to be told. */
export const readRequest = (bytes: Uint8Array): 'request' | 'not-http' | 'more' => {
  const text = new TextDecoder('latin1').decode(bytes);
  if (text.includes('\n') && !requestLine.test(text)) return 'not-http';
  return /\r?\n\r?\n/.test(text) ? 'request' : 'more';
};

/** A header of a whole request; null if it is not there. Names are compared as everywhere, without their case. */
export const requestHeader = (bytes: Uint8Array, name: string): string | null => {
  const lines = new TextDecoder('latin1').decode(bytes).split(/\r?\n/);
  const wanted = `${name.toLowerCase()}:`;
  const line = lines.slice(1).find((one) => one.toLowerCase().startsWith(wanted));
  return line === undefined ? null : line.slice(wanted.length).trim();
};

/** A response with a body of known length, after which the connection is closed. */
export const encodeResponse = (
  status: number,
  reason: string,
  agent: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Uint8Array => {
  const lines = [
    `HTTP/1.1 ${status} ${reason}`,
    `Server: ${agent}`,
    ...headerLines(headers),
    `Content-Length: ${body.length}`,
  ];
  const head = ascii.encode(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
};
