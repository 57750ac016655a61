import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFlag } from '../../src/domain/flag-document.ts';
import { documents } from './arbitraries.ts';

describe('a flag for everything', () => {
  test('that is not there is not set', () => {
    expect(decodeFlag(undefined)).toEqual({ set: false, by: '', at: '', reason: '' });
  });

  test('says who set it, when and why', () => {
    const flag = { set: true, by: 'ann', at: '2026-11-24T12:00:00Z', reason: 'move to another rack' };
    expect(decodeFlag(JSON.stringify(flag))).toEqual(flag);
    expect(decodeFlag(JSON.stringify({ ...flag, set: false }))).toEqual({ ...flag, set: false });
  });

  test('need not say it', () => {
    expect(decodeFlag('{"set":false}')).toEqual({ set: false, by: '', at: '', reason: '' });
    expect(decodeFlag('{"set":true,"by":7,"at":null,"reason":["x"]}')).toEqual({
      set: true,
      by: '',
      at: '',
      reason: '',
    });
  });

  test.each([
    ['an empty value', ''],
    ['no JSON', '{"set":false'],
    ['null', 'null'],
    ['false alone', 'false'],
    ['a list', '[]'],
    ['an object without it', '{}'],
    ['a word for it', '{"set":"false"}'],
    ['a number for it', '{"set":0}'],
    ['null for it', '{"set":null}'],
    ['another case', '{"Set":false}'],
  ])('that cannot be read is set: %s', (_what, text) => {
    expect(decodeFlag(text)).toMatchObject({ set: true, reason: 'the flag cannot be read' });
  });

  test('is set unless it is absent or says in so many words that it is not, whatever text is there', () => {
    fc.assert(
      fc.property(documents, (text) => {
        expect(decodeFlag(text).set || text.includes('false')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
