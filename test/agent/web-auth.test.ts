import { compareSync, hashSync } from 'bcryptjs';
import t from 'tap';
import { createAuthenticator } from '../../agent/web-auth.ts';
import { systemClock } from '../../probes/world.ts';
import { handClock } from '../probes/hand-clock.ts';
import { until } from '../until.ts';

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const random = (size: number): Uint8Array => new Uint8Array(size);
const users = new Map([['ann', hashSync('right', 4)]]);

/** Long enough for bcrypt to compute, where nothing must come of it. */
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

t.test('no users, no question', async (t) => {
  const authenticate = createAuthenticator({ clock: handClock(), random });
  t.equal(await authenticate(new Map(), undefined), 'admitted');
  t.equal(await authenticate(users, undefined), 'denied');
});

t.test('a wrong password rests, a right one that was seen before does not wait for it', async (t) => {
  const clock = handClock();
  let now = 0;
  // Every comparison takes a second by this clock.
  const authenticate = createAuthenticator({ clock: { ...clock, monotonic: () => now++ }, random });
  t.equal(await authenticate(users, basic('ann', 'right')), 'admitted');
  t.equal(await authenticate(users, basic('ann', 'wrong')), 'denied');
  let second: string | null = null;
  void authenticate(users, basic('ann', 'wrong again')).then((said) => {
    second = said;
  });
  await moment();
  t.equal(second, null, 'the next one waits');
  t.equal(await authenticate(users, basic('ann', 'right')), 'admitted', 'who was admitted is admitted at once');
  await clock.advance(8.9);
  await moment();
  t.equal(second, null);
  await clock.advance(0.2);
  await until(t, 'it is denied', () => second === 'denied');
});

t.test('a flood is turned away, most of it without computing', async (t) => {
  const authenticate = createAuthenticator({ clock: handClock(), random });
  const said: string[] = [];
  for (let index = 0; index < 100; index++) {
    void authenticate(users, basic('ann', `wrong ${index}`)).then((one) => said.push(one));
  }
  await until(t, 'all but those that wait are answered', () => said.length >= 92);
  await moment();
  t.equal(said.filter((one) => one === 'denied').length, 1, 'one was compared, then came the rest');
  t.equal(said.filter((one) => one === 'busy').length, 91);
});

t.test('unknown users are compared, too', async (t) => {
  const hash = hashSync('right', 10);
  const authenticate = createAuthenticator({ clock: { ...handClock(), monotonic: systemClock.monotonic }, random });
  const known = new Map([['ann', hash]]);
  const began = process.cpuUsage();
  t.equal(await authenticate(known, basic('nobody', 'right')), 'denied');
  const spent = process.cpuUsage(began);
  const once = process.cpuUsage();
  compareSync('wrong', hash);
  const needed = process.cpuUsage(once);
  t.ok(spent.user > needed.user / 4, `${spent.user} µs for nobody, ${needed.user} µs for a wrong password`);
});

t.test('what bcrypt would not look at is not a password', async (t) => {
  const long = 'x'.repeat(72);
  const authenticate = createAuthenticator({ clock: handClock(), random });
  const known = new Map([['ann', hashSync(long, 4)]]);
  t.equal(await authenticate(known, basic('ann', `${long}y`)), 'denied');
  t.equal(await authenticate(known, basic('ann', long)), 'admitted');
});
