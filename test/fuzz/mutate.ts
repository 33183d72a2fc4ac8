/** A reproducible source of numbers in [0, 1). */
export type Random = () => number;

const interesting8 = [0, 1, 0x16, 0x20, 0x7f, 0x80, 0xc0, 0xff];
const interesting16 = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];
const numbers = ['0', '-1', '1', '255', '256', '65535', '65536', '2147483648', '4294967296', '99999999999999999999'];
const largest = 20_000;

/**
 * Makes one more input out of a corpus. Beside bits and bytes it knows the structure that all our formats share: lengths
 * in one, two or three bytes before what they count, numbers as text, tokens of the protocol, and parts that repeat.
 */
export const mutate = (
  corpus: readonly Uint8Array[],
  dictionary: readonly Uint8Array[],
  random: Random,
): Uint8Array => {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T | undefined => list[upTo(list.length)];
  let bytes: Uint8Array = Uint8Array.from(pick(corpus) ?? []);
  const replace = (from: number, to: number, by: Uint8Array): void => {
    const made = new Uint8Array(from + by.length + Math.max(0, bytes.length - to));
    made.set(bytes.subarray(0, from));
    made.set(by, from);
    made.set(bytes.subarray(to), from + by.length);
    bytes = made;
  };
  const span = (): [number, number] => {
    const from = upTo(bytes.length + 1);
    return [from, Math.min(bytes.length, from + 1 + upTo(random() < 0.5 ? 8 : 200))];
  };
  const changes: readonly (() => void)[] = [
    () => {
      const at = upTo(bytes.length);
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << upTo(8));
    },
    () => {
      const at = upTo(bytes.length);
      if (at < bytes.length) bytes[at] = random() < 0.5 ? upTo(256) : (pick(interesting8) ?? 0);
    },
    () => {
      const at = upTo(bytes.length);
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) + upTo(9) - 4;
    },
    () => {
      const at = upTo(Math.max(1, bytes.length - 1));
      const value = random() < 0.5 ? (pick(interesting16) ?? 0) : bytes.length - at - upTo(6);
      replace(at, at + 2, Uint8Array.of((value >> 8) & 255, value & 255));
    },
    () => replace(...span(), new Uint8Array(0)),
    () => {
      const [from, to] = span();
      replace(from, from, bytes.slice(from, to));
    },
    () => {
      const [from, to] = span();
      const part = bytes.slice(from, to);
      for (let times = upTo(60); times > 0 && bytes.length < largest; times--) replace(from, from, part);
    },
    () => replace(upTo(bytes.length + 1), bytes.length, new Uint8Array(0)),
    () => {
      const other = pick(corpus) ?? bytes;
      const from = upTo(other.length + 1);
      const [at, end] = span();
      replace(at, random() < 0.5 ? at : end, other.slice(from, from + upTo(120)));
    },
    () => {
      const [at, end] = span();
      replace(at, random() < 0.5 ? at : end, pick(dictionary) ?? new Uint8Array(0));
    },
    () => {
      const text = Buffer.from(bytes).toString('latin1');
      const found = [...text.matchAll(/\d+/g)];
      const one = pick(found);
      if (one === undefined) return;
      replace(one.index, one.index + one[0].length, Buffer.from(pick(numbers) ?? '0'));
    },
    () => {
      const [at, end] = span();
      replace(
        at,
        end,
        Uint8Array.from({ length: upTo(60) }, () => upTo(256)),
      );
    },
  ];
  for (let rounds = random() < 0.6 ? 1 : 1 + upTo(6); rounds > 0; rounds--) pick(changes)?.();
  return bytes.subarray(0, largest);
};
