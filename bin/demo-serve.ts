import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { demoSiteText, type StandInPorts } from '../agent/demo-site.ts';
import { pause, type World } from '../probes/world.ts';
import { say } from './terminal.ts';

/** Nobody forgets a stand-in for longer than this. In hours. */
const mostHours = 2;

/**
 * Keeps a stand-in standing for other commands until the signal comes, or for two hours: writes a site file that leads to
 * it, with its certificate, into a folder that goes away with it, and says what can be done meanwhile.
 * @param ca the certificate of the stand-in, PEM
 */
export const serveDemo = async (ports: StandInPorts, ca: string, world: World): Promise<void> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'edgeprobe-demo-'));
  const site = path.join(folder, 'site.yaml');
  try {
    writeFileSync(path.join(folder, 'ca.pem'), ca);
    writeFileSync(
      site,
      demoSiteText(ports, { tls: { ca: 'ca.pem' }, agent: { interval: '5s', sweepInterval: '30s' } }),
    );
    say(`the stand-in answers until Ctrl-C, at most ${mostHours} hours; in another terminal:`);
    const words = `--config ${site} --vantage outside`;
    process.stderr.write(
      `  edgeprobe check ${words}\n  edgeprobe agent ${words}\n    # its page: http://127.0.0.1:9763/\n`,
    );
    await pause(world, mostHours * 3600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
