import t from 'tap';
import { edge1Owns, planOf, siteWith } from './two-nodes.ts';
import { type Watching, watching } from './watching.ts';

const site = (replaced: Readonly<Record<string, string>> = {}) =>
  siteWith('agent: { interval: 10s, sweepInterval: 100s, sweepSample: 32 }\n', replaced);

const started = async (plan: Parameters<typeof planOf>[0] = {}): Promise<Watching> => {
  const one = watching();
  await one.adopt(planOf({ site: site(), vantage: 'dmz', ...plan }));
  return one;
};

const sip = 'external-sip-tcp-5061-in';

t.test('an agent in the dmz asks the inbound rows as well, round by round, without a verdict', async (t) => {
  const one = await started();
  await one.clock.advance(11);
  const of = (address: string) =>
    one.watch.report()?.alongside?.find(({ rule, target }) => rule === sip && target.address === address);
  t.match(of('10.45.16.10'), { outcome: 'answered', onHost: true, target: { name: 'edge1', port: 5061 } });
  t.match(of('10.45.16.11'), { outcome: 'answered', onHost: false });
  const before = of('10.45.16.11')?.startedAt ?? '';

  one.answer = ({ target }) => (target.address === '10.45.16.11' && target.port === 5061 ? 'closed' : undefined);
  await one.clock.advance(11);
  t.match(of('10.45.16.11'), { outcome: 'closed' });
  t.ok((of('10.45.16.11')?.startedAt ?? '') > before, 'it is the latest');
  t.notOk(
    one.changes.some(({ rule }) => rule === sip),
    'no verdict changes',
  );
  t.notOk(
    one.watch.report()?.rules.some(({ rule }) => rule === sip),
    'the row is not its own',
  );
  t.strictSame(one.faults, []);
  one.end();
});

t.test('what is not asked any more is forgotten; outside asks what the Edge asks of others', async (t) => {
  const one = await started();
  await one.clock.advance(11);
  const rows = one.watch.report()?.alongside?.length ?? 0;
  t.ok(rows > 10);
  await one.adopt(planOf({ site: site({ 'address: 10.45.16.11': 'address: 10.45.16.12' }), vantage: 'dmz' }));
  t.notOk(one.watch.report()?.alongside?.some(({ target }) => target.address === '10.45.16.11'));
  await one.clock.advance(11);
  t.equal(one.watch.report()?.alongside?.length, rows);
  one.end();

  const outside = await started({ vantage: 'outside', owned: edge1Owns });
  await outside.clock.advance(11);
  const far = outside.watch.report()?.alongside ?? [];
  t.ok(far.length > 5 && far.every(({ rule }) => rule.endsWith('-out')));
  outside.end();
});

t.test('names: the DNS server of the row is asked for them, and wrong answers become findings', async (t) => {
  const one = await started();
  one.answer = ({ probe, options }) => {
    if (probe !== 'dns') return undefined;
    const answers = options.query === 'sip.contoso.com' ? ['A 192.0.2.77'] : [];
    return { outcome: 'answered', facts: { rcode: 'NOERROR', answers } };
  };
  const found = (code: string) => one.watch.report()?.findings.find((finding) => finding.code === code);
  await one.clock.advance(15);
  t.equal(found('dns-split'), undefined, 'rows come first');
  await one.clock.advance(10);
  t.match(found('dns-split'), { target: 'sip.contoso.com', message: /192\.0\.2\.77/ });
  t.match(found('srv-missing')?.target, /_sipfederationtls\._tcp\.contoso\.com/);
  const asked = (): number =>
    one.asked.filter(({ question }) => question.options.query === '_sip._tls.contoso.com').length;
  t.equal(asked(), 1);
  one.answer = () => undefined;
  await one.clock.advance(40);
  t.equal(asked(), 1, 'not in every round');
  await one.clock.advance(12);
  t.equal(asked(), 1 + 1);
  t.equal(found('dns-split'), undefined, 'and what was mended is gone');
  t.strictSame(one.faults, []);
  one.end();
});

t.test('names: elsewhere the DNS of the host is asked', async (t) => {
  const one = await started({ vantage: 'outside' });
  one.names.set('sip.contoso.com', ['131.107.155.10', '192.0.2.78']);
  await one.clock.advance(25);
  t.match(
    one.watch.report()?.findings.find(({ code }) => code === 'dns-split'),
    { target: 'sip.contoso.com', message: /this host's DNS says 192\.0\.2\.78/ },
  );
  t.strictSame(one.faults, []);
  one.end();
});

t.test('published addresses of A/V Edges that do not turn back: a finding of the row until they do', async (t) => {
  const one = await started();
  const found = () =>
    one.watch
      .report()
      ?.rules.find(({ rule }) => rule === 'external-stun-udp-3478-out')
      ?.findings.filter(({ code }) => code === 'hairpin-missing')
      .map(({ target }) => target);
  one.answer = ({ target }) => (target.address === '131.107.155.31' ? 'filtered' : undefined);
  await one.clock.advance(25);
  t.strictSame(found(), ['edge2 131.107.155.31:3478']);
  one.answer = () => undefined;
  await one.clock.advance(52);
  t.strictSame(found(), []);
  t.strictSame(one.faults, []);
  one.end();
});
