import { describe, expect, test } from 'vitest';
import { mayLack, mayPrecede, noteVersion } from '../../src/agent/seen-version.ts';

describe('a version of a job', () => {
  test('keeps the time at which it was seen first', () => {
    const first = noteVersion(undefined, 7, 1_000);
    expect(noteVersion(first, 7, 2_000)).toBe(first);
    expect(noteVersion(first, 9, 2_000)).toEqual({ modifyIndex: 9, sinceMs: 2_000 });
  });

  test.each([
    ['an older list that was not heard since', { index: 6, freshMs: 1_000 }, true],
    [
      'an older list that has been heard since: nothing has changed there',
      { index: 6, freshMs: 1_001 },
      false,
    ],
    ['a list of the same index', { index: 7, freshMs: 0 }, false],
    ['a newer one', { index: 8, freshMs: 0 }, false],
  ])('%s', (_what, listed, lacks) => {
    expect(mayLack({ modifyIndex: 7, sinceMs: 1_000 }, listed)).toBe(lacks);
  });

  test('that is not known is not waited for', () => {
    expect(mayLack(undefined, { index: 0, freshMs: 0 })).toBe(false);
  });
});

describe('a job that is read one by one', () => {
  const own = { modifyIndex: 7, sinceMs: 1_000 };

  test.each([
    [
      'older than our change, though the lists are fresh',
      { index: 6, clusterIndex: 9, freshMs: 2_000 },
      true,
    ],
    ['older, and nothing was heard since', { index: 6, clusterIndex: 5, freshMs: 1_000 }, true],
    ['of a cluster that has started over', { index: 3, clusterIndex: 4, freshMs: 2_000 }, false],
    [
      'of a restored cluster, heard for a minute since',
      { index: 6, clusterIndex: 9, freshMs: 61_001 },
      false,
    ],
    ['as our change left it', { index: 7, clusterIndex: 9, freshMs: 0 }, false],
  ])('%s', (_what, known, precedes) => {
    expect(mayPrecede(own, known)).toBe(precedes);
    expect(mayPrecede(undefined, known)).toBe(false);
  });
});
