import t from 'tap';
import { edgeprobe, isRefusal, sideBySide } from './command.ts';
import { writeTripwire } from './tripwire.ts';

type Row = readonly [words: string, message: RegExp, hint?: RegExp];

/** Words after `probe`, split at blanks; `_` stands for a blank within a word, `''` for an empty word. */
const rows: readonly Row[] = [
  ['', /probe needs to know what to ask/, /probe tls sip\.contoso\.com:5061/],
  ['tls', /probe tls needs to know whom to ask/],
  ['stn 127.0.0.1', /no probe "stn"/, /Did you mean stun\?/],
  ['turn 127.0.0.1', /no probe "turn"/, /stun probe/],
  ["'' 127.0.0.1", /no probe ""/, /One of/],
  ["tls ''", /it is empty/],
  ['tcp 127.0.0.1', /the tcp probe needs a port/],
  ['tls 127.0.0.1:0', /0 is not a port: 1 to 65535/],
  ['tls 127.0.0.1:65536', /65536 is not a port/],
  ['tls 127.0.0.1:https', /"https" is not a port/],
  ['tls 127.0.0.1:', /no port after it/],
  ['tls 127.0.0.1:-1', /is not a port|runs/],
  ['tls 127.0.0.1:443-444', /the tls probe asks one port, not a range/],
  ['tcp 127.0.0.1:444-443', /444-443 runs backwards/],
  ['tcp 127.0.0.1:1,2', /one port or one range/],
  ['tls [::1]:x', /"x" is not a port/],
  ['tls [::1', /IPv6/],
  ['tls [127.0.0.1]:443', /only an IPv6 address stands in brackets/],
  ['tls fe80::1::2', /not an IPv6 address/],
  ['tls https://127.0.0.1', /without a scheme/],
  ['tls 127.0.0.300', /from 0 to 255/],
  ['tls 127.1', /neither/],
  ['tls a_b.example', /contains a space/],
  ['tls -- -x', /cannot use the word "-x"/],
  ['tls 127.0.0.1 more', /probe cannot use the word "more"/],
  ['tls 127.0.0.1 --transport udp', /the tls probe speaks TCP only/],
  ['stun 127.0.0.1 --transport sctp', /no transport "sctp"/, /udp, tcp/],
  ['stun 127.0.0.1 --timeout 5', /5 has no unit: write 5s/],
  ['stun 127.0.0.1 --timeout -5s', /--timeout needs a value/, /joined with =/],
  ['stun 127.0.0.1 --timeout=-5s', /"-5s" is negative/],
  ['stun 127.0.0.1 --timeout 2h', /2h is not between 250ms and 60s/],
  ['stun 127.0.0.1 --timeout soon', /"soon" is not a duration/],
  ['stun 127.0.0.1 --expect answerd', /no outcome "answerd"/, /Did you mean answered\?/],
  ['stun 127.0.0.1 --source localhost', /a name is not an address/],
  ['stun 127.0.0.1 --source 127.0.0.1:99999', /99999 is not a port/],
  ['stun 127.0.0.1 --source 127.0.0.1:x', /"x" is not a port/],
  ['stun 127.0.0.1 --source 127.0.0.1:', /no port after it/],
  ['stun 127.0.0.1 --source 127.0.0.1:1-5', /one port, not a range/],
  ['stun 127.0.0.1 --source [::1]:5', /is IPv6, and 127\.0\.0\.1 is IPv4/],
  ['stun 127.0.0.1 --servername contoso.com', /no use for --servername/, /tls/],
  ['tls 127.0.0.1 --servername bad_name', /it contains a space/],
  ['tls 127.0.0.1 --servername 127.0.0.1', /it is an address/],
  ['tls 127.0.0.1 --url /x', /no use for --url/],
  ['tls 127.0.0.1 --query x', /no use for --query/],
  ['dns 127.0.0.1 --query a_b', /"a b" is not a name/],
  ['dns 127.0.0.1 --query ..', /is not a name/],
  ['http 127.0.0.1 --url ftp://x', /no http or https URL/],
  ['http 127.0.0.1 --url root.crl', /no http or https URL/, /--url \/root\.crl/],
  ['http 127.0.0.1 --url http://user:pw@x/', /no http or https URL/],
  ['stun 127.0.0.1 --rate x', /--rate "x"/, /whole number/],
  ['stun 127.0.0.1 --format xml', /no format "xml"/, /table, json/],
  ['stun 127.0.0.1 --formt json', /probe has no flag "--formt"/, /--format/],
];

t.test('every wrong probe is refused with one message and a hint, and sends nothing', async (t) => {
  const cwd = t.testdir();
  const preload = writeTripwire(cwd);
  const ended = await sideBySide(rows, ([text]) => {
    const words = text.split(' ').filter((word) => word !== '');
    const split = words.map((word) => (word === "''" ? '' : word.replaceAll('_', ' ')));
    return edgeprobe(['probe', ...split], { cwd, preload });
  });
  for (const [index, [text, message, hint = /\S/]] of rows.entries()) {
    const one = ended[index];
    if (one === undefined) throw new Error('not run');
    isRefusal(t, `probe ${text}`, one, message, hint);
  }
});
