import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import t, { type Test } from 'tap';
import { ownLoopback } from '../loopback.ts';
import { rawPeer, tlsPeer } from '../probes/tls-peers.ts';
import { edgeprobe, sideBySide } from './command.ts';
import { certificateNamed } from './evil-certificate.ts';

/** Clears a screen, begins a line, turns the writing direction, hides, rings: nothing of it may reach a terminal. */
const evil = '\u001b[2J\u001b]0;owned\u0007\r\n\u009b31m\u202e\u2066\u200b\u0085x';

/** What a terminal acts on. A newline is ours; colours are taken away before. */
const raw = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

const assertHarmless = (t: Test, name: string, text: string): void => {
  t.ok(text.length > 100, `${name}: something was said`);
  t.notMatch(text.replace(/\x1b\[[0-9;]*m/g, ''), raw, `${name}: nothing that a terminal acts on`);
};

/** Runs a probe and a check of one server, as table, coloured table, JSON and files. */
const shownOf = async (t: Test, probe: readonly string[], site: object): Promise<Record<string, string>> => {
  const cwd = t.testdir();
  writeFileSync(path.join(cwd, 'site.yaml'), JSON.stringify(site));
  const check = ['check', '--config', 'site.yaml', '--vantage', 'outside'];
  const env = { FORCE_COLOR: '1' };
  const shown: Record<string, string> = {};
  for (const [name, words] of Object.entries({
    'probe table': probe,
    'probe json': [...probe, '--format', 'json'],
    'check table': check,
    'check json': [...check, '--format', 'json'],
  })) {
    const { code, stdout, stderr } = await edgeprobe(words, { cwd, env });
    t.equal(stderr, '', `${name}: no complaint`);
    t.not(code, 2, `${name}: a server's words are no fault of ours`);
    shown[name] = stdout;
    assertHarmless(t, name, stdout);
    if (name.endsWith('json')) t.doesNotThrow(() => JSON.parse(stdout), `${name}: JSON`);
  }
  return shown;
};

const siteWith = (role: string, ports: object): object => ({
  site: 'hostile',
  packs: ['lync2013-edge-public'],
  features: ['av', 'remote-users', 'xmpp-federation'],
  servers: { edge1: { [role]: { address: ownLoopback, ports } } },
  timeouts: { check: '2s' },
});

t.test('a certificate with control characters in its names', async (t) => {
  const { port } = await tlsPeer(t, await certificateNamed(evil, 'san\u001b[2J\u0007\r\nx'));
  const shown = await shownOf(t, ['probe', 'tls', `${ownLoopback}:${port}`], siteWith('access-edge', { 443: port }));
  t.match(shown['probe table'], /subject.*cn.*\\1B\[2J.*\\x9b31m/, 'shown, escaped: by RFC 4514, and by us');
  t.match(shown['check json'], /"subject": ".*cn/);
});

t.test('an XMPP server with control characters in its header and error', async (t) => {
  const text = '&#x9b;31m&#x85;&#x202e;&#x2066;&#xfeff;&#10;&#13;&#9;evil';
  const header = `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='${text}' version='1.0'>`;
  const error = `<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</text></stream:error></stream:stream>`;
  const { port } = await rawPeer(t, (socket) => socket.once('data', () => socket.end(`${header}${error}`)));
  const probe = ['probe', 'xmpp', `${ownLoopback}:${port}`, '--servername', 'contoso.example'];
  const shown = await shownOf(t, probe, siteWith('access-edge', { 5269: port }));
  t.match(shown['probe table'], /streamId.*\\x9b31m/);
  t.match(shown['probe table'], /host-unknown/);
});

/** A STUN response to a Binding request: SOFTWARE with these bytes (RFC 8489 section 14.14). */
const stunAnswer = (request: Buffer, software: string): Buffer => {
  const value = Buffer.from(software);
  const padding = Buffer.alloc((4 - (value.length % 4)) % 4);
  const attribute = Buffer.concat([Buffer.from([0x80, 0x22, 0, value.length]), value, padding]);
  const header = Buffer.from(request.subarray(0, 20));
  header.writeUInt16BE(0x0101, 0);
  header.writeUInt16BE(attribute.length, 2);
  return Buffer.concat([header, attribute]);
};

t.test('a STUN server with control characters in SOFTWARE', async (t) => {
  const server = createSocket('udp4');
  server.on('message', (request, from) => server.send(stunAnswer(request, `soft${evil}`), from.port, from.address));
  await new Promise<void>((resolve) => server.bind(0, ownLoopback, resolve));
  t.teardown(() => server.close());
  const { port } = server.address();
  const shown = await shownOf(t, ['probe', 'stun', `${ownLoopback}:${port}`], siteWith('av-edge', { 3478: port }));
  t.match(shown['probe table'], /software.*soft\\x1b\[2J/);
});

t.test('servers that talk nonsense, flood, or hang up: observations, never a crash', async (t) => {
  const cwd = t.testdir();
  const answers: Record<string, (socket: Socket) => void> = {
    nonsense: (socket) => socket.end(`HTTP/9.9 999 ${evil}\r\n\r\n`),
    flood: (socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x41)));
        socket.once('drain', more);
      };
      more();
    },
    'hang up': (socket) => socket.destroy(),
    reset: (socket) => socket.resetAndDestroy(),
    zeros: (socket) => socket.end(Buffer.alloc(1000)),
  };
  for (const [name, answer] of Object.entries(answers)) {
    const server = createServer((socket) => answer(socket.on('error', () => undefined).resume()));
    await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
    const bound = server.address();
    const port = typeof bound === 'object' && bound ? bound.port : 0;
    const probes = ['tls', 'xmpp', 'stun', 'http'];
    const ended = await sideBySide(probes, (probe) => {
      const transport = probe === 'stun' ? ['--transport', 'tcp'] : [];
      const words = ['probe', probe, `${ownLoopback}:${port}`, '--timeout', '3s', ...transport, '--format', 'json'];
      return edgeprobe(words, { cwd });
    });
    for (const [index, { code, stdout, stderr }] of ended.entries()) {
      const what = `${name}, ${probes[index]}`;
      t.match({ code, stderr }, { code: 0, stderr: '' }, what);
      t.match(JSON.parse(stdout), { outcome: /^(open|closed|answered)$/ }, `${what}: an observation`);
      t.notMatch(stdout.trimEnd(), raw, `${what}: escaped, one line`);
    }
    await new Promise((resolve) => server.close(resolve));
  }
});
