import t from 'tap';
import { halfOpenNow, readHalfOpen } from '../../probes/half-open.ts';
import { needing } from '../require.ts';

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const rest = '00000000:00000000 01:00000064 00000000     0        0 0 1 0000000000000000 100 0 0 10 0';
const line = (n: number, local: string, remote: string, state: string): string =>
  `${String(n).padStart(4)}: ${local} ${remote} ${state} ${rest}`;

t.test('only connections in SYN_RECV, with both ends', async (t) => {
  const table = [
    header,
    line(0, '1E102D0A:0D96', '00000000:0000', '0A'),
    line(1, '1E102D0A:C350', '076433C6:C822', '03'),
    line(2, '1E102D0A:01BB', '076433C6:C823', '01'),
    line(3, '1E102D0A:EA5F', '076433C6:0001', '03'),
  ].join('\n');
  t.strictSame(readHalfOpen(table), [
    { from: { address: '198.51.100.7', port: 51234 }, to: { address: '10.45.16.30', port: 50_000 } },
    { from: { address: '198.51.100.7', port: 1 }, to: { address: '10.45.16.30', port: 59_999 } },
  ]);
});

t.test('IPv6, and IPv4 at a socket of both families', async (t) => {
  const v6 = 'B80D0120000000000000000001000000';
  const mapped = `0000000000000000FFFF0000${'1E102D0A'}`;
  const table = [header, line(0, `${v6}:01BB`, `${v6}:C350`, '03'), line(1, `${mapped}:01BB`, `${mapped}:C351`, '03')];
  t.strictSame(readHalfOpen(table.join('\n')), [
    { from: { address: '2001:db8::1', port: 50_000 }, to: { address: '2001:db8::1', port: 443 } },
    { from: { address: '10.45.16.30', port: 50_001 }, to: { address: '10.45.16.30', port: 443 } },
  ]);
});

t.test('whatever stands there, it is read without harm, and never without end', async (t) => {
  t.strictSame(readHalfOpen(''), []);
  t.strictSame(readHalfOpen(' 0: XX:YY 03 '), []);
  const flood = Array.from({ length: 30_000 }, (_, n) => line(n, '1E102D0A:01BB', '076433C6:C822', '03')).join('\n');
  t.equal(readHalfOpen(flood).length, 20_000);
});

t.test('this very host', needing('linux'), async (t) => {
  t.type(await halfOpenNow(), Array);
});
