import type { DeductionCode } from './segments.ts';

/** What a deduction is about, in the words of its sentence. */
export interface DeductionScene {
  readonly segment: 'external' | 'internal';
  /** Where the question was asked (`outside`), and the node that was asked. */
  readonly from: string;
  readonly who: string;
  /** `udp/3478` */
  readonly what: string;
  /** Every condition under which the segment may be named is known to hold. */
  readonly sure: boolean;
}

type Words = (scene: DeductionScene) => string;

/** The segment by its name; where a condition is not known, only the two ends between which it happens. */
const somebody: Words = ({ segment, from, who, sure }) =>
  sure ? `the ${segment} segment` : `something between ${from} and ${who}`;

const sentences: Readonly<Record<DeductionCode, Words>> = {
  'nobody-blocks': ({ what, who }) => `nobody blocks ${what} to ${who}`,
  'intercepted-outside': (s) =>
    `${somebody(s)} answers in the place of ${s.who}: ${s.from} is shown another certificate than the DMZ`,
  'request-dropped': (s) =>
    `${somebody(s)} drops the request: ${s.who} answers the DMZ, and heard nothing of ${s.from}`,
  'request-or-reply-dropped': (s) => `${somebody(s)} drops the request or the reply: ${s.who} answers the DMZ`,
  'reply-dropped': (s) =>
    `${s.who} heard the request: its reply is dropped between it and ${s.from}, or leaves by the wrong leg`,
  'request-not-heard': (s) =>
    `${somebody(s)} drops the request: our responder on ${s.who} listened and heard nothing of ${s.from}`,
  'host-silent': (s) =>
    `${s.who} is silent to the DMZ as well: its host firewall, or nothing listens; the ${s.segment} segment is not judged`,
  'service-down-perhaps-more': (s) =>
    `nothing listens on ${s.who}, which refuses the DMZ; ${s.from} hears silence, so the ${s.segment} segment may drop it as well: two owners`,
  'ask-beside': (s) =>
    `not known: ask from the DMZ as well, which tells the silence of ${s.who} from that of the way to it`,
  'whole-address': (s) =>
    `${s.who} answers the DMZ, and its whole address is dark from ${s.from}: address translation, route, a block of our address or our own way out; no rule is blamed`,
  'host-absent': (s) => `${s.who} is not heard in the DMZ either: the host is absent, and nobody is blamed`,
  'reset-outside': (s) =>
    `${somebody(s)} resets it, or translates it to another live host: ${s.who} answers the DMZ and heard nothing`,
  'service-down': (s) => `the service on ${s.who} is down, and the path to it is open`,
  'refused-outside': (s) => `${somebody(s)} refuses it (a router or firewall said so): ${s.who} answers the DMZ`,
  'inspected-outside': (s) =>
    `${somebody(s)} opens the connection and swallows what follows (application control or TLS inspection): ${s.who} answers the DMZ`,
  'service-mute': (s) => `${s.who} opens and says nothing to the DMZ either: the service, not the way to it`,
  'segment-drops': (s) => `${somebody(s)} drops it: ${s.who} answers others on that port, and us on another`,
  'far-side-dead': (s) => `${s.who} is not heard from elsewhere either: the far side, and nothing is known of the way`,
  'source-rule': () => `it passes from another address of ours: a rule on the source, or address translation`,
  'source-scope': (s) =>
    `it passes from one place inside and not from ${s.from}: the sources that the ${s.segment} segment allows`,
  unclear: ({ from, who }) => `not known: it happens between ${from} and the service on ${who}`,
};

/** A deduction in one sentence that blames a segment at most, never a device. */
export const deductionWords = (code: DeductionCode, scene: DeductionScene): string => sentences[code](scene);
