import { createServer } from 'node:net';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { probes } from '../../probes/index.ts';
import type { Observation } from '../../probes/observation.ts';
import type { AnswerOptions, Probe, Question } from '../../probes/probe.ts';
import { ownLoopback } from '../loopback.ts';
import { askingWith } from './tls-peers.ts';
import {
  askedName,
  listenFor as listenOf,
  questionFor as questionOf,
  type Security,
  type Transport,
  ways,
} from './ways.ts';

/** What every probe of the registry promises, over both families: one suite, so that a new probe cannot forget any. */
const families = { IPv4: ownLoopback, IPv6: '::1' } as const;

const name = askedName;

const questionFor = (probe: Probe, transport: Transport, security: Security, address: string, port: number): Question =>
  questionOf({ probe, transport, security }, address, port);

const listenFor = (probe: Probe, transport: Transport, options: AnswerOptions, address: string) =>
  listenOf({ probe, transport, security: 'none' }, options, address);

t.test('every probe of the registry has its ways written down here', async (t) => {
  t.same(Object.keys(ways).sort(), probes.map((probe) => probe.name).sort());
  t.equal(probes.length, 9);
});

t.test('ask meets answer over real sockets, in both families', async (t) => {
  const tls = await generateCertificate({ names: [name], days: 1, now: new Date() });
  for (const probe of probes) {
    for (const [transport, security] of ways[probe.name] ?? []) {
      for (const [family, address] of Object.entries(families)) {
        const what = `${probe.name} ${transport} ${security} over ${family}`;
        const options = { tls, security, requestCertificate: security === 'mtls', domain: name };
        const listening = await listenFor(probe, transport, options, address);
        if (!listening.ok) {
          t.fail(`${what}: ${listening.message}`);
          continue;
        }
        const question = questionFor(probe, transport, security, address, listening.port);
        const seen = await probe.run(question, askingWith());
        t.equal(seen.outcome, probe.name === 'tcp' ? 'open' : 'answered', `${what}: ${seen.failure?.message ?? ''}`);
        t.equal(seen.source.address, address, `${what}: left from the address it was bound to`);
        await listening.close();
      }
    }
  }
});

t.test('a port where nobody listens is closed, in both families', async (t) => {
  for (const probe of probes) {
    for (const [transport, security] of ways[probe.name] ?? []) {
      for (const [family, address] of Object.entries(families)) {
        const question = questionFor(probe, transport, security, address, await vacantPort(address));
        const seen = await probe.run(question, askingWith());
        t.equal(seen.outcome, 'closed', `${probe.name} ${transport} ${security} over ${family}`);
      }
    }
  }
});

/** A port of that address that nobody holds any more. */
const vacantPort = (address: string): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound ? bound.port : 0));
    });
  });

t.test('an address of another family than the source, and one that is nobody’s, could not be asked', async (t) => {
  for (const probe of probes) {
    for (const [transport, security] of ways[probe.name] ?? []) {
      const base = questionFor(probe, transport, security, ownLoopback, 9);
      const foreign = { ...base, source: { address: '192.0.2.77', port: null } };
      const seen = await probe.run(foreign, askingWith());
      t.match(seen, { outcome: 'unasked' }, `${probe.name} ${transport}: a source that this host does not own`);
      t.type(seen.failure?.message, 'string');
      const crossed = { ...base, source: { address: '::1', port: null } };
      t.match(await probe.run(crossed, askingWith()), { outcome: 'unasked' }, `${probe.name} ${transport}: crossed`);
    }
  }
});

t.test('an aborted question ends at once and says so', async (t) => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  t.teardown(() => server.close());
  for (const probe of probes) {
    for (const [transport, security] of ways[probe.name] ?? []) {
      const controller = new AbortController();
      controller.abort();
      const question = questionFor(probe, transport, security, ownLoopback, port);
      const seen: Observation = await probe.run(question, askingWith({ signal: controller.signal }));
      t.equal(seen.outcome, 'unasked', `${probe.name} ${transport} ${security}`);
      t.equal(seen.failure?.code, 'aborted', `${probe.name} ${transport} ${security}`);
    }
  }
});

t.test('a range over IPv6: the one port that answers, and the others', async (t) => {
  for (const name of ['tcp', 'udp'] as const) {
    const probe = probes.find((one) => one.name === name);
    if (probe === undefined) throw new Error(`no probe ${name}`);
    const listening = await listenFor(probe, name, {}, '::1');
    if (!listening.ok) throw new Error(listening.message);
    t.teardown(() => listening.close());
    const first = listening.port - 3;
    const question = questionFor(probe, name, 'none', '::1', first);
    const range = { ...question, target: { address: '::1', port: first, lastPort: first + 9 } };
    const { facts } = await probe.run(range, askingWith());
    const ranges = facts['ranges'];
    const mine = Array.isArray(ranges)
      ? ranges.find((run) => run !== null && typeof run === 'object' && 'from' in run && run.from === listening.port)
      : undefined;
    t.match(mine, { from: listening.port, outcome: name === 'tcp' ? 'open' : 'answered' }, `${name} sweep over IPv6`);
    t.equal(facts['asked'], 10);
  }
});
