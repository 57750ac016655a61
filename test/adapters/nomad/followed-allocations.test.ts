import { describe, expect, test } from 'vitest';
import { FollowedAllocations } from '../../../src/adapters/nomad/followed-allocations.ts';
import type { AllocationFacts } from '../../../src/domain/snapshot.ts';
import { anAllocation } from '../../domain/build.ts';

const NODE = 'n1';

/** Allocations that are followed, the type of every job being `service`; and of which namespaces it was doubted. */
function follow(): {
  readonly followed: FollowedAllocations;
  readonly doubted: string[];
  list(...items: readonly AllocationFacts[]): void;
  tell(...upserts: readonly AllocationFacts[]): void;
  shown(): readonly string[];
} {
  const doubted: string[] = [];
  const followed = new FollowedAllocations({
    typeOf: () => 'service',
    vanished: (namespace) => void doubted.push(namespace),
  });
  return {
    followed,
    doubted,
    list: (...items) => followed.take({ kind: 'list', items, index: 5, restarted: false }),
    tell: (...upserts) => followed.take({ kind: 'changes', upserts, removals: [], index: 6 }),
    shown: () =>
      followed
        .view()
        .allocationsOn(NODE)
        .map(({ namespace, id, clientStatus, jobType }) => `${namespace} ${id} ${clientStatus} ${jobType}`),
  };
}

const of = (namespace: string, id: string, more: Partial<AllocationFacts> = {}): AllocationFacts =>
  anAllocation({ namespace, id, nodeId: NODE, jobType: '', ...more });

describe('events of a namespace', () => {
  test('that is listed are shown, and told the type of their job', () => {
    const { list, tell, shown } = follow();
    list(of('blue', 'a', { jobType: 'batch' }));
    tell(of('blue', 'a', { clientStatus: 'complete' }), of('blue', 'b'));
    expect(shown()).toEqual(['blue a complete batch', 'blue b running service']);
  });

  test('of which nothing was ever listed or read are withheld', () => {
    const { list, tell, shown, followed } = follow();
    list(of('default', 'a'));
    tell(of('blue', 'b'), of('default', 'a', { clientStatus: 'failed' }));
    expect(shown()).toEqual(['default a failed service']);
    expect(['default', 'blue'].map((name) => followed.isReadable(name))).toEqual([true, false]);
  });

  test('are shown, the last of each, once something of it has been read', () => {
    const { list, tell, shown, followed } = follow();
    list();
    tell(of('blue', 'b', { clientStatus: 'pending' }));
    tell(of('blue', 'b'), of('green', 'c'));
    expect(followed.proved('blue')).toBe(true);
    expect(shown()).toEqual(['blue b running service']);
    expect(followed.proved('blue')).toBe(false);
  });

  test('are believed no more when the list has nothing of it left, until something is read again', () => {
    const { list, tell, shown, followed, doubted } = follow();
    list(of('blue', 'a'), of('default', 'd'));
    list(of('default', 'd'));
    expect(doubted).toEqual(['blue']);
    tell(of('blue', 'b'));
    expect(shown()).toEqual(['default d running service']);
    followed.proved('blue');
    expect(shown()).toEqual(['default d running service', 'blue b running service']);
  });

  test('are forgotten with the next list, which has them if they may be seen', () => {
    const { list, tell, shown, followed } = follow();
    list();
    tell(of('blue', 'b'));
    list();
    expect(followed.proved('blue')).toBe(false);
    expect(shown()).toEqual([]);
  });
});
