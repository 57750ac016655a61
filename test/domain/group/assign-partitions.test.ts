import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignPartitions, type Owners } from '../../../src/domain/group/assign-partitions.ts';

function sharesOf(owners: Owners, members: readonly string[]): readonly number[] {
  return members.map((id) => owners.filter((owner) => owner === id).length);
}

function movesBetween(before: Owners, after: Owners): number {
  return after.filter((owner, number) => (before[number] ?? null) !== owner).length;
}

const members = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
const some = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 6 });
const owners = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'gone', null), { maxLength: 24 });

describe('partitions', () => {
  test('are all given to the only member', () => {
    expect(assignPartitions([], ['a'], 4)).toEqual(['a', 'a', 'a', 'a']);
  });

  test('stay as they are when there is nobody to give them to', () => {
    expect(assignPartitions(['a', null, 'b'], [], 4)).toEqual(['a', null, 'b', null]);
  });

  test.each<[sentence: string, before: Owners, members: readonly string[], after: Owners]>([
    ['a member that joins gets its share', ['a', 'a', 'a', 'a'], ['a', 'b'], ['a', 'a', 'b', 'b']],
    ['those of one that is gone are shared', ['a', 'b', 'c', 'c'], ['a', 'b'], ['a', 'b', 'a', 'b']],
    ['what does not divide evenly stays where it is', ['b', 'b', 'a'], ['a', 'b'], ['b', 'b', 'a']],
    ['more members than partitions: some have none', ['a', 'b'], ['a', 'b', 'c'], ['a', 'b']],
  ])('%s', (_, before, present, after) => {
    expect(assignPartitions(before, present, before.length)).toEqual(after);
  });

  test('are shared as evenly as possible, all of them', () => {
    fc.assert(
      fc.property(owners, some, fc.integer({ min: 1, max: 64 }), (before, present, partitions) => {
        const after = assignPartitions(before, present, partitions);
        const shares = sharesOf(after, present);
        expect(after).toHaveLength(partitions);
        expect(shares.reduce((sum, one) => sum + one, 0)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('move no more than an even sharing needs', () => {
    fc.assert(
      fc.property(owners, some, (before, present) => {
        const after = assignPartitions(before, present, before.length);
        expect(movesBetween(before, after)).toBe(fewestMoves(before, present));
      }),
      { numRuns: 1_000 },
    );
  });

  test('do not move when nothing has changed, in whatever order members are named', () => {
    fc.assert(
      fc.property(owners, members, (before, present) => {
        const once = assignPartitions(before, present, before.length);
        expect(assignPartitions(once, present.toReversed(), before.length)).toEqual(once);
      }),
    );
  });

  test('one member more moves its fair share and nothing else', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 64 }), (present, partitions) => {
        const before = assignPartitions([], present, partitions);
        const after = assignPartitions(before, [...present, 'new'], partitions);
        const moved = after.filter((owner, number) => owner !== before[number]);
        expect(moved.every((owner) => owner === 'new')).toBe(true);
        expect(moved.length).toBeLessThanOrEqual(Math.ceil(partitions / (present.length + 1)));
      }),
    );
  });
});

/** Over every even sharing: partitions that are not with whom they were. */
function fewestMoves(before: Owners, present: readonly string[]): number {
  const extra = before.length % present.length;
  const base = Math.floor(before.length / present.length);
  const has = present.map((id) => before.filter((owner) => owner === id).length);
  const choices = subsetsOf(present.length, extra);
  const kept = choices.map((generous) =>
    has.reduce((sum, count, at) => sum + Math.min(count, base + (generous.has(at) ? 1 : 0)), 0),
  );
  return before.length - Math.max(...kept);
}

function subsetsOf(size: number, count: number): readonly ReadonlySet<number>[] {
  const all = Array.from({ length: 2 ** size }, (_, bits) =>
    Array.from({ length: size }, (__, at) => at).filter((at) => (bits >> at) % 2 === 1),
  );
  return all.filter((one) => one.length === count).map((one) => new Set(one));
}
