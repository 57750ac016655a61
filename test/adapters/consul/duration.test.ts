import { describe, expect, test } from 'vitest';
import { parseGoDuration, toGoDuration } from '../../../src/adapters/consul/duration.ts';

describe('a Go duration', () => {
  test.each([
    ['12s', 12_000],
    ['12000ms', 12_000],
    ['1m0.5s', 60_500],
    ['24h0m0s', 86_400_000],
    ['1500µs', 1.5],
  ])('%s is %d ms', (text, ms) => {
    expect(parseGoDuration(text)).toBeCloseTo(ms, 6);
  });

  test.each(['', '12', 's', '12 s', '12sx', '-3s', 'abc'])('"%s" is none', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  test.each([
    [12_000, '12s'],
    [0, '0s'],
    [1_500, '1500ms'],
    [10_000.4, '10000ms'],
  ])('%d ms are written %s', (ms, text) => {
    expect(toGoDuration(ms)).toBe(text);
  });
});
