import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import { readPack } from '../../agent/packs.ts';
import { makePlan } from '../../agent/plan.ts';
import { parseSite } from '../../agent/site.ts';
import { type StandIn, startStandIn } from '../../agent/stand-in.ts';
import { generateCertificate } from '../../probes/certificate.ts';
import { systemWorld } from '../../probes/world.ts';

type Ports = Readonly<Record<string, string | number>>;

/** A site whose external roles are all on loopback, at the ports of the stand-in. Sections may be replaced. */
const siteOf = (ports: ReadonlyMap<string, Ports>, more: object): string => {
  const at = (role: string): object => ({ address: '127.0.0.1', ports: ports.get(`edge1/${role}`) ?? {} });
  return JSON.stringify({
    site: 'loopback',
    packs: ['lync2013-edge-public'],
    servers: {
      edge1: {
        'access-edge': { ...at('access-edge'), fqdn: 'sip.contoso.example', xmppDomain: 'contoso.example' },
        'webconf-edge': { ...at('webconf-edge'), fqdn: 'webcon.contoso.example' },
        'av-edge': at('av-edge'),
      },
    },
    timeouts: { check: '10s' },
    ...more,
  });
};

/** An Edge on loopback whose external services all answer, and the site file of it. */
export interface Standing {
  readonly cwd: string;
  readonly standIn: StandIn;
  /** Writes `site.yaml` once more, with other sections. */
  readonly rewrite: (more: object) => void;
  readonly read: (file: string) => string;
}

/** Starts an Edge for the outside rows of the public pack and writes its site file as `site.yaml`. */
export const standing = async (t: Test): Promise<Standing> => {
  const cwd = t.testdir();
  const now = new Date();
  const { rules } = readPack('lync2013-edge-public', '.');
  const site = parseSite(siteOf(new Map(), {}), 'site.yaml', now);
  const plan = makePlan({ site, vantage: 'outside', place: 'outside', rules, owned: new Set(['127.0.0.1']) });
  const material = await generateCertificate({
    names: ['sip.contoso.example', 'webcon.contoso.example', 'contoso.example'],
    days: 90,
    now,
  });
  const standIn = await startStandIn([plan], material, systemWorld(new AbortController().signal));
  t.teardown(() => standIn.close());
  const rewrite = (more: object): void => writeFileSync(path.join(cwd, 'site.yaml'), siteOf(standIn.ports, more));
  rewrite({});
  return { cwd, standIn, rewrite, read: (file) => readFileSync(path.join(cwd, file), 'utf8') };
};
