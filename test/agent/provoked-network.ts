import type { AskedRule } from '../../agent/asked-rule.ts';
import { control, row, seen, silent } from './fixtures.ts';
import { at, clients, type Provocations, provoke, rtp, sip, swept, tls } from './provoke.ts';

const narrowed: AskedRule = { ...sip, mayNarrowTo: ['front-end'] };

const outsideTheTable: AskedRule = {
  ...row('external-tcp-tcp-1-65535-in'),
  ...{ pack: 'strict', role: 'edge-external', to: 'edge-external', expect: 'blocked', only: '21-9389' },
};

export const connected = (seconds: number) => tls({}, { steps: [{ step: 'connect', seconds }] });

export const reset = (seconds: number) => seen('closed', { code: 'connection-refused', durationSeconds: seconds });

export const provokedNetwork: Provocations = {
  'everything-open': [
    provoke([{ rule: rtp, at: { edge1: swept([[50000, 59999, 'open']]) } }], {
      controls: [control('port', '131.107.155.30', 'open')],
    }),
    /a port of this address that no rule opens opens as well/,
  ],
  'any-any-rule': [
    at(
      outsideTheTable,
      swept([
        [21, 111, 'filtered'],
        [135, 143, 'open'],
        [389, 9389, 'filtered'],
      ]),
      { expect: 'blocked' },
    ),
    /^9 ports that no table opens can be reached: 135-143 open$/,
  ],
  'range-partial': [
    at(
      rtp,
      swept([
        [50000, 50499, 'filtered'],
        [50500, 59999, 'open'],
      ]),
    ),
    /^50000-50499 filtered, 50500-59999 open$/,
  ],
  'reset-by-firewall': [
    provoke([
      { rule: sip, at: { edge1: reset(0.001) } },
      { rule: clients, at: { edge1: connected(0.024) } },
    ]),
    /^the reset took 1 ms, and no connect to this address took less than 24 ms$/,
  ],
  'source-port-rewritten': [
    at(
      row('external-stun-udp-3478-in', { pack: 'derived', sourcePorts: '3478' }),
      seen('answered', { probe: 'stun', facts: { mappedAddress: '198.51.100.7', mappedPort: 61_007 } }),
    ),
    /^sent from port 3478, and seen at the far end from 61007$/,
  ],
  'source-not-in-role': [at(narrowed, silent()), /^asked from 198\.51\.100\.7 that is none of front-end$/],
  'source-shunned': [
    provoke([{ rule: rtp, at: { edge1: swept([[50000, 59999, 'filtered']]) } }], {
      controls: [control('repeat', '131.107.155.30', 'filtered')],
    }),
    /silent since the sweep/,
  ],
  'prober-blind': [
    provoke([{ rule: sip, at: { edge1: silent() } }], { controls: [control('vantage', '203.0.113.53', 'filtered')] }),
    /must answer from here/,
  ],
  'local-exhaustion': [
    at(
      rtp,
      swept(
        [
          [50000, 59000, 'open'],
          [59001, 59999, 'unasked'],
        ],
        { failure: { step: 'connect', code: 'local-exhaustion', message: 'descriptor limit' } },
      ),
    ),
    /^999 ports could not be asked: descriptor limit$/,
  ],
  'proof-missing': [
    at(row('external-sip-tcp-443-in'), tls(), {
      target: { responder: true },
      check: { options: { proof: 'secret.txt' } },
    }),
    /did not show the credential/,
  ],
};
