import t from 'tap';
import { checkBadFiles } from './site-cases.ts';

/** What may be wrong with the file as a whole and with every section but servers and far hosts. */
const cases = String.raw`
!
=> 1:1 : the file is empty

!- a
=> 1:1 : expected a map, found a list

!packs: []
=> 1:1 site: is missing

site: 12
=> 1:7 site: expected a text, found 12

site: my site
=> 1:7 site: a name has letters, digits, dots, hyphens and underscores, and starts and ends with a letter or digit

site: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
=> 1:7 site: is longer than 63 characters

server:
  edge1: { av-edge: { address: 10.0.0.1 } }
=> 2:1 server: unknown key; did you mean "servers"?

colour: red
=> 2:1 colour: unknown key; allowed: site, timezone, packs, features, servers, far, vantages, absent, expect, waivers, tls, ...

timezone: Europe/Zurch
=> 2:11 timezone: "Europe/Zurch" is not a time zone; did you mean "Europe/Zurich"?

timezone: 12h
=> 2:11 timezone: "12h" is not a time zone; write one such as Europe/Zurich or UTC

packs: lync2013-edge-nat
=> 2:8 packs: expected a list, found the text "lync2013-edge-nat"

packs: ['']
=> 2:9 packs[0]: is empty

features: [federation, xmp-federation]
=> 2:24 features[1]: "xmp-federation" is not allowed here: one of all, federation, public-im, xmpp-federation, remote-users, ...

features: federation
=> 2:11 features: expected a list such as [federation, av], or all

features: [xmp, feder]
=> 2:12 features[0]: "xmp" is not allowed here: one of all, federation, public-im, xmpp-federation, remote-users, ...
=> 2:17 features[1]: "feder" is not allowed here: one of all, federation, public-im, xmpp-federation, remote-users, ...

features: { av: true }
=> 2:11 features: expected a text, found a map, or expected a list, found a map

vantages: { dzm: {} }
=> 2:13 vantages.dzm: unknown key; did you mean "dmz"?

vantages: { dmz: { bind: { acces-edge: 10.0.0.1 } } }
=> 2:28 vantages.dmz.bind.acces-edge: unknown key; did you mean "access-edge"?

vantages: { dmz: { bind: { access-edge: edge1.contoso.com } } }
=> 2:41 vantages.dmz.bind.access-edge: "edge1.contoso.com" is not an IP address; bind takes an address of the machine, not a name

vantages: { dmz: { bind: { access-edge: 0.0.0.0 } } }
=> 2:41 vantages.dmz.bind.access-edge: 0.0.0.0 is no address to send from; leave the role out instead

vantages: { dmz: { control: ["10.0.0.1:53"] } }
=> 2:30 vantages.dmz.control[0]: "10.0.0.1:53" is not a control: write tcp://host:port, such as tcp://203.0.113.53:53

vantages: { dmz: { control: ["udp://10.0.0.1:53"] } }
=> 2:30 vantages.dmz.control[0]: "udp://10.0.0.1:53" is not a control: write tcp://host:port, such as tcp://203.0.113.53:53

vantages: { dmz: { control: ["tcp://10.0.0.1"] } }
=> 2:30 vantages.dmz.control[0]: "tcp://10.0.0.1" has no port: write it like tcp://10.0.0.1:53

vantages: { dmz: { control: ["tcp://10.0.0.1:0"] } }
=> 2:30 vantages.dmz.control[0]: "tcp://10.0.0.1:0": "0" is not a port, a number from 1 to 65535

vantages: { dmz: { control: ["tcp://2001:db8::1:53"] } }
=> 2:30 vantages.dmz.control[0]: "tcp://2001:db8::1:53" has no port: write it like tcp://[2001:db8::1]:53

vantages: { dmz: { control: ["tcp://2001:db8:0:0:0:0:0:1:53"] } }
=> 2:30 vantages.dmz.control[0]: "2001:db8:0:0:0:0:0:1:53" is not an IPv6 address; with a port it is written [2001:db8::1]:443

vantages: { dmz: { control: "tcp://10.0.0.1:53" } }
=> 2:29 vantages.dmz.control: expected a list, found the text "tcp://10.0.0.1:53"

absent: [directr]
=> 2:10 absent[0]: "directr" is not allowed here: one of access-edge, webconf-edge, av-edge, edge-internal, front-end, director, ...

absent: [front-end, director]
servers:
  d1: { director: { address: 10.0.0.1 } }
=> 2:21 absent[1]: director is not absent, d1 plays it: take it out of one of the two

absent: [sip-partner]
far:
  a: { address: 10.0.0.1, as: [sip-partner] }
=> 2:10 absent[0]: sip-partner is not absent, a plays it: take it out of one of the two

expect: [{ rule: a, vantage: dmz }]
=> 2:10 expect[0].expect: is missing

expect: [{ rule: a, expect: block }]
=> 2:29 expect[0].expect: "block" is not allowed here: one of reachable, blocked

expect: [{ to: access-edge, expect: blocked }]
=> 2:10 expect[0]: says not which questions it is about: give rule, or both to and ports

expect: [{ to: access-edge, ports: "443;444", expect: blocked }]
=> 2:36 expect[0].ports: "443;444" is not a port or a range of ports like 50000-59999

expect: [{ to: access-edge, ports: 0, expect: blocked }]
=> 2:36 expect[0].ports: 0 is not a port: 1 to 65535

expect: [{ rule: a, transport: sctp, expect: blocked }]
=> 2:32 expect[0].transport: "sctp" is not allowed here: one of tcp, udp

expect: [{ rule: a, from: sip-partner, expect: blocked }]
=> 2:27 expect[0].from: "sip-partner" is not allowed here: one of any, client, access-edge, webconf-edge, av-edge, edge-internal, ...

expect: [{ rule: a b, expect: blocked }]
=> 2:18 expect[0].rule: contains a space; a rule is named by its id or a glob such as external-*-tcp-443-in

waivers: [{ rule: a, verdict: fail, until: 2026-12-31 }]
=> 2:11 waivers[0].reason: is missing

waivers: [{ rule: a, verdict: pass, reason: b, until: 2026-12-31 }]
=> 2:31 waivers[0].verdict: "pass" is not allowed here: one of fail, unknown

waivers: [{ rule: a, verdict: fail, reason: b, until: 2026-02-31 }]
=> 2:55 waivers[0].until: "2026-02-31" is not a day of the calendar

waivers: [{ rule: a, verdict: fail, reason: b, until: 2026-13-01 }]
=> 2:55 waivers[0].until: "2026-13-01" is not a day of the calendar

waivers: [{ rule: a, verdict: fail, reason: b, until: 31.12.2026 }]
=> 2:55 waivers[0].until: "31.12.2026" is not a date: write YYYY-MM-DD, such as 2026-12-31

waivers: [{ rule: a, verdict: fail, reason: b }]
=> 2:11 waivers[0].until: is missing

waivers: [{ rule: a, verdict: fail, reason: "a\e[31m", until: 2026-12-31 }]
=> 2:45 waivers[0].reason: contains control characters

tls: { cert: a.pem }
=> 2:14 tls.cert: a certificate needs its private key: add key

tls: { key: a.key }
=> 2:13 tls.key: a private key needs its certificate: add cert

tls: { ca: '' }
=> 2:12 tls.ca: is empty; give the path of a file, relative to this file

timeouts: { check: 8 }
=> 2:20 timeouts.check: 8 has no unit: write 8s, or use ms, m, h or d

timeouts: { check: 8sec }
=> 2:20 timeouts.check: "8sec" is not a duration: write a number and a unit, such as 250ms, 3s, 5m, 2h or 1d

timeouts: { check: 999ms }
=> 2:20 timeouts.check: 999ms is too short: 1s to 60s

timeouts: { check: 61s }
=> 2:20 timeouts.check: 61s is too long: 1s to 60s

timeouts: { check: -1s }
=> 2:20 timeouts.check: "-1s" is negative: a duration is a number and a unit, such as 250ms, 3s, 5m, 2h

timeouts: { chek: 8s }
=> 2:13 timeouts.chek: unknown key; did you mean "check"?

sweep: { rate: 100001 }
=> 2:16 sweep.rate: 100001 is too large: 0 to 100000

sweep: { rate: -1 }
=> 2:16 sweep.rate: -1 is too small: 0 to 100000

sweep: { rate: 0.5 }
=> 2:16 sweep.rate: 0.5 is not a whole number

sweep: { rate: '500' }
=> 2:16 sweep.rate: expected a number, found the text "500"

sweep: { concurrency: many }
=> 2:23 sweep.concurrency: expected a whole number, or auto

sweep: { concurrency: 0 }
=> 2:23 sweep.concurrency: 0 is too small: 1 to 100000

sweep: { controlPort: 65536 }
=> 2:23 sweep.controlPort: 65536 is too large: 1 to 65535

responder: { credentials: a:b }
=> 2:14 responder.credentials: unknown key; allowed: credentialsFile

agent: { interval: 0s }
=> 2:20 agent.interval: 0s is too short: 1s to 1d

agent: { sweepSample: 0 }
=> 2:23 agent.sweepSample: 0 is too small: 1 to 10000
`;

t.test('every problem is named with its place', async (t) => {
  t.ok(checkBadFiles(t, cases) >= 64, 'the whole table was read');
});
