import { edgeRoles, externalRoles, far, inside } from './addresses.ts';
import { firewallOf, type Row } from './firewall.ts';
import type { Lab, Vantage } from './lab.ts';

/** One packet exchange to try: from where to where, and how long silence may last (milliseconds). */
export interface Dial {
  vantage: Vantage;
  transport: string;
  source: string;
  target: string;
  port: number;
  wait: number;
}

/** What came of it: the host or the firewall said something, or nothing did. */
export type Heard = 'open' | 'refused' | 'unreachable' | 'silent' | (string & {});

// Silence is accepted after what had arrived by then was read. Runs in the namespace, on plain Node sockets: nothing of edgeprobe may be involved where the lab itself is on trial.
const program = `
const net = require('node:net'), dgram = require('node:dgram');
const word = { ECONNREFUSED: 'refused', EHOSTUNREACH: 'unreachable', ENETUNREACH: 'unreachable', EACCES: 'unreachable' };
const tcp = (d) => new Promise((done) => {
  const s = net.connect({ host: d.target, port: d.port, localAddress: d.source });
  const end = (heard) => { s.destroy(); done(heard); };
  s.once('connect', () => end('open')).on('error', (e) => end(word[e.code] ?? e.code));
  setTimeout(setImmediate, d.wait, end, 'silent').unref();
});
const udp = (d) => new Promise((done) => {
  const s = dgram.createSocket('udp4');
  const end = (heard) => { s.removeAllListeners('error'); s.on('error', () => {}); try { s.close(); } catch {} done(heard); };
  s.once('message', () => end('open')).on('error', (e) => end(word[e.code] ?? e.code));
  // A query for the root's name servers, or a STUN Binding request.
  const hello = d.port === 53 ? '4c62010000010000000000000000020001' : '000100002112a442' + '0'.repeat(24);
  s.bind(0, d.source, () => s.connect(d.port, d.target, () => s.send(Buffer.from(hello, 'hex'))));
  setTimeout(setImmediate, d.wait, end, 'silent');
});
const dials = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
Promise.all(dials.map((d) => (d.transport === 'tcp' ? tcp : udp)(d))).then((all) => {
  process.stdout.write(JSON.stringify(all), () => process.exit(0));
});
`;

const dialFrom = async (lab: Lab, vantage: Vantage, dials: readonly Dial[]): Promise<Heard[]> => {
  const own = dials.filter((dial) => dial.vantage === vantage);
  if (own.length === 0) return [];
  const done = await lab.run(vantage, [process.execPath, '-e', program], undefined, JSON.stringify(own));
  if (done.code !== 0) throw new Error(`dialling from ${vantage}: ${done.stderr}`);
  const heard: unknown = JSON.parse(done.stdout);
  if (!Array.isArray(heard)) throw new Error(`dialling from ${vantage}: ${done.stdout}`);
  return heard.map(String);
};

/** Tries everything at once and returns what each was answered, in order. */
export const dialAll = async (lab: Lab, dials: readonly Dial[]): Promise<Heard[]> => {
  const vantages: readonly Vantage[] = ['outside', 'dmz', 'inside'];
  const answers = await Promise.all(vantages.map((vantage) => dialFrom(lab, vantage, dials)));
  return dials.map(({ vantage }) => answers[vantages.indexOf(vantage)]?.shift() ?? 'lost');
};

const farFor = (row: Row): string => {
  if (row.from === 'edge-internal') return inside.frontEnd;
  const byProtocol: Record<string, string> = { SIP: far.sip, XMPP: far.xmpp, DNS: far.dns, HTTP: far.crl };
  return byProtocol[row.protocol] ?? far.av;
};

/** The packet that shows whether a row of the pack holds at one Edge. A range is asked at one port of it. */
export const dialOf = (lab: Lab, row: Row, wait = 20_000, node = lab.nodes[0]): Dial => {
  if (node === undefined) throw new Error('a lab without an Edge');
  const address = (role: string): string | undefined => {
    const known = edgeRoles.find((one) => one === role);
    return known === undefined ? undefined : node[known];
  };
  const [first = 0, last = first] = row.ports.split('-').map(Number);
  const from = address(row.from);
  const atInside = firewallOf(row) === 'fwint';
  const common = { transport: row.transport, port: Math.min(first + 77, last), wait };
  if (from !== undefined) return { ...common, vantage: 'dmz', source: from, target: farFor(row) };
  const published = externalRoles.find((one) => one === row.to);
  const target = (atInside || !published ? null : node.published?.[published]) ?? address(row.to) ?? 'nowhere';
  const source = atInside ? inside.frontEnd : far.vantage;
  return { ...common, vantage: atInside ? 'inside' : 'outside', source, target };
};

/** The row of the lab's pack with this id. Throws if there is none. */
export const rowOf = (lab: Lab, id: string): Row => {
  const row = lab.rules.find((one) => one.id === id);
  if (row === undefined) throw new Error(`no rule ${id}`);
  return row;
};
