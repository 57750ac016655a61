import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/config/read-document.ts';
import { plainFaults, plainNodes } from './plain-tree.ts';

const members = (...nodes: unknown[]): unknown => ({ members: nodes });

describe('JSON is read to the same tree', () => {
  test.each<[string, string, unknown[]]>([
    ['an empty object', '{}', []],
    ['white space before it', '\n\t {"a": 1}', [['a', 1]]],
    ['a byte order mark', '\uFEFF{"a": 1}', [['a', 1]]],
    [
      'values of every kind',
      '{"a":"x","b":-1.5e2,"c":true,"d":false,"e":null}',
      [
        ['a', 'x'],
        ['b', -150],
        ['c', true],
        ['d', false],
        ['e', null],
      ],
    ],
    ['a block', '{"t": {"a": 1}}', [['t', members(['a', 1])]]],
    ['a list of blocks', '{"t": [{"a": 1}, {}]}', [['t', [members(['a', 1]), members()]]]],
    [
      'duplicates',
      '{"a": 1, "a": 2}',
      [
        ['a', 1],
        ['a', 2],
      ],
    ],
    ['escapes', String.raw`{"a": "\"\\\/\b\f\n\r\té"}`, [['a', '"\\/\b\f\n\r\té']]],
    ['${ as it stands', '{"a": "${x"}', [['a', '${x']]],
    [
      'commas before closing brackets',
      '{"a": [1, 2,], "b": 3,}',
      [
        ['a', [1, 2]],
        ['b', 3],
      ],
    ],
  ])('%s', (_name, text, expected) => {
    const tree = readDocument(text);
    expect(plainFaults(tree)).toEqual([]);
    expect(plainNodes(tree.nodes)).toEqual(expected);
  });

  test('HCL with a byte order mark is read too', () => {
    expect(plainNodes(readDocument('\uFEFFa = 1').nodes)).toEqual([['a', 1]]);
  });
});

describe('JSON that is wrong is told with its place', () => {
  test.each<[string, string, string]>([
    ['a key without quotes', '{a: 1}', '1:2 unexpected character'],
    ['a comment', '{\n // c\n "a": 1}', '2:2 unexpected character'],
    ['no colon', '{"a" 1}', '1:6 a expected : after the key'],
    ['no value', '{"a": }', '1:7 a expected a value'],
    ['a word', '{"a": info}', '1:7 a unexpected character'],
    ['a number with a leading zero', '{"a": 01}', '1:7 a unexpected character'],
    ['a number with a sign', '{"a": +1}', '1:7 a unexpected character'],
    ['a missing comma on a line', '{"a": 1 "b": 2}', '1:9 expected , or }'],
    ['a missing comma at the end of a line', '{\n"a": 1\n"b": 2}', '2:1 expected , or }'],
    ['an object that is not closed', '{"a": 1', '1:8 expected , or }'],
    ['a list that is not closed', '{"a": [1', '1:9 a expected , or ]'],
    ['a text that is not closed', '{"a": "x\n}', '1:7 a the text is not closed'],
    ['an unknown escape', String.raw`{"a": "\x41"}`, '1:8 a unknown escape'],
    ['text behind it', '{} x', '1:4 unexpected character'],
    ['a second object', '{} {}', '1:4 text after the closing }'],
  ])('%s', (_name, text, expected) => {
    const [fault, ...others] = plainFaults(readDocument(text));
    expect(fault?.slice(0, expected.length)).toBe(expected);
    expect(others).toEqual([]);
  });

  test('too deep nesting is a fault, not a crash', () => {
    expect(plainFaults(readDocument(`{"a": ${'['.repeat(10_000)}`))).toEqual([
      expect.stringContaining('levels'),
    ]);
  });

  test('what was read before the fault is kept', () => {
    expect(plainNodes(readDocument('{"a": 1, "b": x}').nodes)).toEqual([['a', 1]]);
  });
});
