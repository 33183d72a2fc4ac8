import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import { attentiveClock } from '../../probes/attention.ts';
import { type Clock, systemClock } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';
import { handClock, settled } from './hand-clock.ts';

/** A clock whose time may jump: whatever is due meanwhile is called late, as in a process that was stopped. */
const jumping = () => {
  let now = 100;
  let due: { readonly at: number; readonly callback: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(0),
    monotonic: () => now,
    after: (seconds, callback) => {
      const timer = { at: now + seconds, callback };
      due.push(timer);
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
  };
  const jump = async (seconds: number): Promise<void> => {
    now += seconds;
    const late = due.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
    due = due.filter((timer) => !late.includes(timer));
    for (const { callback } of late) callback();
    await settled();
    await settled();
  };
  const pass = async (seconds: number): Promise<void> => {
    for (let steps = Math.round(seconds * 20); steps > 0; steps--) await jump(0.05);
  };
  return { clock, jump, pass, pending: () => due.length };
};

t.test('while the process runs, it is the clock beneath', async (t) => {
  const hand = handClock();
  const clock = attentiveClock(hand);
  const called: number[] = [];
  clock.after(3, () => called.push(hand.monotonic()));
  clock.after(1, () => called.push(hand.monotonic()));
  const cancel = clock.after(2, () => t.fail('called off'));
  await hand.advance(0.5);
  cancel();
  cancel();
  await hand.advance(10);
  await settled();
  t.equal(called.length, 2);
  t.ok(Math.abs((called[0] ?? 0) - 1) < 0.01 && Math.abs((called[1] ?? 0) - 3) < 0.01, called.join(' '));
  t.equal(clock.monotonic(), hand.monotonic(), 'and nothing was lost');
});

t.test('time in which nobody looked does not pass', async (t) => {
  const { clock: beneath, jump, pass, pending } = jumping();
  const clock = attentiveClock(beneath);
  const began = clock.monotonic();
  let called = false;
  clock.after(3, () => {
    called = true;
  });
  await pass(1);
  await jump(60);
  t.equal(called, false, 'stopped for a minute: there is more to wait');
  await pass(1.8);
  t.equal(called, false, 'nearly two seconds of it');
  await jump(60);
  await pass(0.3);
  t.equal(called, true, 'and then it is over');
  const passed = clock.monotonic() - began;
  t.ok(passed > 3 && passed < 3.6, `${passed} s passed`);
  t.equal(pending(), 0, 'nothing stays behind');
  await jump(60);
  t.ok(clock.monotonic() - began > 60, 'where nobody waits, time passes as it does');
});

t.test('what has arrived is read before silence is accepted', async (t) => {
  const receiver = createSocket('udp4').bind(0, ownLoopback);
  await once(receiver, 'listening');
  const sender = createSocket('udp4');
  sender.connect(receiver.address().port, ownLoopback);
  await once(sender, 'connect');
  t.teardown(() => {
    receiver.close();
    sender.close();
  });
  let heard = false;
  receiver.on('message', () => {
    heard = true;
  });
  const clock = attentiveClock(systemClock);
  await settled();
  const knew = new Promise<boolean>((resolve) => clock.after(0.02, () => resolve(heard)));
  sender.send('the answer');
  // This process is busy until long after the deadline, with the answer in its buffer.
  for (const end = performance.now() + 100; performance.now() < end; );
  t.equal(await knew, true);
});
