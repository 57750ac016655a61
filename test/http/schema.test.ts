import { describe, expect, test } from 'vitest';
import { checkSchema, type Schema } from '../../src/http/schema.ts';
import {
  either,
  flag,
  instant,
  list,
  maybe,
  number,
  record,
  text,
  whole,
  word,
} from '../../src/http/shape.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 3 },
    kind: { type: 'string', enum: ['a', 'b'] },
    count: { type: 'integer', minimum: 0 },
    share: { type: 'number', minimum: 0, maximum: 1 },
    on: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    old: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['name'],
  additionalProperties: false,
};

describe('a value is checked', () => {
  test.each<[value: unknown, faults: readonly string[]]>([
    [{ name: 'x' }, []],
    [{ name: 'x', kind: 'b', count: 0, share: 0.5, on: false, tags: [], old: null }, []],
    [null, ['must be an object']],
    [[], ['must be an object']],
    ['x', ['must be an object']],
    [{}, ['name: is missing']],
    [{ name: undefined }, ['name: is missing']],
    [{ name: 1 }, ['name: must be a text']],
    [{ name: 'long' }, ['name: must have at most 3 characters']],
    [{ name: 'x', kind: 'c' }, ['kind: must be one of a, b']],
    [{ name: 'x', count: 1.5 }, ['count: must be a whole number']],
    [{ name: 'x', count: 2 ** 60 }, ['count: must be a whole number']],
    [{ name: 'x', count: -1 }, ['count: must be at least 0']],
    [{ name: 'x', share: 2 }, ['share: must be from 0 to 1']],
    [{ name: 'x', share: Number.NaN }, ['share: must be a number']],
    [{ name: 'x', on: 'yes' }, ['on: must be true or false']],
    [{ name: 'x', tags: ['a', 1] }, ['tags[1]: must be a text']],
    [{ name: 'x', tags: {} }, ['tags: must be a list']],
    [{ name: 'x', old: 1 }, ['old: must be a text']],
    [{ name: 'x', more: 1, __proto__: { name: 'y' } }, ['more: is not known']],
    [
      JSON.parse('{"name":"x","__proto__":1,"constructor":2}'),
      ['__proto__: is not known', 'constructor: is not known'],
    ],
  ])('%j', (value, faults) => {
    expect(checkSchema(schema, value)).toEqual(faults);
  });

  test('openly: members that are not known pass, those that are known do not', () => {
    expect(checkSchema(schema, { name: 'x', more: 1 }, true)).toEqual([]);
    expect(checkSchema(schema, { name: 1, more: 1 }, true)).toEqual(['name: must be a text']);
  });

  test('by what every other member must be', () => {
    const dictionary: Schema = { type: 'object', additionalProperties: { type: 'integer' } };
    expect(checkSchema(dictionary, { a: 1, b: 'x' })).toEqual(['b: must be a whole number']);
  });
});

interface Made {
  readonly ms: number;
  readonly tags: readonly string[];
  readonly left: number | undefined;
  readonly word: 'a' | 'b';
}

const made = record<Made>()('Made', (field) => ({
  at: field(instant, 'when', (one) => one.ms),
  tags: field(list(text), 'which', (one) => one.tags),
  left: field(maybe(number), 'how much', (one) => one.left),
  word: field(word(['a', 'b']), 'what', (one) => one.word),
  none: field(flag, 'whether', (one) => one.tags.length === 0),
  rounded: field(whole, 'about', (one) => one.ms / 1_000),
  any: field(
    either<Made, string | number>([text, number], (one) => one.left ?? one.word),
    'either',
    (one: Made) => one,
  ),
}));

describe('a record', () => {
  test.each<[value: Made, wire: unknown]>([
    [
      { ms: 1_500, tags: ['x'], left: undefined, word: 'a' },
      { at: '1970-01-01T00:00:01.5Z', tags: ['x'], left: null, word: 'a', none: false, rounded: 2, any: 'a' },
    ],
    [
      { ms: 0, tags: [], left: 0.5, word: 'b' },
      { at: '1970-01-01T00:00:00Z', tags: [], left: 0.5, word: 'b', none: true, rounded: 0, any: 0.5 },
    ],
  ])('becomes what its schema says: %j', (value, wire) => {
    expect(made.encode(value)).toEqual(wire);
    expect(checkSchema(made.schema, made.encode(value))).toEqual([]);
  });

  test('has every member in its schema, each with its sentence, and no other', () => {
    expect(made.schema).toMatchObject({ title: 'Made', type: 'object', additionalProperties: false });
    expect(made.schema.required).toEqual(Object.keys(made.schema.properties ?? {}));
    expect(made.schema.properties?.['left']).toEqual({
      anyOf: [{ type: 'number' }, { type: 'null' }],
      description: 'how much',
    });
    expect(
      checkSchema(made.schema, { ...made.encode({ ms: 0, tags: [], left: 1, word: 'a' }), more: 1 }),
    ).toEqual(['more: is not known']);
  });
});
