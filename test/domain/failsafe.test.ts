import { describe, expect, test } from 'vitest';
import { resetByOperator, setByOperator } from '../../src/domain/failsafe.ts';
import { decodeFlag, encodeFlag, readFlag } from '../../src/domain/flag-document.ts';
import { aState } from './build.ts';

const FAILED = aState({ failureCount: 3, lastFailureEvent: '2026-11-24T11:59:00Z', scaleOutRequests: 4 });

describe('failsafe by an operator', () => {
  test('sets both members and leaves the failures', () => {
    expect(setByOperator(FAILED)).toEqual({ ...FAILED, failsafeMode: true, failsafeAdmin: true });
  });

  test.each([
    ['failures', { failsafeMode: true }],
    ['an operator', { failsafeMode: true, failsafeAdmin: true }],
  ])('resets what %s had set, and forgets the failures', (_whose, set) => {
    const reset = { failsafeMode: false, failsafeAdmin: false, failureCount: 0, lastFailureEvent: '' };
    expect(resetByOperator({ ...FAILED, ...set })).toEqual({ ...FAILED, ...reset });
  });
});

describe('a flag that is written', () => {
  test('is read back as it was', () => {
    const flag = { set: true, by: 'ann@desk', at: '2026-11-24T12:00:00Z', reason: 'a "word"' };
    expect(readFlag(encodeFlag(flag))).toEqual(flag);
  });

  test.each(['', '{', 'null', '[]', '{"set":"yes"}', '{}'])(
    'is not taken for one that says no: %j',
    (text) => {
      expect(readFlag(text)).toBeUndefined();
      expect(decodeFlag(text)).toMatchObject({ set: true });
    },
  );
});
