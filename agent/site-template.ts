const template = `# yaml-language-server: $schema=./site.schema.json
# The site file of edgeprobe: who plays which role where, and what is expected of the firewalls between.
# "edgeprobe config schema > site.schema.json" gives editors the schema named above; "edgeprobe config check" reads this
# file and says what is wrong with it. Paths are relative to this file; durations are 250ms, 3s, 5m, 2h, 1d.
# Every address may be a host name. Replace the example addresses, and remove the # of what you need.

site: example                       # letters, digits, dots, hyphens, underscores
timezone: UTC                       # only for people, such as Europe/Zurich
packs: [lync2013-edge-nat]          # "edgeprobe rules list" shows them; or the path of a pack file of your own

# What the site uses; rows that no feature needs are skipped. Left out: all but ocs2007-federation and public-im.
# features: [federation, remote-users, web-conferencing, av]

# Our machines or VIPs. Outside dials publicAddress where there is one, everybody else address.
servers:
  edge1:
    access-edge:   { address: 192.0.2.10, publicAddress: 198.51.100.10, fqdn: sip.example.com, sipDomain: example.com }
    webconf-edge:  { address: 192.0.2.20, publicAddress: 198.51.100.20, fqdn: webcon.example.com }
    av-edge:       { address: 192.0.2.30, publicAddress: 198.51.100.30 }
    edge-internal: { address: 10.0.33.10, fqdn: edge1.example.internal }
  fe1:
    front-end:     { address: 10.1.0.20, fqdn: fe1.example.internal }

# Somebody else's hosts, for the rows that go out. "as" says which rows each may be asked:
# sip-partner xmpp-partner av-partner dns-server crl-server public-im-partner live-messenger-client
far:
  resolver:  { address: 203.0.113.53, as: [dns-server], query: example.com }
  # lab:     { address: 203.0.113.50, responder: true }     # "edgeprobe respond" stands there: it may be asked everything
  # partner: { address: sip.example.net, as: [sip-partner], sipDomain: example.net }
  # crl:     { address: crl.example.net, as: [crl-server], url: "http://crl.example.net/root.crl" }

# Per vantage: the address to send from, by role, and hosts that must answer from there ("are they closed, or am I blind?").
# vantages:
#   inside:  { control: ["tcp://10.1.0.20:5061"] }
#   dmz:     { bind: { access-edge: 192.0.2.10 }, control: ["tcp://203.0.113.53:53"] }
#   outside: { control: ["tcp://203.0.113.53:53"] }

# Roles this site does not have: their rows are skipped, and that costs nothing.
absent: [director]

# The default expectation is that every row is reachable. Additions and overrides:
# expect:
#   - { to: access-edge, ports: "4443,5062,8057,23456", vantage: outside, expect: blocked }
#   - { rule: "external-*-tcp-80-*", expect: blocked }

# Verdicts that are known and accepted for a while: shown, not counted.
# waivers:
#   - { rule: external-rtp-udp-50000-59999-in, verdict: unknown, reason: no responder allowed, ticket: CHG1, until: 2030-12-31 }

# tls: { ca: ca.pem, cert: agent.pem, key: agent.key }      # our certificate for mtls rows, and whom to trust
# timeouts: { check: 8s }                                   # the deadline of every single question, 1s to 60s
# sweep: { rate: 500 }                                      # dials per second, 0: no limit
# responder: { credentialsFile: secret.txt }                # one line user:password, the same file on both ends
# agent: { interval: 1m, sweepInterval: 1h, sweepSample: 32 }
`;

/** The text of a new site file, for `config init`: commented, and valid as it stands. */
export const siteTemplate = (): string => template;
