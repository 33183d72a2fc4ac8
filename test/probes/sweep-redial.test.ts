import t, { type Test } from 'tap';
import { openFence } from '../../probes/fence.ts';
import { type ConnectRequest, type Handle, type Handles, handlesOf } from '../../probes/handles.ts';
import type { Observation } from '../../probes/observation.ts';
import { sweepTcp } from '../../probes/sweep.ts';
import { createTcpDialler } from '../../probes/sweep-handles.ts';
import { needing } from '../require.ts';
import { asking, mixedRange, tcpQuestion } from './sweep-asking.ts';

const ports = 600;

/** What a sweep did with Node's handles. */
interface Watched {
  readonly observation: Observation;
  readonly made: number;
  readonly open: number;
  readonly admitted: number;
  /** Connections that were begun, and those that a refused handle began from the source port it had before. */
  readonly begun: number;
  readonly stuck: number;
}

/** Sweeps loopback through handles that are watched. `renews` false: as on a system where a refused socket is of no use. */
const watch = async (first: number, last: number, renews = true): Promise<Watched> => {
  const handles = handlesOf();
  if (handles === null) throw new Error('this release of Node has no handles');
  let made = 0;
  let admitted = 0;
  const open = new Set<Handle>();
  let begun = 0;
  let stuck = 0;
  const sources = new WeakMap<Handle, number>();
  class TCP extends handles.TCP {
    constructor(kind: number) {
      super(kind);
      made++;
      open.add(this);
    }
    override connect(request: ConnectRequest, address: string, port: number): number {
      if (!renews && sources.has(this)) return 0;
      const failed = super.connect(request, address, port);
      if (failed !== 0) return failed;
      const name: { port?: number } = {};
      this.getsockname(name);
      begun++;
      if (sources.get(this) === name.port) stuck++;
      sources.set(this, name.port ?? 0);
      return 0;
    }
    override close(): void {
      open.delete(this);
      super.close();
    }
    override reset(): number {
      open.delete(this);
      return super.reset();
    }
  }
  const admit: typeof openFence.admit = (dial) => {
    admitted++;
    return openFence.admit(dial);
  };
  const question = tcpQuestion(first, last);
  const dialler = createTcpDialler(
    { ...question.target, sourceAddress: null, sourcePort: null },
    { ...openFence, admit },
    undefined,
    { ...handles, TCP, TCPConnectWrap: handles.TCPConnectWrap } satisfies Handles,
  );
  const observation = await sweepTcp(question, asking(), dialler);
  return { observation, made, open: open.size, admitted, begun, stuck };
};

/** Every third port of such a range is open. */
const rightlyTold = ({ observation }: Watched, t: Test): void =>
  void t.match(observation.facts, { counts: { open: ports / 3, closed: (ports * 2) / 3, filtered: 0, unasked: 0 } });

t.test('refused handles dial again: from new source ports, each asked of the fence', needing('linux'), async (t) => {
  const range = await mixedRange(ports);
  t.teardown(range.close);
  const seen = await watch(range.first, range.last);
  rightlyTold(seen, t);
  t.ok(seen.made < ports * 0.6, `${seen.made} handles for ${ports} ports, of which ${ports / 3} were open`);
  t.equal(seen.open, 0, 'all are closed at the end');
  t.equal(seen.admitted, seen.observation.facts['dials']);
  t.equal(seen.begun, seen.observation.facts['dials'], 'what ends a refused one sends nothing');
  // The kernel chooses by address and port of the target, and on loopback chooses some ports often.
  t.ok(
    seen.stuck < (seen.begun - seen.made) / 2,
    `${seen.stuck} of ${seen.begun - seen.made} had their last one again`,
  );
});

t.test('where a refused handle is of no use each dial has its own', async (t) => {
  const range = await mixedRange(ports);
  t.teardown(range.close);
  const seen = await watch(range.first, range.last, false);
  rightlyTold(seen, t);
  t.equal(seen.made, seen.observation.facts['dials']);
  t.equal(seen.open, 0);
});
