import type { Observation } from './observation.ts';
import { type Asking, proofSecret, type Question } from './probe.ts';
import { sweepPorts } from './sweep.ts';
import { sweepProof } from './sweep-proof.ts';
import { createFarQueue } from './sweep-queue.ts';
import { createUdpDialler, type UdpDialler } from './udp-dialler.ts';
import { createUdpLoss, refusalsStopped } from './udp-loss.ts';

/**
 * Sweeps the UDP ports of a question with STUN Binding requests. Never rejects.
 *
 * A port is `answered` by a message with the transaction id of a request of ours, `closed` or `unreachable` by ICMP, and
 * `filtered` if nothing came to as many dials as the loss seen in ports that answer asks for. Facts are those of
 * `sweepTcp`, and `strayDatagrams`: how many datagrams came from swept ports that answer nothing of ours; and
 * `transactionPrefix`: what the transaction ids of the sweep begin with, by which a responder's record is compared.
 * `refusalsLimited` is also set where refusals stopped coming: then silent ports may be refused ones. They are not
 * waited for: at the one refusal a second that Linux sends, ten thousand ports would take hours.
 */
export const sweepUdp = (
  question: Question,
  asking: Asking,
  dialler: UdpDialler = createUdpDialler(
    { ...question.target, sourceAddress: question.source.address, sourcePort: question.source.port },
    asking,
    proofSecret(question.options, asking),
  ),
): Promise<Observation> => {
  const loss = createUdpLoss();
  return sweepPorts(question, asking, {
    dialler,
    step: 'stun',
    loss,
    queue: createFarQueue(),
    more: ({ book }) => {
      const silent = book.ports.some(({ outcome }) => outcome === 'filtered');
      const closed = book.ports.map(({ outcome }) => outcome === 'closed');
      const second = book.ports.some(({ outcome, silences }) => outcome === 'closed' && silences > 0);
      const limited = silent && !loss.refusalsTell() && (second || refusalsStopped(closed));
      const strays = dialler.strays();
      return {
        ...(limited ? { refusalsLimited: true } : {}),
        ...(proofSecret(question.options, asking) === null ? {} : sweepProof(book.ports, dialler.proved())),
        transactionPrefix: dialler.token,
        ...(strays > 0 ? { strayDatagrams: strays } : {}),
      };
    },
  });
};
