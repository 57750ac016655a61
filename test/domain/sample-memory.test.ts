import { describe, expect, test } from 'vitest';
import type { UsageReading } from '../../src/domain/snapshot.ts';
import { isStale, rememberSamples, type SampleMemory } from '../../src/domain/usage/sample-memory.ts';
import { aSample } from './build.ts';

const MISSING: UsageReading = { kind: 'missing', why: 'timeout' };
const STALE_MS = 30_000;

/** The memory after one reading of `a1` at each of the times. */
function after(...rounds: readonly (readonly [atMs: number, reading: UsageReading])[]): SampleMemory {
  return rounds.reduce<SampleMemory>(
    (memory, [atMs, reading]) => rememberSamples(memory, new Map([['a1', reading]]), atMs),
    new Map(),
  );
}

const stamp = (text: string): UsageReading => aSample({}, text);

describe('the age of a sample', () => {
  test('is counted on the own clock, from when its time was first seen', () => {
    expect(after([100, stamp('s1')], [10_100, stamp('s1')]).get('a1')).toEqual({ stamp: 's1', sinceMs: 100 });
  });

  test('begins anew whenever its time changes, even backwards', () => {
    expect(after([0, stamp('9')], [10_000, stamp('8')]).get('a1')).toEqual({ stamp: '8', sinceMs: 10_000 });
  });

  test('goes on over a round that could not be read', () => {
    const memory = after([0, stamp('s1')], [10_000, MISSING], [20_000, stamp('s1')]);
    expect(memory.get('a1')).toEqual({ stamp: 's1', sinceMs: 0 });
  });

  test('is forgotten with its allocation', () => {
    const memory = rememberSamples(after([0, stamp('s1')]), new Map([['a2', stamp('x')]]), 10_000);
    expect([...memory.keys()]).toEqual(['a2']);
  });

  test('does not begin with a reading that is missing', () => {
    expect(after([0, MISSING]).size).toBe(0);
  });

  test.each([
    [STALE_MS - 1, false],
    [STALE_MS, true],
    [STALE_MS * 10, true],
  ])('after %i ms without a change: stale %s', (ageMs, stale) => {
    expect(isStale({ stamp: 's1', sinceMs: 1_000 }, 1_000 + ageMs, STALE_MS)).toBe(stale);
  });

  test('is nothing for a sample that was never seen', () => {
    expect(isStale(undefined, 1_000_000, STALE_MS)).toBe(false);
  });

  test('does not change what was remembered before', () => {
    const before = after([0, stamp('s1')]);
    rememberSamples(before, new Map([['a1', stamp('s2')]]), 1);
    expect(before.get('a1')?.stamp).toBe('s1');
  });
});
