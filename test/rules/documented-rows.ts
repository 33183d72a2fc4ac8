// Written down by hand from the tables of the documents, not made from the packs: a wrong row in a pack must fail.
// table row protocol security transport ports from to

const internal = `
internal 1  XMPP        mtls tcp 23456 any           edge-internal
internal 2  SIP         mtls tcp 5061  any           edge-internal
internal 3  SIP         mtls tcp 5061  edge-internal any
internal 4  PSOM        mtls tcp 8057  any           edge-internal
internal 5  SIP         mtls tcp 5062  any           edge-internal
internal 6  STUN/MSTURN none udp 3478  any           edge-internal
internal 7  STUN/MSTURN none tcp 443   any           edge-internal
internal 8  HTTPS       tls  tcp 4443  any           edge-internal
internal 9  MTLS        mtls tcp 50001 any           edge-internal
internal 10 MTLS        mtls tcp 50002 any           edge-internal
internal 11 MTLS        mtls tcp 50003 any           edge-internal
`;

const federationPublicImXmpp = `
federation 1 SIP         mtls tcp 5061        access-edge           any
public-im 1  SIP         mtls tcp 5061        public-im-partner     access-edge
public-im 2  SIP         mtls tcp 5061        access-edge           public-im-partner
public-im 3  SIP         tls  tcp 443         client                access-edge
public-im 4  RTP         none tcp 50000-59999 av-edge               live-messenger-client
public-im 5  STUN/MSTURN none udp 3478        av-edge               live-messenger-client
public-im 6  STUN/MSTURN none udp 3478        live-messenger-client av-edge
xmpp 1       XMPP        none tcp 5269        any                   access-edge
xmpp 2       XMPP        none tcp 5269        access-edge           any
xmpp 3       XMPP        mtls tcp 23456       any                   edge-internal
`;

const externalPublic = `
external 1  XMPP        none tcp 5269        any         access-edge
external 2  HTTP        none tcp 80          access-edge any
external 3  DNS         none tcp 53          access-edge any
external 4  DNS         none udp 53          access-edge any
external 5  SIP         tls  tcp 443         any         access-edge
external 6  SIP         mtls tcp 5061        any         access-edge
external 7  SIP         mtls tcp 5061        access-edge any
external 8  PSOM        tls  tcp 443         any         webconf-edge
external 9  RTP         none tcp 50000-59999 av-edge     any
external 10 RTP         none udp 50000-59999 av-edge     any
external 11 RTP         none tcp 50000-59999 any         av-edge
external 12 RTP         none udp 50000-59999 any         av-edge
external 13 STUN/MSTURN none udp 3478        av-edge     any
external 14 STUN/MSTURN none udp 3478        any         av-edge
external 15 STUN/MSTURN none tcp 443         any         av-edge
external 16 STUN/MSTURN none tcp 443         av-edge     any
`;

const externalNat = `
external 1  XMPP        none tcp 5269        any         access-edge
external 2  XMPP        none tcp 5269        access-edge any
external 3  HTTP        none tcp 80          access-edge any
external 4  DNS         none tcp 53          access-edge any
external 5  DNS         none udp 53          access-edge any
external 6  SIP         tls  tcp 443         any         access-edge
external 7  SIP         mtls tcp 5061        any         access-edge
external 8  SIP         mtls tcp 5061        access-edge any
external 9  PSOM        tls  tcp 443         any         webconf-edge
external 10 RTP         none tcp 50000-59999 av-edge     any
external 11 RTP         none udp 50000-59999 av-edge     any
external 12 RTP         none tcp 50000-59999 any         av-edge
external 13 RTP         none udp 50000-59999 any         av-edge
external 14 STUN/MSTURN none udp 3478        av-edge     any
external 15 STUN/MSTURN none udp 3478        any         av-edge
external 16 STUN/MSTURN none tcp 443         any         av-edge
external 17 STUN/MSTURN none tcp 443         av-edge     any
`;

const lines = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/).join(' '));

/** Per pack its rows in the order of the document, one blank between the columns. */
export const documentedRows: Record<string, string[]> = {
  'lync2013-edge-public': [externalPublic, internal, federationPublicImXmpp].flatMap(lines),
  'lync2013-edge-nat': [externalNat, internal, federationPublicImXmpp].flatMap(lines),
  'lync2013-federation': lines(federationPublicImXmpp),
};
