import t from 'tap';
import { needing } from '../require.ts';
import { check, writeSite } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

const outbound = 'external-stun-udp-3478-out';
const published = '131.107.155.130';
const wrong = '131.107.155.131';

t.test('a translation to another address than the published one is named', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const [edge] = lab.nodes;
  if (edge === undefined) throw new Error('a lab without an Edge');
  const address = edge['av-edge'];
  const withPublic = lab
    .site({ timeouts: { check: '3s' } })
    .replace(`address: ${address}\n`, `address: ${address}\n      publicAddress: ${published}\n`);
  const site = writeSite(lab, withPublic);
  const ask = async () => {
    const { report } = await check(lab, 'dmz', site, ['--rule', outbound, '--format', 'json']);
    const [rule] = report?.rules ?? [];
    return { rule, codes: (rule?.findings ?? []).map(({ code }) => code), facts: rule?.checks[0]?.facts };
  };

  lab.translate({ from: address, to: published });
  const right = await ask();
  t.equal(right.rule?.verdict, 'pass', right.rule?.explain ?? '');
  t.equal(right.facts?.['mappedAddress'], published, 'the far side sees the published address');
  t.notOk(right.codes.includes('nat-mapping-mismatch'));

  lab.translate({ from: address, to: wrong });
  const swapped = await ask();
  t.equal(swapped.rule?.verdict, 'pass', 'the path is open all the same');
  t.equal(swapped.facts?.['mappedAddress'], wrong);
  t.ok(swapped.codes.includes('nat-mapping-mismatch'), `among ${swapped.codes.join(' ')}`);

  lab.translate(null);
  const none = await ask();
  t.ok(none.codes.includes('nat-mapping-mismatch'), 'no translation at all is a wrong one, too');
});
