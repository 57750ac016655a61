import { describe, expect, test } from 'vitest';
import { beginIn, beginOut, type PoolOperation } from '../../src/domain/pool-operation.ts';
import {
  entering,
  freeze,
  isJustAccepted,
  isPhaseCallOut,
  isPhaseOverdue,
  mayArriveLate,
  sending,
  thaw,
  withoutFutureMoments,
} from '../../src/domain/pool-operation-phase.ts';
import { MINUTE_MS, NOW_MS } from './build.ts';
import { aNode } from './build-pool.ts';
import { anInOperation, anOutOperation } from './build-pool-operation.ts';

describe('an operation begins', () => {
  test('out: with nothing sent, and the newest node of all as its mark', () => {
    const { pool, region, provider, message, retryThreshold, because, from, to, members } = anOutOperation();
    const of = { pool, region, provider, message, retryThreshold, because, from, to, members };
    const nodes = [aNode({ createIndex: 7 }), aNode({ createIndex: 50 }), aNode({ createIndex: 12 })];
    expect(beginOut(of, nodes, NOW_MS)).toEqual(anOutOperation());
    expect(beginOut(of, [], NOW_MS).nodeIndex).toBe(0);
  });

  test('in: with nothing sent, its node and instance bound', () => {
    const { pool, region, provider, message, retryThreshold } = anInOperation();
    const bound = { nodeId: 'n1', nodeName: 'client-n1', instanceId: 'i-n1', drainDeadlineMs: 900_000 };
    expect(beginIn({ pool, region, provider, message, retryThreshold, ...bound }, NOW_MS)).toEqual(
      anInOperation(),
    );
  });
});

describe('a call whose answer nobody has seen', () => {
  const sent = sending(anInOperation(), NOW_MS);

  test.each([
    ['may arrive at once', sent, 0, true],
    ['may arrive for two minutes', sent, 119_999, true],
    ['may arrive no later', sent, 120_000, false],
    ['is remembered in the next phase', entering(sent, { phase: 'undoing' }, NOW_MS + 1), 60_000, true],
    [
      'is remembered when the next one was answered',
      { ...sending(sent, NOW_MS + 10_000), unansweredMs: 0, acceptedMs: NOW_MS + 10_000 },
      119_999,
      true,
    ],
    ['is forgotten with its answer', { ...sent, unansweredMs: 0, acceptedMs: NOW_MS }, 0, false],
    ['was never sent', anInOperation(), 0, false],
  ] as const)('%s', (_what, operation, laterMs, late) => {
    expect(mayArriveLate(operation, NOW_MS + laterMs)).toBe(late);
  });

  test('counts from the last one sent', () => {
    const twice = sending(sent, NOW_MS + 60_000);
    expect(mayArriveLate(twice, NOW_MS + 179_999)).toBe(true);
    expect(mayArriveLate({ ...twice, unansweredMs: 0 }, NOW_MS + 120_000)).toBe(false);
  });

  test('leaves no way back in its own phase, and only there', () => {
    expect(isPhaseCallOut(sent, NOW_MS)).toBe(true);
    expect(isPhaseCallOut(sent, NOW_MS + 120_000)).toBe(false);
    expect(isPhaseCallOut(entering(sent, { phase: 'detaching' }, NOW_MS + 1), NOW_MS + 1)).toBe(false);
    expect(isPhaseCallOut(anInOperation({ acceptedMs: 1 }), NOW_MS)).toBe(true);
  });

  test('leaves no way back either when failsafe came and went meanwhile', () => {
    const thawed = thaw(freeze(sent, 'failsafe'), NOW_MS + 5000);
    expect(isPhaseCallOut(thawed, NOW_MS + 5000)).toBe(true);
    expect(mayArriveLate(thawed, NOW_MS + 120_000)).toBe(true);
    const late = thaw(freeze(sent, 'failsafe'), NOW_MS + 120_000);
    expect(isPhaseCallOut(late, NOW_MS + 120_000)).toBe(false);
  });
});

test('another phase begins now and has sent nothing', () => {
  const before = anInOperation({ phaseMs: 1, acceptedMs: 2, unansweredMs: 3, lostMs: 4 });
  expect(entering(before, { phase: 'undoing', undo: 'wanted' }, NOW_MS)).toEqual(
    anInOperation({ phase: 'undoing', undo: 'wanted', phaseMs: NOW_MS, lostMs: 4 }),
  );
});

test('what was accepted may not show for a minute', () => {
  const accepted = anOutOperation({ acceptedMs: NOW_MS });
  expect(isJustAccepted(accepted, NOW_MS + 59_999)).toBe(true);
  expect(isJustAccepted(accepted, NOW_MS + 60_000)).toBe(false);
  expect(isJustAccepted(anOutOperation(), NOW_MS)).toBe(false);
});

describe('the deadline', () => {
  const out = anOutOperation;

  test.each([
    ['requested', out(), 1],
    ['launching', out({ phase: 'launching' }), 5],
    ['launching after a termination', out({ phase: 'launching', failed: ['i-4'] }), 10],
    ['joining', out({ phase: 'joining', failed: ['i-4'] }), 5],
    ['replacing', out({ phase: 'replacing' }), 10],
    ['detaching-failed', out({ phase: 'detaching-failed' }), 10],
    ['draining', anInOperation(), 15],
    ['draining by another deadline', anInOperation({ drainDeadlineMs: 60_000 }), 1],
    ['undoing', anInOperation({ phase: 'undoing' }), 1],
    ['detaching', anInOperation({ phase: 'detaching' }), 10],
    ['terminating', anInOperation({ phase: 'terminating' }), 3],
  ] as const)('of %s', (_phase, operation, minutes) => {
    expect(isPhaseOverdue(operation, NOW_MS + minutes * MINUTE_MS - 1)).toBe(false);
    expect(isPhaseOverdue(operation, NOW_MS + minutes * MINUTE_MS)).toBe(true);
  });
});

describe('failsafe', () => {
  test('freezes an operation where it is, and the first reason is kept', () => {
    const frozen = freeze(anInOperation(), 'tripped');
    expect(frozen).toEqual(anInOperation({ frozen: 'tripped' }));
    expect(freeze(frozen, 'set by an operator')).toBe(frozen);
  });

  test('lifted lets the phase begin anew, however long it was frozen', () => {
    const frozen = anOutOperation({ phase: 'joining', frozen: 'tripped', acceptedMs: 5 });
    expect(thaw(frozen, NOW_MS + 1000 * MINUTE_MS)).toEqual(
      anOutOperation({ phase: 'joining', phaseMs: NOW_MS + 1000 * MINUTE_MS, acceptedMs: 5 }),
    );
  });
});

describe('a clock that was set back', () => {
  const HOUR = 60 * MINUTE_MS;

  test.each(['phaseMs', 'acceptedMs', 'unansweredMs', 'lostMs'] as const)('makes %s now', (member) => {
    const operation: PoolOperation = anInOperation({ [member]: NOW_MS + HOUR });
    expect(withoutFutureMoments(operation, NOW_MS)).toEqual(anInOperation({ [member]: NOW_MS }));
  });

  test('by less than a minute, or not at all, changes nothing', () => {
    const operation = anInOperation({ phaseMs: NOW_MS + MINUTE_MS, lostMs: NOW_MS - HOUR });
    expect(withoutFutureMoments(operation, NOW_MS)).toBe(operation);
  });
});
