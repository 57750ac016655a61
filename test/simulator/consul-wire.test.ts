import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGoDuration } from '../../src/simulator/consul/go-duration.ts';
import { printWireJson } from '../../src/simulator/consul/wire-json.ts';
import type { WireValue } from '../../src/simulator/consul/wire-json.ts';

describe("Go's durations", () => {
  test.each([
    ['0', 0],
    ['15s', 15e9],
    ['-1s', -1e9],
    ['+1.5h', 5400e9],
    ['1m30.5s', 90.5e9],
    ['10000ms', 10e9],
    ['.5s', 0.5e9],
    ['1us', 1e3],
    ['1µs', 1e3],
    ['7ns', 7],
  ])('%s', (text, ns) => {
    expect(parseGoDuration(text)).toEqual({ ns });
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['s', 'time: invalid duration "s"'],
    ['abc', 'time: invalid duration "abc"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['1m5', 'time: missing unit in duration "1m5"'],
  ])('not %j: %s', (text, fault) => {
    expect(parseGoDuration(text)).toEqual({ fault });
  });
});

describe('JSON on the wire', () => {
  test('says what JSON.stringify says, indented by four, for everything that it can write', () => {
    assert(
      property(jsonValue(), (value) => {
        expect(JSON.parse(printWireJson(value as WireValue))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('keeps 64 bits, leaves out what is undefined, and writes empty lists and objects in one line', () => {
    const value = { flags: 3304740253564472344n, none: undefined, list: [], object: {}, text: '<&>\u2028"' };
    expect(printWireJson(value)).toBe(
      '{\n    "flags": 3304740253564472344,\n    "list": [],\n    "object": {},\n' +
        '    "text": "\\u003c\\u0026\\u003e\\u2028\\""\n}\n',
    );
  });
});
