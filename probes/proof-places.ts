/*
 * Where a request carries the nonce for our responder, and its answer the proof. Only a responder that the site file
 * names is sent one.
 */

/** XMPP: the resource of the stream's `from` begins like this, the nonce follows; the answer's stream id is the proof. */
export const proofResource = 'edgeprobe-';

/** DNS: a TXT query for a name whose first label begins like this, the nonce follows; the answer's text is the proof. */
export const proofLabel = 'edgeprobe-';

/** HTTP: a header of the request, and one of the response. */
export const nonceHeader = 'edgeprobe-nonce';
export const proofHeader = 'edgeprobe-proof';
