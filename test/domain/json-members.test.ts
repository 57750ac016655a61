import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, quoteGo, splitMembers } from '../../src/domain/json-members.ts';
import { documents } from './arbitraries.ts';

/** JSON of the kinds that trip a splitter: brackets, quotes and commas inside strings, blanks anywhere. */
const tricky = fc
  .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', ' ', '\n', 'a', 'é', '😀', '\u2028'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

const objects = fc.dictionary(
  fc.oneof(tricky, fc.string({ unit: 'binary' })),
  fc.oneof(fc.jsonValue({ maxDepth: 3 }), tricky, fc.array(tricky, { maxLength: 3 })),
  { maxKeys: 6 },
);

/** The values of a text by key, as JSON.parse sees them. */
function parsed(text: string): readonly (readonly [string, unknown])[] {
  return Object.entries(JSON.parse(text) as object);
}

describe('the members of an object', () => {
  test('are all of them, in their order, each with the text of its value', () => {
    expect(splitMembers(' {"b" : 1.50 ,\n"a":[1, {"c":"}"}],"":"x,\\"y" , "n":null} ')).toEqual([
      { key: 'b', raw: '1.50' },
      { key: 'a', raw: '[1, {"c":"}"}]' },
      { key: '', raw: '"x,\\"y"' },
      { key: 'n', raw: 'null' },
    ]);
  });

  test('keep every digit', () => {
    const raws = [
      '12345678901234567890',
      '1e400',
      '-0.0',
      '1.7976931348623157e+309',
      '0.10000000000000000000001',
    ];
    const text = `{${raws.map((raw, at) => `"${at}":${raw}`).join(',')}}`;
    expect(splitMembers(text)?.map(({ raw }) => raw)).toEqual(raws);
  });

  test('may have one name twice', () => {
    expect(splitMembers('{"a":1,"a":2}')).toEqual([
      { key: 'a', raw: '1' },
      { key: 'a', raw: '2' },
    ]);
  });

  test('have their names unescaped', () => {
    expect(splitMembers(String.raw`{"\u0061\"\\":1,"__proto__":2}`)?.map(({ key }) => key)).toEqual([
      'a"\\',
      '__proto__',
    ]);
  });

  test.each(['{}', ' { } ', '\n{\t}\r\n'])('of %j are none', (text) => {
    expect(splitMembers(text)).toEqual([]);
  });

  test.each([
    '',
    ' ',
    'null',
    '[]',
    '[{}]',
    '"{}"',
    '7',
    'true',
    '{',
    '{"a"}',
    '{"a":1,}',
    '{a:1}',
    '\uFEFF{}',
    '{} {}',
  ])('of %j are not there: it is no object', (text) => {
    expect(splitMembers(text)).toBeUndefined();
  });

  test('have the values that JSON.parse finds, however the text is laid out', () => {
    fc.assert(
      fc.property(objects, fc.integer({ min: 0, max: 3 }), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const members = splitMembers(text) ?? [];
        const found = new Map(members.map(({ key, raw }) => [key, JSON.parse(raw) as unknown]));
        expect(found).toEqual(new Map(parsed(text)));
        expect(members).toHaveLength(found.size);
      }),
      { numRuns: 300 },
    );
  });

  test('put together again are the same object', () => {
    fc.assert(
      fc.property(objects, (value) => {
        const text = JSON.stringify(value);
        const members = splitMembers(text) ?? [];
        expect(`{${members.map(({ key, raw }) => `${JSON.stringify(key)}:${raw}`).join(',')}}`).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('are there exactly where JSON.parse finds an object, whatever the text', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const value = parseJson(text);
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        expect(splitMembers(text) !== undefined).toBe(isObject);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a text in quotes', () => {
  test.each([
    ['plain', '"plain"'],
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ['<a href="x&y">', String.raw`"\u003ca href=\"x\u0026y\"\u003e"`],
    ['\u2028\u2029', String.raw`"\u2028\u2029"`],
    ['\n\t\r', String.raw`"\n\t\r"`],
    ['\u0001', String.raw`"\u0001"`],
    ['größe 😀', '"größe 😀"'],
  ])('is written as Go writes %j', (text, quoted) => {
    expect(quoteGo(text)).toBe(quoted);
  });

  test('is the same text to every reader', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(quoteGo(text))).toBe(text);
        expect(quoteGo(text)).not.toMatch(/[<>&\u2028\u2029\n]/);
      }),
    );
  });
});

describe('a text that is no JSON', () => {
  test('has no value, and is not thrown at', () => {
    expect(parseJson('{')).toBeUndefined();
    expect(parseJson('')).toBeUndefined();
    expect(parseJson('null')).toBeNull();
  });
});
