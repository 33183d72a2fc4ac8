import { randomBytes } from 'node:crypto';
import stun from 'stun';
import t from 'tap';
import { decodeStun, encodeBindingRequest, encodeBindingResponse } from '../../wire/stun.ts';

/** What the package writes itself, each message anew. */
const byPackage = (type: number, id: Uint8Array, fill: (message: ReturnType<typeof stun.createMessage>) => void) => {
  const message = stun.createMessage(type, Buffer.from(id));
  fill(message);
  return Uint8Array.from(message.toBuffer());
};

t.test('what is laid over a form is what the package would have written', async (t) => {
  for (let turn = 0; turn < 200; turn++) {
    const transactionId = Uint8Array.from(randomBytes(12));
    const port = 1 + ((turn * 7919) % 65_535);
    const groups = Array.from({ length: 8 }, (_, at) => (0x1000 + ((turn * 31 + at * 4099) % 0xefff)).toString(16));
    for (const address of [randomBytes(4).join('.'), groups.join(':')]) {
      const mapped = { address, port };
      const answer = encodeBindingResponse({ dialect: 'rfc8489', transactionId, mapped, software: '' });
      t.strictSame(
        answer,
        byPackage(0x0101, transactionId, (message) => message.addAttribute(0x0020, address, port)),
      );
      const read = decodeStun(answer);
      t.match(read.ok && read.message, { xorMapped: mapped, flaws: [] });
    }
    const request = encodeBindingRequest({ dialect: 'rfc8489', transactionId });
    t.strictSame(
      request,
      byPackage(0x0001, transactionId, (message) => message.addAttribute(0x8022, 'edgeprobe')),
    );
  }
});

t.test('a form is not changed by what is done to a message of it', async (t) => {
  const transactionId = new Uint8Array(12);
  const first = encodeBindingRequest({ dialect: 'rfc8489', transactionId });
  const kept = Uint8Array.from(first);
  first.fill(0xff);
  t.strictSame(encodeBindingRequest({ dialect: 'rfc8489', transactionId }), kept);
});

t.test('forms are told apart: software, username, dialect, family', async (t) => {
  const transactionId = new Uint8Array(12);
  const request = (software: string, username: string) => {
    const credential = { username, password: 'x' };
    const read = decodeStun(encodeBindingRequest({ dialect: 'rfc8489', transactionId, software, credential }));
    return read.ok && [read.message.software, read.message.username];
  };
  t.same(request('one', 'a'), ['one', 'a']);
  t.same(request('two', 'a'), ['two', 'a']);
  t.same(request('one', 'b'), ['one', 'b']);
  const classic = { dialect: 'rfc3489', transactionId: new Uint8Array(16) } as const;
  for (const mapped of [
    { address: '192.0.2.1', port: 5 },
    { address: '2001:db8::1', port: 6 },
  ]) {
    const read = decodeStun(encodeBindingResponse({ ...classic, mapped }));
    t.match(read.ok && read.message, { dialect: 'rfc3489', mapped, xorMapped: null });
  }
});
