import { writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A module that is loaded before the command and says SENT on standard error whenever the command asks the resolver,
 * connects, binds or sends: whatever way it goes, Node's own sockets end here.
 */
const source = `
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
const wire = (on, names) => {
  for (const name of names) {
    const real = on[name];
    on[name] = function (...given) {
      process.stderr.write('SENT ' + name + '\\n');
      return real.apply(this, given);
    };
  }
};
wire(dns, ['lookup', 'resolve']);
wire(dns.promises, ['lookup', 'resolve']);
wire(net.Socket.prototype, ['connect']);
wire(net.Server.prototype, ['listen']);
wire(dgram.Socket.prototype, ['connect', 'bind', 'send']);
syncBuiltinESMExports();
`;

/** Writes the tripwire into a folder; the path is for `preload`. */
export const writeTripwire = (folder: string): string => {
  const file = path.join(folder, 'tripwire.mjs');
  writeFileSync(file, source);
  return file;
};
