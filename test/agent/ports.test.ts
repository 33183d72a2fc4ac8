import t from 'tap';
import { countPorts, formatPorts, includesPort, parsePorts, portsProblem } from '../../agent/ports.ts';

t.test('ports, ranges and lists', async (t) => {
  const table: [string, { from: number; to: number }[], string, number][] = [
    ['5061', [{ from: 5061, to: 5061 }], '5061', 1],
    ['50000-59999', [{ from: 50000, to: 59999 }], '50000-59999', 10000],
    ['1-65535', [{ from: 1, to: 65535 }], '1-65535', 65535],
    [
      '4443,5062,8057',
      [
        { from: 4443, to: 4443 },
        { from: 5062, to: 5062 },
        { from: 8057, to: 8057 },
      ],
      '4443,5062,8057',
      3,
    ],
    [
      ' 443 , 50000 - 50010 ',
      [
        { from: 443, to: 443 },
        { from: 50000, to: 50010 },
      ],
      '443,50000-50010',
      12,
    ],
    [
      '80,443',
      [
        { from: 80, to: 80 },
        { from: 443, to: 443 },
      ],
      '80,443',
      2,
    ],
    ['80-80', [{ from: 80, to: 80 }], '80', 1],
    ['0443', [{ from: 443, to: 443 }], '443', 1],
  ];
  for (const [text, ranges, formatted, count] of table) {
    t.equal(portsProblem(text), null, text);
    t.same(parsePorts(text), ranges, text);
    t.equal(formatPorts(ranges), formatted, text);
    t.equal(countPorts(ranges), count, text);
  }
});

t.test('what is no port', async (t) => {
  const table: [string, RegExp][] = [
    ['', /not a port/],
    ['https', /"https" is not a port/],
    ['0', /0 is not a port: 1 to 65535/],
    ['65536', /65536 is not a port/],
    ['1-65536', /65536 is not a port/],
    ['123456', /not a port/],
    ['-1', /not a port/],
    ['443.5', /not a port/],
    ['59999-50000', /backwards: write 50000-59999/],
    ['443,', /not a port/],
    ['443,443', /443 and 443 overlap/],
    ['50000-50010,50010-50020', /50000-50010 and 50010-50020 overlap/],
    ['50,000-59,999', /write numbers without it: 50000-59999/],
    ['1-2-3', /not a port/],
  ];
  for (const [text, problem] of table) {
    t.match(portsProblem(text) ?? 'no problem', problem, JSON.stringify(text));
    t.throws(() => parsePorts(text), JSON.stringify(text));
  }
});

t.test('membership counts both ends', async (t) => {
  const ranges = parsePorts('443,50000-50002');
  for (const port of [443, 50000, 50001, 50002]) t.ok(includesPort(ranges, port), String(port));
  for (const port of [442, 444, 49999, 50003]) t.notOk(includesPort(ranges, port), String(port));
});
