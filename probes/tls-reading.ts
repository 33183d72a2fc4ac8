import { PSEUDO_CIPHER } from '../wire/pseudo-tls.ts';
import { alertName } from '../wire/tls-alert.ts';
import type { TlsTapSummary } from '../wire/tls-record.ts';
import type { Failure, Outcome } from './observation.ts';

/**
 * How a handshake came to its end: `alert` by the peer's alert of that number, `refused-here` by our own TLS stack,
 * `closed` and `reset` by the peer, `silence` by our deadline, `aborted` by the end of the run.
 */
export type Ending =
  | { readonly kind: 'secured' | 'closed' | 'reset' | 'silence' | 'aborted' }
  | { readonly kind: 'alert'; readonly description: number }
  | { readonly kind: 'refused-here'; readonly code: string };

/** What the tap saw, how it ended, and whether the server is known to have asked for a client certificate. */
export interface HandshakeSeen {
  readonly tap: TlsTapSummary;
  readonly ending: Ending;
  readonly clientCertificateRequested: boolean | null;
}

/** TLS 1.3's own word for "no certificate, no service" (RFC 8446 section 6.2). */
const CERTIFICATE_REQUIRED = 116;

const failed = (code: string, message: string): Failure => ({ step: 'tls', code, message });

/** Our own TLS stack would not say a hello: nothing was asked, and nobody else is to blame. */
export const localPolicy = (code: string): Failure =>
  failed('local-tls-policy', `the TLS library of this host would not say that hello: ${code}`);

/** How a handshake ended that a ServerHello had begun: null where it completed. The server has answered in any case. */
const afterHello = ({ tap, ending, clientCertificateRequested }: HandshakeSeen): Failure | null => {
  const insists = clientCertificateRequested === true;
  const unfinished = (how: string): Failure =>
    failed('mtls-unfinished', `the server asked for a client certificate and ${how}: it insists on one it trusts`);
  switch (ending.kind) {
    case 'secured':
      return null;
    case 'alert': {
      const name = alertName(ending.description);
      if (insists || ending.description === CERTIFICATE_REQUIRED) return unfinished(`ended with the alert ${name}`);
      return failed('tls-handshake-refused', `the server ended the handshake with the alert ${name}`);
    }
    case 'refused-here':
      return failed('tls-refused-here', `the server answered; the TLS library of this host refused it: ${ending.code}`);
    case 'closed':
      if (insists) return unfinished('closed the connection');
      return failed('tls-unfinished', 'the server began a handshake and closed the connection');
    case 'reset':
      if (insists) return unfinished('reset the connection');
      return failed('tls-unfinished', 'the server began a handshake and reset the connection');
    case 'silence':
      return failed('tls-unfinished', `the server began a handshake and fell silent after ${tap.bytes} bytes`);
    case 'aborted':
      return failed('aborted', 'the run was ended before the handshake was');
  }
};

/** How a connection ended on which no TLS message came. */
const withoutHello = ({ tap, ending }: HandshakeSeen): readonly [Outcome, Failure] => {
  const heard = tap.bytes === 0 ? 'without a byte' : `after ${tap.bytes} bytes, not one whole TLS message`;
  switch (ending.kind) {
    case 'aborted':
      return ['unasked', failed('aborted', 'the run was ended before this was answered')];
    case 'refused-here':
      // Before a byte came, it was the hello itself that our library refused.
      if (tap.bytes === 0) return ['unasked', localPolicy(ending.code)];
      return ['open', failed('not-tls', 'the peer answered our ClientHello with bytes that are no TLS handshake')];
    case 'reset':
      return ['open', failed('tls-reset', `the connection was reset after our ClientHello, ${heard}`)];
    case 'closed':
      return ['open', failed('tls-closed', `the connection was closed after our ClientHello, ${heard}`)];
    case 'silence':
      if (tap.bytes > 0)
        return ['open', failed('tls-stalled', `our ClientHello was answered by ${tap.bytes} bytes only`)];
      return ['open', failed('tls-silent', 'nothing was heard to our ClientHello')];
    default:
      return ['open', failed('not-tls', 'the peer answered our ClientHello with bytes that are no TLS handshake')];
  }
};

/**
 * What a handshake means. Any well-formed ServerHello or alert to our ClientHello is `answered`, however the rest
 * ended; but an A/V Edge's pseudo-TLS (a ServerHello with cipher 0x0018 and no certificate, MS-TURN section 2.1.1)
 * is another service: `open`.
 */
export const readHandshake = (seen: HandshakeSeen): { readonly outcome: Outcome; readonly failure: Failure | null } => {
  const { tap } = seen;
  if (tap.serverHello?.cipher === PSEUDO_CIPHER && !tap.certificateSeen) {
    return {
      outcome: 'open',
      failure: failed('pseudo-tls', "the peer speaks the pseudo-TLS of an A/V Edge's TURN, not TLS"),
    };
  }
  if (tap.serverHello || tap.helloRetryRequest) return { outcome: 'answered', failure: afterHello(seen) };
  const [alert] = tap.alerts;
  if (alert && !tap.clientHelloSeen) {
    const message = `the server refused our hello with the alert ${alert.name}`;
    return { outcome: 'answered', failure: failed('tls-handshake-refused', message) };
  }
  if (tap.clientHelloSeen) {
    return { outcome: 'open', failure: failed('not-tls', 'the peer sent our own bytes back (an echo service)') };
  }
  if (tap.stopped === 'not-tls' || tap.stopped === 'malformed' || tap.stopped === 'truncated') {
    return {
      outcome: 'open',
      failure: failed('not-tls', `the peer answered our ClientHello with something else: ${tap.reason}`),
    };
  }
  const [outcome, failure] = withoutHello(seen);
  return { outcome, failure };
};
