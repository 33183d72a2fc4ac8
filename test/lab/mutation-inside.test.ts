import t from 'tap';
import { needing } from '../require.ts';
import { labNeeds } from './lab.ts';
import { mutateEveryFlow } from './mutation.ts';

t.setTimeout(900_000);

t.test('each flow taken away, seen from inside', needing(...labNeeds), (t) =>
  mutateEveryFlow(t, { vantage: 'inside' }),
);
