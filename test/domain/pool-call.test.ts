import { describe, expect, test } from 'vitest';
import { afterAnswer, afterRefusal, type CallRefusal } from '../../src/domain/pool-call.ts';
import type { PoolOperation } from '../../src/domain/pool-operation.ts';
import { sending } from '../../src/domain/pool-operation-phase.ts';
import { NOW_MS } from './build.ts';
import { anInOperation, anOutOperation, wordOf } from './build-pool-operation.ts';

const REFUSALS: readonly CallRefusal[] = [
  'not-a-member',
  'protected',
  'activity',
  'bounds',
  'not-found',
  'denied',
  'throttled',
  'invalid',
  'unavailable',
];
const STANDING: readonly CallRefusal[] = ['protected', 'bounds', 'denied', 'invalid'];

const refused = (operation: PoolOperation, refusal: CallRefusal): string =>
  wordOf(afterRefusal(sending(operation, NOW_MS), { refusal, text: 'why', nowMs: NOW_MS }));

describe('an accepted call', () => {
  test('is noted, and the one before it not forgotten', () => {
    const sent = sending(anOutOperation({ unansweredMs: 7 }), NOW_MS);
    expect(afterAnswer(sent, NOW_MS + 5)).toEqual(anOutOperation({ acceptedMs: NOW_MS + 5, lostMs: 7 }));
  });
});

describe('a refused call', () => {
  test.each(REFUSALS)('(%s) was certainly not carried out', (refusal) => {
    const sent = sending(anInOperation({ phase: 'terminating', unansweredMs: 7 }), NOW_MS);
    expect(afterRefusal(sent, { refusal, text: 'busy', nowMs: NOW_MS })).toEqual({
      kind: 'move',
      next: anInOperation({ phase: 'terminating', lostMs: 7 }),
      why: 'refused, looking again: busy',
    });
  });

  test.each(REFUSALS)('%s: what stands ends the request, the rest is tried until its deadline', (refusal) => {
    const ends = STANDING.includes(refusal);
    expect(refused(anOutOperation(), refusal)).toBe(ends ? 'end dropped' : 'move requested');
    expect(refused(anInOperation(), refusal)).toBe(ends ? 'end dropped' : 'move draining');
    expect(refused(anInOperation({ phase: 'detaching' }), refusal)).toBe(
      ends ? 'move undoing refused' : 'move detaching',
    );
  });

  test.each<readonly [string, PoolOperation, string]>([
    ['a request while an earlier one may arrive', anOutOperation({ unansweredMs: NOW_MS }), 'move requested'],
    ['a drain after one was accepted', anInOperation({ acceptedMs: NOW_MS - 90_000 }), 'move draining'],
    ['a drain after one was lost', anInOperation({ lostMs: NOW_MS - 180_000 }), 'move draining'],
    [
      'a detach after one was accepted',
      anInOperation({ phase: 'detaching', acceptedMs: NOW_MS - 90_000 }),
      'move detaching',
    ],
    [
      'a detach while an earlier one may arrive',
      anInOperation({ phase: 'detaching', unansweredMs: NOW_MS }),
      'move detaching',
    ],
    [
      'a detach after a drain was lost',
      anInOperation({ phase: 'detaching', lostMs: NOW_MS - 30_000 }),
      'move undoing refused',
    ],
    ['an undrain', anInOperation({ phase: 'undoing', undo: 'wanted' }), 'move undoing wanted'],
    ['a replacement', anOutOperation({ phase: 'replacing', target: 'i-4' }), 'move replacing i-4'],
    [
      'a detach of what never joined',
      anOutOperation({ phase: 'detaching-failed', target: 'i-4' }),
      'move detaching-failed i-4',
    ],
  ])('for good: %s', (_what, operation, word) => {
    expect(refused(operation, 'denied')).toBe(word);
  });
});
