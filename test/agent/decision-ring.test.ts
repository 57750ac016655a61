import { describe, expect, test } from 'vitest';
import { createDecisionRing, type DecisionRing, type RingBounds } from '../../src/agent/decision-ring.ts';
import type { DecisionQuery } from '../../src/ports/status-view.ts';
import { groupDecision, groupHold, poolNumbers } from './decisions.ts';

const START_MS = 1_767_322_805_000;
const OUT = groupDecision({ kind: 'scale', direction: 'out', to: 4, because: 'above' });

function ringAt(bounds?: RingBounds): { ring: DecisionRing; tick: (ms: number) => void } {
  const clock = { nowMs: START_MS };
  return {
    ring: createDecisionRing(() => clock.nowMs, bounds),
    tick: (ms) => {
      clock.nowMs += ms;
    },
  };
}

const ask = (part: Partial<DecisionQuery> = {}): DecisionQuery => ({
  since: undefined,
  type: undefined,
  id: undefined,
  limit: 100,
  ...part,
});

describe('runs', () => {
  test('of the same course are one, with the numbers of the last', () => {
    const { ring, tick } = ringAt();
    ring.addGroup('web/api', groupDecision({ kind: 'hold', reason: 'steady' }, { cpu: 50 }));
    tick(10_000);
    ring.addGroup('web/api', groupDecision({ kind: 'hold', reason: 'steady' }, { cpu: 55 }));
    const { entries } = ring.page(ask());
    expect(entries).toMatchObject([
      { id: 'web/api', type: 'job_group', count: 2, firstMs: START_MS, lastMs: START_MS + 10_000 },
    ]);
    expect(entries[0]?.decision.numbers).toMatchObject({ cpu: 55 });
  });

  test.each([
    ['another reason', groupHold('headroom')],
    [
      'another wish behind the same verdict',
      groupDecision({ kind: 'scale', direction: 'out', to: 4, because: 'above' }, { cooldownLeftMs: 1 }),
    ],
    [
      'another count',
      { ...groupHold('steady'), numbers: { ...groupHold('steady').numbers, count: 9 } as never },
    ],
  ])('end with %s', (_what, next) => {
    const { ring } = ringAt();
    ring.addGroup('web/api', groupHold('steady'));
    ring.addGroup('web/api', next);
    expect(ring.page(ask()).entries.map(({ count }) => count)).toEqual([1, 1]);
  });

  test('of resources of the same name and another type are apart', () => {
    const { ring } = ringAt();
    ring.addGroup('workers', groupHold('steady'));
    const pool = {
      verdict: { kind: 'hold', reason: 'steady' },
      ask: { kind: 'none', reason: 'steady' },
      numbers: poolNumbers(),
      detail: '',
      cooldownLeftMs: 0,
      backoffLeftMs: 0,
      asked: 0,
      threshold: 3,
    } as const;
    ring.addPool('workers', pool);
    ring.addPool('workers', pool);
    expect(ring.page(ask()).entries.map(({ type, count }) => [type, count])).toEqual([
      ['job_group', 1],
      ['worker_pool', 2],
    ]);
    expect(ring.latestOfPool('workers')?.decision).toBe(pool);
    expect(ring.latestOfGroup('workers')?.type).toBe('job_group');
  });

  test('begin anew after the resource was forgotten, and what was told stays', () => {
    const { ring } = ringAt();
    ring.addGroup('web/api', groupHold('steady'));
    ring.forget((type, id) => type === 'job_group' && id === 'web/api');
    expect(ring.latestOfGroup('web/api')).toBeUndefined();
    ring.addGroup('web/api', groupHold('steady'));
    expect(ring.page(ask()).entries.map(({ count }) => count)).toEqual([1, 1]);
  });
});

