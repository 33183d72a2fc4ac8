import t from 'tap';
import { needing } from '../require.ts';
import { labNeeds } from './lab.ts';
import { mutateEveryFlow, withResponders } from './mutation.ts';

t.setTimeout(900_000);

t.test("each flow taken away, seen from the dmz, towards somebody else's hosts", needing(...labNeeds), (t) =>
  mutateEveryFlow(t, { vantage: 'dmz', theirs: true }),
);

t.test('each flow taken away, seen from the dmz, towards hosts of ours', needing(...labNeeds), (t) =>
  mutateEveryFlow(t, { vantage: 'dmz', edit: withResponders }),
);
