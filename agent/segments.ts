/** What a question came to, as far as the deduction tells them apart. `mute`: the transport opened, and no more. */
export type Heard = 'answered' | 'silent' | 'refused' | 'icmp' | 'mute';

/** The same question asked from the far end of the segment: in the DMZ, beside the server. */
export type HeardBeside = Heard | 'other-identity' | 'dark' | 'not-asked';

/** What is known of an inbound row: O, C, D and F of the table below. */
export interface InboundView {
  /** O: the question from outside the segment. */
  readonly outside: Heard;
  /** C: whether another port of that address was heard in the same run from outside. */
  readonly others: 'ok' | 'dark' | 'unknown';
  /** C of a refused question: what the port that no rule opens said. */
  readonly controlPort: 'silent' | 'closed' | 'open' | 'unknown';
  /** D: the same question from the DMZ. `other-identity`: another certificate, or no proof. */
  readonly beside: HeardBeside;
  /** F: whether the responder saw the request. */
  readonly arrived: 'yes' | 'no' | 'unknown';
}

/** What follows from a view: closed list, part of the report format. */
export type DeductionCode =
  | 'nobody-blocks'
  | 'intercepted-outside'
  | 'request-dropped'
  | 'request-or-reply-dropped'
  | 'reply-dropped'
  | 'request-not-heard'
  | 'host-silent'
  | 'service-down-perhaps-more'
  | 'ask-beside'
  | 'whole-address'
  | 'host-absent'
  | 'reset-outside'
  | 'service-down'
  | 'refused-outside'
  | 'inspected-outside'
  | 'service-mute'
  | 'segment-drops'
  | 'far-side-dead'
  | 'source-rule'
  | 'source-scope'
  | 'unclear';

/** Who has to act, as far as that is deduced. */
export type Blame = 'nobody' | 'segment' | 'server' | 'segment-and-server' | 'far-side' | 'unknown';

export interface Deduced {
  readonly code: DeductionCode;
  readonly blame: Blame;
}

const deduced = (code: DeductionCode, blame: Blame): Deduced => ({ code, blame });

const unclear = deduced('unclear', 'unknown');

const askBeside = deduced('ask-beside', 'unknown');

/** Nobody asked beside the server, and its responder tells: then its own firewall is not excluded. */
const withoutBeside = ({ arrived }: Pick<InboundView, 'arrived'>): Deduced => {
  if (arrived === 'yes') return deduced('reply-dropped', 'segment-and-server');
  return arrived === 'no' ? deduced('request-not-heard', 'segment-and-server') : askBeside;
};

const answeredOutside = ({ beside }: InboundView): Deduced => {
  if (beside === 'other-identity') return deduced('intercepted-outside', 'segment');
  return deduced('nobody-blocks', 'nobody');
};

/** The address itself is heard from outside: only this question is silent. */
const silentPort = (view: InboundView): Deduced => {
  const { beside, arrived } = view;
  switch (beside) {
    case 'answered':
      if (arrived === 'yes') return deduced('reply-dropped', 'segment');
      return deduced(arrived === 'no' ? 'request-dropped' : 'request-or-reply-dropped', 'segment');
    case 'silent':
    case 'dark':
      return deduced('host-silent', 'server');
    case 'refused':
      return deduced('service-down-perhaps-more', 'segment-and-server');
    case 'not-asked':
      return withoutBeside(view);
    default:
      return unclear;
  }
};

const silentAddress = ({ beside, arrived }: InboundView): Deduced => {
  switch (beside) {
    case 'answered':
      // No rule is blamed: address translation, route, shun, or our own egress.
      return deduced('whole-address', 'unknown');
    case 'dark':
      return deduced('host-absent', 'nobody');
    case 'not-asked':
      return arrived === 'yes' ? withoutBeside({ arrived }) : askBeside;
    default:
      return unclear;
  }
};

const silentOutside = (view: InboundView): Deduced => {
  if (view.others === 'ok') return silentPort(view);
  if (view.others === 'dark') return silentAddress(view);
  return view.beside === 'not-asked' ? withoutBeside(view) : unclear;
};

