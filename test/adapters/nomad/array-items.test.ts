import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArrayItems } from '../../../src/adapters/nomad/array-items.ts';
import { WireFault } from '../../../src/adapters/nomad/json.ts';

/** The items, the bytes coming so many at a time. */
function cut(text: string, size: number): unknown[] {
  const items = new ArrayItems();
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const item of items.take(bytes.subarray(at, at + size))) found.push(JSON.parse(item));
  }
  items.end();
  return found;
}

describe('a list is cut into its items', () => {
  test('whatever is in it, and wherever the bytes are divided', () => {
    const list = fc.array(fc.jsonValue(), { maxLength: 8 });
    const blanks = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(list, blanks, fc.integer({ min: 1, max: 40 }), (values, space, size) => {
        const text = JSON.stringify(values, undefined, space);
        expect(cut(text, size)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['of none', ' [ \n] ', []],
    [
      'with brackets and quotes in its texts',
      String.raw`["a\"]",{"b":"\\"},[[","]]]`,
      ['a"]', { b: '\\' }, [[',']]],
    ],
    ['with letters of several bytes', '["üé","𝄞"]', ['üé', '𝄞']],
  ])('%s', (_, text, wanted) => {
    for (const size of [1, 2, 3, 100]) expect(cut(text, size)).toEqual(wanted);
  });
});

describe('refused is', () => {
  test.each([
    ['nothing', ''],
    ['what is no list', '{"a":[1]}'],
    ['null', 'null'],
    ['a page', '<html>'],
    ['a list that is cut off', '[{"a":1},{"b"'],
    ['a list that is cut off in a text', '["a'],
    ['a list and something more', '[1] 2'],
    ['two lists', '[1][2]'],
  ])('%s', (_, text) => {
    for (const size of [1, 100]) expect(() => cut(text, size)).toThrow(WireFault);
  });
});
