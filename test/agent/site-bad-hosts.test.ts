import t from 'tap';
import { checkBadFiles } from './site-cases.ts';

/** What may be wrong with servers and far hosts. */
const cases = `
servers:
	edge1: {}
=> 3:1 : Tabs are not allowed as indentation

servers:
  edge1: { av-edge: { address: 10.0.0.1 } }
  edge1: { av-edge: { address: 10.0.0.2 } }
=> 4:3 : the key "edge1" stands here a second time

servers: [edge1]
=> 2:10 servers: expected a map, found a list

servers:
  edge/1: { av-edge: { address: 10.0.0.1 } }
=> 3:3 servers["edge/1"]: a name has letters, digits, dots, hyphens and underscores, and starts and ends with a letter or digit

servers:
  edge1: {}
=> 3:10 servers.edge1: plays no role; give it at least one, such as access-edge: { address: 10.45.16.10 }

servers: { edge1: { av-egde: { address: 10.0.0.1 } } }
=> 2:21 servers.edge1.av-egde: unknown key; did you mean "av-edge"?

servers: { edge1: { sip-partner: { address: 10.0.0.1 } } }
=> 2:21 servers.edge1.sip-partner: unknown key; allowed: access-edge, webconf-edge, av-edge, edge-internal, front-end, director

servers: { edge1: { av-edge: 10.0.0.1 } }
=> 2:30 servers.edge1.av-edge: expected a map, found the text "10.0.0.1"

servers: { edge1: { av-edge: { fqdn: av.contoso.com } } }
=> 2:30 servers.edge1.av-edge.address: is missing

servers: { edge1: { av-edge: { address: 10 } } }
=> 2:41 servers.edge1.av-edge.address: expected a text, found 10

servers: { edge1: { av-edge: { address: 10.0.0.300 } } }
=> 2:41 servers.edge1.av-edge.address: "10.0.0.300" is neither an IP address nor a host name: an IPv4 address is four numbers ...

servers: { edge1: { av-edge: { address: 010.0.0.1 } } }
=> 2:41 servers.edge1.av-edge.address: "010.0.0.1" is neither an IP address nor a host name: an IPv4 address is four numbers from ...

servers: { edge1: { av-edge: { address: 10.0.0.0/24 } } }
=> 2:41 servers.edge1.av-edge.address: "10.0.0.0/24" is neither an IP address nor a host name: give one address, not a network

servers: { edge1: { av-edge: { address: "10.0.0.1:443" } } }
=> 2:41 servers.edge1.av-edge.address: "10.0.0.1:443" is neither an IP address nor a host name: give the host alone, without a port

servers: { edge1: { av-edge: { address: "https://edge1" } } }
=> 2:41 servers.edge1.av-edge.address: "https://edge1" is neither an IP address nor a host name: give the host alone, without a scheme

servers: { edge1: { av-edge: { address: "[2001:db8::1]" } } }
=> 2:41 servers.edge1.av-edge.address: "[2001:db8::1]" is neither an IP address nor a host name: IPv6 addresses stand here without brackets

servers: { edge1: { av-edge: { address: "2001:db8:::1" } } }
=> 2:41 servers.edge1.av-edge.address: "2001:db8:::1" is neither an IP address nor a host name: it looks like IPv6, but is not well-formed

servers: { edge1: { av-edge: { address: edge_1.contoso.com } } }
=> 2:41 servers.edge1.av-edge.address: "edge_1.contoso.com" is neither an IP address nor a host name: host names have no ...

servers: { edge1: { av-edge: { address: zürich.example } } }
=> 2:41 servers.edge1.av-edge.address: "zürich.example" is neither an IP address nor a host name: write an international name in its xn-- form

servers: { edge1: { av-edge: { address: '' } } }
=> 2:41 servers.edge1.av-edge.address: "" is neither an IP address nor a host name: it is empty

servers: { edge1: { av-edge: { adress: 10.0.0.1 } } }
=> 2:30 servers.edge1.av-edge.address: is missing
=> 2:32 servers.edge1.av-edge.adress: unknown key; did you mean "address"?

servers: { edge1: { edge-internal: { address: 10.0.0.1, publicAddress: 131.107.155.1 } } }
=> 2:72 servers.edge1.edge-internal.publicAddress: edge-internal is not reached from the Internet: only access-edge, webconf-edge ...

servers: { edge1: { front-end: { address: 10.0.0.1, publicAddress: 131.107.155.1 } } }
=> 2:68 servers.edge1.front-end.publicAddress: front-end is not reached from the Internet: only access-edge, webconf-edge and ...

servers: { edge1: { av-edge: { address: 10.0.0.1, publicAddress: 131.107.155 } } }
=> 2:66 servers.edge1.av-edge.publicAddress: "131.107.155" is neither an IP address nor a host name: an IPv4 address is four ...

servers: { edge1: { av-edge: { address: 10.0.0.1, fqdn: 10.0.0.1 } } }
=> 2:57 servers.edge1.av-edge.fqdn: "10.0.0.1" is not a DNS name: it is an address

servers: { edge1: { av-edge: { address: 10.0.0.1, fqdn: "*.contoso.com" } } }
=> 2:57 servers.edge1.av-edge.fqdn: "*.contoso.com" is a wildcard; give one name

servers: { edge1: { access-edge: { address: 10.0.0.1, sipDomain: "sip:contoso.com" } } }
=> 2:66 servers.edge1.access-edge.sipDomain: "sip:contoso.com" is not a DNS name: names have letters, digits and hyphens, in ...

servers: { edge1: { av-edge: { address: 10.0.0.1, responder: yes } } }
=> 2:62 servers.edge1.av-edge.responder: expected true or false, found the text "yes"

servers: { edge1: { access-edge: { address: 10.0.0.1, turn: { credentialsFile: t } } } }
=> 2:61 servers.edge1.access-edge.turn: access-edge is no TURN server: turn belongs to av-edge or edge-internal

servers: { edge1: { av-edge: { address: 10.0.0.1, turn: {} } } }
=> 2:57 servers.edge1.av-edge.turn.credentialsFile: is missing

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: 443 } } }
=> 2:58 servers.edge1.av-edge.ports: expected a map, found 443

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: { https: 20443 } } } }
=> 2:67 servers.edge1.av-edge.ports.https: "https" is not a port or a range of ports like 50000-59999

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: { 443: 70000 } } } }
=> 2:65 servers.edge1.av-edge.ports["443"]: 70000 is not a port: 1 to 65535

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: { 443: 100-200 } } } }
=> 2:65 servers.edge1.av-edge.ports["443"]: 443 is one port: give one port, not a range

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: { 50000-59999: 21000 } } } }
=> 2:73 servers.edge1.av-edge.ports["50000-59999"]: 50000-59999 is a range: give a range such as "21000-21063"

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: { 443: "1,2" } } } }
=> 2:65 servers.edge1.av-edge.ports["443"]: "1,2" is a list; one port or one range stands here

servers: { edge1: { av-edge: { address: 10.0.0.1, ports: { 50000-59999: 300-200 } } } }
=> 2:73 servers.edge1.av-edge.ports["50000-59999"]: the range 300-200 runs backwards: write 200-300

far: { a: { address: 10.0.0.1, as: [sip-partners] } }
=> 2:37 far.a.as[0]: "sip-partners" is not allowed here: one of sip-partner, xmpp-partner, av-partner, dns-server, crl-server, ...

far: { a: { address: 10.0.0.1, as: [av-edge] } }
=> 2:37 far.a.as[0]: "av-edge" is not allowed here: one of sip-partner, xmpp-partner, av-partner, dns-server, crl-server, ...

far: { a: { address: 10.0.0.1, as: sip-partner } }
=> 2:36 far.a.as: expected a list, found the text "sip-partner"

far: { a: { as: [sip-partner] } }
=> 2:11 far.a.address: is missing

far: { a: { address: 10.0.0.1, responder: true, sweep: false } }
=> 2:56 far.a.sweep: contradicts responder: true, whose ranges are there to be swept; leave one of them out

far: { a: { address: 10.0.0.1, as: [sip-partner], publicAddress: 10.0.0.2 } }
=> 2:51 far.a.publicAddress: unknown key; allowed: address, as, responder, sweep, fqdn, sipDomain, xmppDomain, query, url, ports

far: { a: { address: 10.0.0.1, as: [crl-server], url: "https://a/b.crl" } }
=> 2:55 far.a.url: "https://a/b.crl": only http:// URLs are fetched

far: { a: { address: 10.0.0.1, as: [crl-server], url: b.crl } }
=> 2:55 far.a.url: "b.crl" is not a URL such as http://crl.example.com/root.crl

far: { a: { address: 10.0.0.1, as: [crl-server], url: "http://u:p@a/b.crl" } }
=> 2:55 far.a.url: a URL with a user name or password is not fetched

far: { a: { address: 10.0.0.1, as: [dns-server], query: "a b" } }
=> 2:57 far.a.query: "a b" is not a name that can be asked of a DNS server

servers:
  edge1: { av-edge: &a { address: nope_ } }
far:
  b: *a
=> 3:35 servers.edge1.av-edge.address: "nope_" is neither an IP address nor a host name: host names have no underscore; give the ...
=> 3:35 far.b.address: "nope_" is neither an IP address nor a host name: host names have no underscore; give the name of the ...
`;

t.test('every problem is named with its place', async (t) => {
  t.ok(checkBadFiles(t, cases) >= 48, 'the whole table was read');
});
