import t from 'tap';
import { allSources } from './sources.ts';

/** The fence of a host is a wall of one gate: nothing that ships may make a socket beside it. */
const shipped = allSources().filter(({ folder }) => ['bin', 'agent', 'probes', 'wire'].includes(folder));

t.test('every socket that dials is made where the fence is asked', async (t) => {
  const making = (module: string, ...names: string[]): string[] =>
    shipped
      .filter(({ imports }) =>
        imports.some((one) => one.module === module && !one.typeOnly && one.names.some((name) => names.includes(name))),
      )
      .map(({ file }) => file);
  t.strictSame(making('node:net', 'connect', 'createConnection', '*', 'default'), ['probes/sockets.ts']);
  t.strictSame(making('node:dgram', 'createSocket', 'Socket', '*', 'default'), [
    'probes/listen.ts',
    'probes/sockets.ts',
  ]);
  t.strictSame(making('node:net', 'createServer', 'Server'), ['probes/listen.ts']);
  // A socket by itself, or a TLS connection that dials: both would pass the fence by.
  const dialling =
    /new Socket\(|\bnew (TCP|UDP|Pipe)\(|\bconnect\(\s*\{[^}]*\b(host|port|path):|(?<![.\w] ?)\bfetch\(['"`h]|\bnew WebSocket\b/;
  t.strictSame(
    shipped.filter(({ file, code }) => file !== 'probes/sockets.ts' && dialling.test(code)).map(({ file }) => file),
    [],
  );
  const asks = shipped.find(({ file }) => file === 'probes/sockets.ts')?.code ?? '';
  t.equal(
    asks.match(/fence\.admit\(/g)?.length,
    asks.match(/\b(connect|createSocket|new TCP|new UDP)\(/g)?.length,
    'each asks',
  );
});

t.test('every world of the program has the fence of its host, and every pacer its rate', async (t) => {
  const calls = (pattern: RegExp): string[] =>
    shipped.flatMap(({ file, code }) => [...code.matchAll(pattern)].map(([call]) => `${file}: ${call}`));
  const worlds = calls(/\bsystemWorld\([^)]*\)?\)/g);
  t.ok(worlds.length >= 5);
  t.strictSame(
    worlds.filter((call) => !/fence/i.test(call)),
    [],
  );
  const pacers = calls(/\bcreatePacer\([^;]*;/g).filter((call) => !/^probes\/(pace|sweep-schedule)\.ts/.test(call));
  t.ok(pacers.length >= 3);
  t.strictSame(
    pacers.filter((call) => !call.includes('fence.rate(')),
    [],
  );
  const open = shipped.filter(({ imports }) => imports.some(({ names }) => names.includes('openFence')));
  t.strictSame(
    open.map(({ file }) => file),
    ['agent/fence-file.ts', 'probes/world.ts'],
    'only where there is no file',
  );
});
