import t from 'tap';
import { needing } from '../require.ts';
import { labNeeds } from './lab.ts';
import { mutateEveryFlow } from './mutation.ts';

t.setTimeout(900_000);

for (const pack of ['lync2013-edge-nat', 'lync2013-federation']) {
  for (const vantage of ['outside', 'dmz', 'inside'] as const) {
    t.test(`${pack}: each flow dropped, seen from ${vantage}`, needing(...labNeeds), (t) =>
      mutateEveryFlow(t, { vantage, pack, ways: ['drop'], theirs: vantage === 'dmz' }),
    );
  }
}
