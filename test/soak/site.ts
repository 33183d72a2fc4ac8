const ports = (map: Readonly<Record<string, number | string>>): string => JSON.stringify(map);

/** A whole site on loopback: what `respond` plays there is asked from outside and from the DMZ, sweeps every few seconds. */
export const soakSite = `
site: soak
packs: [lync2013-edge-public]
features: all
servers:
  edge1:
    access-edge:
      address: 127.0.0.1
      fqdn: sip.contoso.example
      sipDomain: contoso.example
      xmppDomain: contoso.example
      responder: true
      ports: ${ports({ '5269': 31269, '443': 31443, '5061': 31061, '53': 31053, '80': 31080 })}
    webconf-edge: { address: 127.0.0.1, fqdn: webcon.contoso.example, responder: true, ports: { "443": 31443 } }
    av-edge:
      address: 127.0.0.1
      responder: true
      ports: ${ports({ '443': 31443, '3478': 31478, '50000-59999': '32000-32511' })}
  gone: { av-edge: { address: 127.0.0.2, ports: ${ports({ '443': 31443, '3478': 31478, '50000-59999': '32000-32511' })} } }
absent: [director, front-end, edge-internal]
far:
  lab:
    address: 127.0.0.1
    responder: true
    fqdn: sip.litware.example
    xmppDomain: litware.example
    sipDomain: litware.example
    ports: ${ports({ '5269': 33269, '443': 33443, '5061': 33061, '53': 33053, '80': 33080, '3478': 33478, '50000-59999': '33500-33755' })}
vantages: { outside: { control: ["tcp://127.0.0.1:31443"] }, dmz: { bind: { access-edge: 127.0.0.1, av-edge: 127.0.0.1 } } }
responder: { credentialsFile: secret.txt }
timeouts: { check: 2s }
sweep: { rate: 0, trustResets: true }
agent: { interval: 2s, sweepInterval: 5s, sweepSample: 512 }
`;