describe('since', () => {
  test('answers what came later, oldest first, page by page, and nothing twice', () => {
    const { ring } = ringAt();
    for (const id of ['a/a', 'b/b', 'c/c']) ring.addGroup(id, groupHold('steady'));
    const all = ring.page(ask({ since: START_MS * 1_000 }));
    expect([all.entries.map(({ id }) => id), all.isComplete]).toEqual([['a/a', 'b/b', 'c/c'], true]);
    const first = ring.page(ask({ since: START_MS * 1_000, limit: 2 }));
    expect(first.entries.map(({ id }) => id)).toEqual(['a/a', 'b/b']);
    const rest = ring.page(ask({ since: first.next, limit: 2 }));
    expect(rest.entries.map(({ id }) => id)).toEqual(['c/c']);
    expect(ring.page(ask({ since: rest.next })).entries).toEqual([]);
    ring.addGroup('a/a', groupHold('steady'));
    expect(ring.page(ask({ since: rest.next })).entries).toMatchObject([{ id: 'a/a', count: 2 }]);
  });

  test('left out answers the newest', () => {
    const { ring } = ringAt();
    for (const id of ['a/a', 'b/b', 'c/c']) ring.addGroup(id, groupHold('steady'));
    const { entries, next, isComplete } = ring.page(ask({ limit: 2 }));
    expect([entries.map(({ id }) => id), isComplete]).toEqual([['b/b', 'c/c'], true]);
    expect(ring.page(ask({ since: next })).entries).toEqual([]);
  });

  test('can be narrowed to a resource, whose next page begins after everything that was looked at', () => {
    const { ring } = ringAt();
    for (const id of ['a/a', 'b/b', 'a/a']) ring.addGroup(id, groupHold('steady'));
    const { entries, next } = ring.page(ask({ since: 0, id: 'b/b', type: 'job_group' }));
    expect(entries.map(({ id }) => id)).toEqual(['b/b']);
    expect(ring.page(ask({ since: next })).entries).toEqual([]);
    expect(ring.page(ask({ type: 'worker_pool' })).entries).toEqual([]);
  });

  test('grows over a restart, and says so of what was lost by it', () => {
    const before = ringAt();
    before.ring.addGroup('a/a', groupHold('steady'));
    const { next } = before.ring.page(ask());
    const after = createDecisionRing(() => START_MS + 1_000);
    after.addGroup('a/a', groupHold('steady'));
    const page = after.page(ask({ since: next }));
    expect([page.entries.length, page.isComplete, page.next > next]).toEqual([1, false, true]);
  });
});

describe('bounds', () => {
  test('of entries drop the oldest runs, and who asks for them is told', () => {
    const { ring } = ringAt({ entries: 3, bytes: 1e9 });
    for (const id of ['a/a', 'b/b', 'c/c', 'd/d']) ring.addGroup(id, groupHold('steady'));
    const page = ring.page(ask({ since: START_MS * 1_000 }));
    expect([page.entries.map(({ id }) => id), page.isComplete]).toEqual([['b/b', 'c/c', 'd/d'], false]);
    expect(ring.page(ask()).isComplete).toBe(false);
    expect(ring.page(ask({ since: page.entries[0]?.sequence })).isComplete).toBe(true);
  });

  test('of bytes hold whatever the decisions are like, but for the last one', () => {
    const size = JSON.stringify({ type: 'job_group', id: 'a/a', decision: OUT }).length;
    const { ring } = ringAt({ entries: 1e6, bytes: 10 * size });
    for (let round = 0; round < 200; round += 1)
      ring.addGroup(`a/${round % 7}`, round % 2 === 0 ? OUT : groupHold('steady'));
    const kept = ring.page(ask({ limit: 1_000 })).entries;
    const bytes = kept.map(
      (entry) => JSON.stringify({ type: entry.type, id: entry.id, decision: entry.decision }).length,
    );
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(10 * size);
    expect(kept.length).toBeGreaterThan(5);
    const tiny = ringAt({ entries: 10, bytes: 1 });
    tiny.ring.addGroup('a/a', OUT);
    tiny.ring.addGroup('b/b', OUT);
    expect(tiny.ring.page(ask()).entries.map(({ id }) => id)).toEqual(['b/b']);
  });

  test('are met by a quiet cluster: a hundred groups for an hour are a hundred runs', () => {
    const { ring } = ringAt();
    const steady = groupHold('steady');
    for (let round = 0; round < 360; round += 1) {
      for (let group = 0; group < 100; group += 1) ring.addGroup(`job/${group}`, steady);
    }
    const { entries, isComplete } = ring.page(ask({ limit: 1_000 }));
    expect([entries.length, isComplete, entries[0]?.count]).toEqual([100, true, 360]);
  });
});
