import { assert, constantFrom, property, string, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardOf, mergedGuard, prefixRange } from '../../src/simulator/consul/radix.ts';

const end = '\0';
const key = string({ unit: constantFrom('a', 'b', '/'), minLength: 1, maxLength: 5 });
const keys = uniqueArray(key, { maxLength: 12 }).map((all) => all.map((one) => one + end).toSorted(byBytes));

function byBytes(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

describe('the node of a radix tree that a reader waits on', () => {
  test('is touched by whatever makes the key that was not there', () => {
    assert(
      property(keys, key, (all, wanted) => {
        expect((wanted + end).startsWith(guardOf(all, wanted + end))).toBe(true);
      }),
    );
  });

  test('is touched by every key that comes below the prefix, or goes', () => {
    assert(
      property(keys, key, key, (all, prefix, more) => {
        expect(`${prefix}${more}${end}`.startsWith(guardOf(all, prefix))).toBe(true);
      }),
    );
  });

  test.each([
    [['a/b/one', 'a/b/two', 'a/c/x', 'z'], 'a/b/none', 'a/b'],
    [['a/b/one', 'a/b/two', 'a/c/x', 'z'], 'q', ''],
    [['a/b'], 'a/c', 'a'],
    [[], 'a', ''],
  ])('of %j for %s begins with %j', (all, wanted, guard) => {
    const sorted = all.map((one) => one + end).toSorted(byBytes);
    expect(guardOf(sorted, wanted + end)).toBe(guard);
  });

  test('is the sibling that takes the place of its parent when only it is left', () => {
    expect(mergedGuard(['ab1\0'], 'ab2\0')).toBe('ab1');
    expect(mergedGuard(['ab1\0', 'ab3\0'], 'ab2\0')).toBeUndefined();
    expect(mergedGuard(['x\0'], 'ab2\0')).toBeUndefined();
  });

  test('a prefix finds exactly the keys that begin with it', () => {
    assert(
      property(keys, key, (all, prefix) => {
        const [from, to] = prefixRange(all, prefix);
        expect(all.slice(from, to)).toEqual(all.filter((one) => one.startsWith(prefix)));
      }),
    );
  });
});
