import t from 'tap';
import { deduceInbound, deduceInternal, deduceOutbound, type InboundView } from '../../agent/segments.ts';

type Row = readonly [outside: string, others: string, beside: string, arrived: string, code: string, blame: string];

/**
 * The whole table; `*` is anything. `control X` in the second column is what the control port said. The first line
 * that fits holds; what fits none is unclear.
 */
const table: readonly Row[] = [
  ['answered', '*', 'other-identity', '*', 'intercepted-outside', 'segment'],
  ['answered', '*', '*', '*', 'nobody-blocks', 'nobody'],
  ['silent', 'ok', 'answered', 'no', 'request-dropped', 'segment'],
  ['silent', 'ok', 'answered', 'unknown', 'request-or-reply-dropped', 'segment'],
  ['silent', 'ok', 'answered', 'yes', 'reply-dropped', 'segment'],
  ['silent', 'ok', 'silent', '*', 'host-silent', 'server'],
  ['silent', 'ok', 'dark', '*', 'host-silent', 'server'],
  ['silent', 'ok', 'refused', '*', 'service-down-perhaps-more', 'segment-and-server'],
  ['silent', '*', 'not-asked', 'yes', 'reply-dropped', 'segment-and-server'],
  ['silent', 'dark', 'not-asked', '*', 'ask-beside', 'unknown'],
  ['silent', '*', 'not-asked', 'no', 'request-not-heard', 'segment-and-server'],
  ['silent', '*', 'not-asked', '*', 'ask-beside', 'unknown'],
  ['silent', 'dark', 'answered', '*', 'whole-address', 'unknown'],
  ['silent', 'dark', 'dark', '*', 'host-absent', 'nobody'],
  ['refused', '*', 'answered', 'no', 'reset-outside', 'segment'],
  ['refused', 'control silent', 'refused', '*', 'service-down', 'server'],
  ['refused', 'control closed', 'refused', '*', 'unclear', 'unknown'],
  ['refused', '*', 'not-asked', '*', 'ask-beside', 'unknown'],
  ['icmp', '*', 'answered', '*', 'refused-outside', 'segment'],
  ['icmp', '*', 'icmp', '*', 'host-absent', 'nobody'],
  ['icmp', '*', 'not-asked', '*', 'ask-beside', 'unknown'],
  ['mute', '*', 'answered', '*', 'inspected-outside', 'segment'],
  ['mute', '*', 'mute', '*', 'service-mute', 'server'],
  ['mute', '*', 'not-asked', '*', 'ask-beside', 'unknown'],
];

const outsides = ['answered', 'silent', 'refused', 'icmp', 'mute'] as const;
const others = ['ok', 'dark', 'unknown'] as const;
const controlPorts = ['silent', 'closed', 'open', 'unknown'] as const;
const besides = ['answered', 'silent', 'refused', 'icmp', 'mute', 'other-identity', 'dark', 'not-asked'] as const;
const arrivals = ['yes', 'no', 'unknown'] as const;

const views: readonly InboundView[] = outsides.flatMap((outside) =>
  others.flatMap((other) =>
    controlPorts.flatMap((controlPort) =>
      besides.flatMap((beside) =>
        arrivals.map((arrived): InboundView => ({ outside, others: other, controlPort, beside, arrived })),
      ),
    ),
  ),
);

const fits = ([outside, other, beside, arrived]: Row, view: InboundView): boolean =>
  outside === view.outside &&
  (other === '*' || other === view.others || other === `control ${view.controlPort}`) &&
  (beside === '*' || beside === view.beside) &&
  (arrived === '*' || arrived === view.arrived);

t.test('who blocks an inbound row: every line of the table, and nothing beside it', async (t) => {
  t.equal(views.length, 1440);
  const used = new Set<Row>();
  const wrong = views.flatMap((view) => {
    const line = table.find((one) => fits(one, view));
    if (line !== undefined) used.add(line);
    const [code, blame] = line === undefined ? ['unclear', 'unknown'] : [line[4], line[5]];
    const found = deduceInbound(view);
    return found.code === code && found.blame === blame ? [] : [{ view, found, wanted: { code, blame } }];
  });
  t.strictSame(wrong, []);
  t.strictSame(
    table.filter((line) => !used.has(line)),
    [],
    'no line is dead',
  );
});

t.test('a segment is blamed only where beside the server there was an answer', async (t) => {
  const unsound = views.filter((view) => {
    const { blame } = deduceInbound(view);
    return blame === 'segment' && view.beside !== 'answered' && view.beside !== 'other-identity';
  });
  t.strictSame(unsound, []);
});

t.test('who blocks a silent outbound row', async (t) => {
  const cases = [
    ['ok', 'ok', 'not-asked', 'unknown', 'segment-drops', 'segment'],
    ['ok', 'ok', 'not-ok', 'unknown', 'segment-drops', 'segment'],
    ['ok', 'dark', 'not-asked', 'unknown', 'unclear', 'unknown'],
    ['ok', 'unknown', 'not-asked', 'unknown', 'unclear', 'unknown'],
    ['not-ok', 'ok', 'not-asked', 'unknown', 'far-side-dead', 'unknown'],
    ['not-ok', 'dark', 'not-ok', 'unknown', 'far-side-dead', 'unknown'],
    ['not-asked', 'ok', 'not-asked', 'unknown', 'unclear', 'unknown'],
    ['not-asked', 'dark', 'ok', 'unknown', 'source-rule', 'segment'],
    ['not-ok', 'ok', 'ok', 'unknown', 'source-rule', 'segment'],
    ['not-ok', 'ok', 'not-asked', 'yes', 'reply-dropped', 'segment'],
    ['not-asked', 'dark', 'not-asked', 'yes', 'reply-dropped', 'segment'],
    ['not-asked', 'dark', 'not-asked', 'no', 'request-not-heard', 'segment'],
    ['not-ok', 'ok', 'not-asked', 'no', 'request-not-heard', 'segment'],
    ['ok', 'ok', 'not-asked', 'no', 'segment-drops', 'segment'],
    ['not-asked', 'ok', 'ok', 'no', 'source-rule', 'segment'],
  ] as const;
  for (const [fromOutside, other, otherSource, arrived, code, blame] of cases) {
    t.strictSame(
      deduceOutbound({ fromOutside, others: other, otherSource, arrived }),
      { code, blame },
      `${fromOutside} ${other} ${otherSource} ${arrived}`,
    );
  }
});

t.test('an internal row that one place passes and another does not', async (t) => {
  t.strictSame(deduceInternal([true, false]), { code: 'source-scope', blame: 'segment' });
  t.equal(deduceInternal([true, true]), null);
  t.equal(deduceInternal([false]), null);
  t.equal(deduceInternal([]), null);
});
