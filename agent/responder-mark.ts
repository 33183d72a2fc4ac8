import type { Facts } from '../probes/observation.ts';
import { nested, tlsOf } from './explain-facts.ts';

/** Among the names of every certificate that a responder makes: nobody else is called so (RFC 6761 section 6.4). */
export const responderName = 'edgeprobe.invalid';

/** Whether a certificate was shown that a responder has made, whatever its credential. Anybody could make one alike. */
export const isRespondersCertificate = (facts: Facts): boolean => {
  const { sans } = nested(tlsOf(facts), 'certificate');
  return Array.isArray(sans) && sans.includes(responderName);
};
