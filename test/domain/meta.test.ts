import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  META_TYPES,
  type MetaKey,
  parseBool,
  parseDecimal,
  parseWhole,
  readMeta,
} from '../../src/domain/policy/meta.ts';

describe('a bool of the meta', () => {
  test.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('is true as %s', (text) => {
    expect(parseBool(text)).toBe(true);
  });

  test.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('is false as %s', (text) => {
    expect(parseBool(text)).toBe(false);
  });

  test.each(['', 'yes', 'no', 'on', 'tRUE', 'tru', ' true', 'true ', '01', '-1'])(
    'is none as "%s"',
    (text) => {
      expect(parseBool(text)).toBeUndefined();
    },
  );
});

describe('a whole number of the meta', () => {
  test.each([
    ['0', 0],
    ['7', 7],
    ['007', 7],
    ['+3', 3],
    ['2147483647', 2_147_483_647],
  ])('reads %s', (text, value) => {
    expect(parseWhole(text)).toBe(value);
  });

  test.each(['', '-1', '1.0', '1.5', '1e3', '0x10', '2147483648', 'ten', ' 1', '1 ', '١'])(
    'refuses "%s"',
    (text) => {
      expect(parseWhole(text)).toBeUndefined();
    },
  );
});

describe('a decimal of the meta', () => {
  test.each([
    ['0', 0],
    ['80', 80],
    ['72.5', 72.5],
    ['+30', 30],
    ['150', 150],
    ['0.000', 0],
  ])('reads %s', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  test.each([
    '',
    '-5',
    '-0.1',
    '80%',
    '8e1',
    'NaN',
    'Infinity',
    '1,5',
    '0x50',
    '1.2.3',
    `1${'0'.repeat(400)}`,
  ])('refuses "%s"', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  test('is never negative, infinite or not a number, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.bigInt().map(String)), (text) => {
        const value = parseDecimal(text);
        expect(value === undefined || (Number.isFinite(value) && value >= 0)).toBe(true);
      }),
    );
  });
});

describe('reading meta by a table', () => {
  const row = (part: Partial<MetaKey> & Pick<MetaKey, 'key'>): MetaKey => ({
    type: 'whole',
    need: 'required',
    meaning: '',
    ...part,
  });
  const table = [
    row({ key: 'a' }),
    row({ key: 'b', need: 'optional', fallback: '5' }),
    row({ key: 'c', need: 'pair' }),
  ];

  test('gives absent optional keys their default and leaves other keys alone', () => {
    const { values, faults } = readMeta(table, { a: '1', other: 'x' });
    expect([...values]).toEqual([
      ['a', 1],
      ['b', 5],
    ]);
    expect(faults).toEqual([]);
  });

  test('finds every fault at once, each with its key', () => {
    expect(readMeta(table, { b: '-5', c: 'x' }).faults).toEqual([
      { key: 'a', text: 'is missing' },
      { key: 'b', text: 'is "-5", not a whole number of 0 or more' },
      { key: 'c', text: 'is "x", not a whole number of 0 or more' },
    ]);
  });

  test('says what it read on one line, whatever that was', () => {
    const [fault] = readMeta([row({ key: 'a' })], { a: 'x\nERROR "all is lost"\t\u0007' }).faults;
    expect(fault?.text).toBe(
      String.raw`is "x\nERROR \"all is lost\"\t\u0007", not a whole number of 0 or more`,
    );
  });

  test('does not take what every object inherits for a value', () => {
    const inherited = ['toString', '__proto__'].map((key) => row({ key, need: 'optional', type: 'text' }));
    expect(readMeta(inherited, {})).toEqual({ values: new Map(), faults: [] });
  });

  test('has a word for what each type expects', () => {
    for (const { expected } of Object.values(META_TYPES))
      expect(expected).toMatch(/^(a |aws$|true or false|all or )/);
  });
});