const refusedOutside = ({ beside, controlPort, arrived }: InboundView): Deduced => {
  switch (beside) {
    case 'answered':
      // Without the responder's word the reset may be the host's own, for sources it does not like.
      return arrived === 'no' ? deduced('reset-outside', 'segment') : unclear;
    case 'refused':
      return controlPort === 'silent' ? deduced('service-down', 'server') : unclear;
    case 'not-asked':
      return askBeside;
    default:
      return unclear;
  }
};

const icmpOutside = ({ beside }: InboundView): Deduced => {
  if (beside === 'answered') return deduced('refused-outside', 'segment');
  if (beside === 'icmp') return deduced('host-absent', 'nobody');
  return beside === 'not-asked' ? askBeside : unclear;
};

const muteOutside = ({ beside }: InboundView): Deduced => {
  if (beside === 'answered') return deduced('inspected-outside', 'segment');
  if (beside === 'mute') return deduced('service-mute', 'server');
  return beside === 'not-asked' ? askBeside : unclear;
};

/**
 * Who blocks an inbound row: one segment, never a device. Pure.
 *
 * ```
 *  outside   others / control    beside           arrived   deduction
 *  answered  -                   same identity    -         nobody blocks
 *  answered  -                   other identity   -         interception in the segment
 *  silent    ok                  answered         no / -    the segment drops the request (-: or the reply)
 *  silent    ok                  answered         yes       the reply is dropped, or leaves by the wrong leg
 *  silent    ok                  silent           -         host firewall or dead listener; segment not judged
 *  silent    ok                  refused          -         service down; the segment may also drop
 *  silent    ok                  not asked        -         ask from the DMZ
 *  silent    not dark            not asked        no        the request is lost before the responder: two owners
 *  silent    -                   not asked        yes       the reply is dropped, or leaves by the wrong leg: two owners
 *  silent    dark                answered         -         whole address: NAT, route, shun, our egress
 *  silent    dark                dark             -         host absent
 *  refused   -                   answered         no        the segment resets, or NAT to another live host
 *  refused   control silent      refused          -         service down, path open
 *  refused   control refused     refused          -         unclear
 *  icmp      -                   answered         -         router or firewall of the segment
 *  icmp      -                   icmp             -         host absent
 *  mute      -                   answered         -         application control or TLS inspection in the segment
 *  mute      -                   mute             -         service
 * ```
 * Whatever stands in no line of it is unclear.
 */
export const deduceInbound = (view: InboundView): Deduced => {
  switch (view.outside) {
    case 'answered':
      return answeredOutside(view);
    case 'silent':
      return silentOutside(view);
    case 'refused':
      return refusedOutside(view);
    case 'icmp':
      return icmpOutside(view);
    case 'mute':
      return muteOutside(view);
  }
};

/** What is known of an outbound row that was asked from the DMZ and is silent. */
export interface OutboundView {
  /** The same port of the same far host, asked from outside the segment. */
  readonly fromOutside: 'ok' | 'not-ok' | 'not-asked';
  /** Whether another port of that far host was heard from the DMZ. */
  readonly others: 'ok' | 'dark' | 'unknown';
  /** Whether the same question passes from another address of the same host. */
  readonly otherSource: 'ok' | 'not-ok' | 'not-asked';
  /** F: whether our responder there saw the request. */
  readonly arrived: InboundView['arrived'];
}

/** Who blocks a silent outbound row. Pure. */
export const deduceOutbound = ({ fromOutside, others, otherSource, arrived }: OutboundView): Deduced => {
  if (arrived === 'yes') return deduced('reply-dropped', 'segment');
  if (otherSource === 'ok') return deduced('source-rule', 'segment');
  if (fromOutside === 'ok' && others === 'ok') return deduced('segment-drops', 'segment');
  // Its responder listened: whoever asks from elsewhere in vain has a trouble of his own.
  if (arrived === 'no') return deduced('request-not-heard', 'segment');
  if (fromOutside === 'not-ok') return deduced('far-side-dead', 'unknown');
  return unclear;
};

/**
 * Who blocks an internal row that one place passes and another does not: the segment's idea of who may ask. Null where
 * the places agree.
 */
export const deduceInternal = (passes: readonly boolean[]): Deduced | null =>
  passes.includes(true) && passes.includes(false) ? deduced('source-scope', 'segment') : null;
