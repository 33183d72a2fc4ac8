import t from 'tap';
import { nearMiss } from '../../agent/near-miss.ts';

const words = ['access-edge', 'av-edge', 'edge-internal', 'tcp', 'udp', 'address', 'publicAddress'];

t.test('what was probably meant', async (t) => {
  const table: [string, string | null][] = [
    ['acess-edge', 'access-edge'],
    ['access-egde', 'access-edge'],
    ['AV-EDGE', 'av-edge'],
    ['adress', 'address'],
    ['publicaddress', 'publicAddress'],
    ['tpc', 'tcp'],
    ['udp', 'udp'],
    ['xyz', null],
    ['reverse-proxy', null],
    ['', null],
    ['t'.repeat(5000), null],
  ];
  for (const [typed, meant] of table) t.equal(nearMiss(typed, words), meant, JSON.stringify(typed.slice(0, 20)));
});

t.test('edges', async (t) => {
  t.equal(nearMiss('tls', []), null, 'no candidates');
  t.equal(nearMiss('abcd', ['abcx', 'abcy']), 'abcx', 'of equals the first');
  t.equal(nearMiss('abcd', ['abxx', 'abcx']), 'abcx', 'the nearer one, wherever it stands');
  t.equal(nearMiss('a', ['b']), null, 'no letter in common');
  t.equal(nearMiss('av', new Set(['ab'])), 'ab', 'any iterable will do');
});
