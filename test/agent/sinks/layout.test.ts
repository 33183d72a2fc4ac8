import t from 'tap';
import { endCut, hanging, middleCut, wrap } from '../../../agent/sinks/layout.ts';

t.test('lines break between words, and numbers stay with their units', async (t) => {
  t.same(wrap('one two three', 7), ['one two', 'three']);
  t.same(wrap('in 4.0 s there', 6), ['in', '4.0 s', 'there']);
  t.same(wrap('took 12 ms', 8), ['took', '12 ms']);
  t.same(wrap('ab cdefghij k', 4), ['ab', 'cdef', 'ghij', 'k']);
  t.same(wrap('北京北京', 3), ['北', '京', '北', '京'], 'wide characters are not cut in halves');
  t.same(wrap('北', 1), ['北'], 'what fits nowhere has to go somewhere');
  t.same(wrap('', 10), []);
});

t.test('what follows the first line hangs under it', async (t) => {
  t.same(hanging('  do ', 'one two three four five six', 25), ['  do one two three four', '     five six']);
});

t.test('cuts', async (t) => {
  t.equal(middleCut('abcdefgh', 8, '…'), 'abcdefgh');
  t.equal(middleCut('abcdefgh', 5, '…'), 'ab…gh');
  t.equal(middleCut('abcdefgh', 4, '…'), 'ab…h');
  t.equal(endCut('abcdefgh', 4, '…'), 'abc…');
  t.equal(endCut('abcd', 4, '…'), 'abcd');
});
