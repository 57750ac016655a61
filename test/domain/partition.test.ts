import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fnv1a, partitionOf } from '../../src/domain/partition.ts';

/** The definition in whole numbers without a bound, over the bytes that the platform makes. */
function reference(text: string): number {
  let hash = 0x811c_9dc5n;
  for (const byte of new TextEncoder().encode(text))
    hash = ((hash ^ BigInt(byte)) * 0x0100_0193n) % 2n ** 32n;
  return Number(hash);
}

describe('FNV-1a', () => {
  test.each([
    ['', 0x811c_9dc5],
    ['a', 0xe40c_292c],
    ['b', 0xe70c_2de5],
    ['foobar', 0xbf9c_f968],
    ['hello', 0x4f9f_2cab],
  ])('of "%s" is as published', (text, hash) => {
    expect(fnv1a(text)).toBe(hash);
  });

  test('is that of the UTF-8 bytes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fnv1a(text)).toBe(reference(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the partition of a resource', () => {
  /** Never changed: members of different releases must agree on these. */
  const vectors = [
    ['job_group:web/api', 0x9013_0e37, 7],
    ['worker_pool:pool-a', 0x5e39_eacc, 12],
    ['job_group:team:web/api', 0x83bc_77a8, 8],
    ['job_group:größe/ü', 0xe0c9_b1a3, 3],
  ] as const;

  test.each(vectors)('%s', (resource, hash, number) => {
    expect(fnv1a(resource)).toBe(hash);
    expect(partitionOf(resource, 16)).toBe(number);
    expect(partitionOf(resource, 1)).toBe(0);
    expect(partitionOf(resource, 1024)).toBe(hash % 1024);
  });

  test('is one there is', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1024 }), (resource, partitions) => {
        expect(partitionOf(resource, partitions)).toBeGreaterThanOrEqual(0);
        expect(partitionOf(resource, partitions)).toBeLessThan(partitions);
      }),
    );
  });
});
