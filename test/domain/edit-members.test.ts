import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withMember } from '../../src/domain/edit-members.ts';

describe('a member of an object', () => {
  test.each([
    ['is replaced where it stands', '{ "a" : 1 ,\n"b":[2] }', 'a', '"x"', '{ "a" : "x" ,\n"b":[2] }'],
    ['is replaced where it stands last', '{"a":1,"b":2,"a":3}', 'a', '4', '{"a":1,"b":2,"a":4}'],
    ['that is new stands in the order of keys', '{"a":1,"c":3}', 'b', '2', '{"a":1,"b":2,"c":3}'],
    ['that is new and comes last', '{"a":1 }', 'b', '2', '{"a":1,"b":2 }'],
    ['that is new and alone', '{ }', 'b', '2', '{"b":2 }'],
    ['is taken away with its comma', '{"a":1, "b":2}', 'a', undefined, '{"b":2}'],
    ['that is last is taken away with the comma before', '{"a":1 , "b":2 }', 'b', undefined, '{"a":1 }'],
    ['that is alone is taken away', '{ "a":1 }', 'a', undefined, '{  }'],
    ['that is not there is not taken away', '{"a":1}', 'b', undefined, '{"a":1}'],
  ])('%s', (_what, text, key, raw, after) => {
    expect(withMember(text, key, raw)).toBe(after);
  });

  test('is all that changes, whatever the object', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const objects = fc.dictionary(names, fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(objects, names, fc.option(fc.jsonValue()), (object, key, value) => {
        for (const space of [undefined, 2]) {
          const raw = value === null ? undefined : JSON.stringify(value);
          const after: unknown = JSON.parse(withMember(JSON.stringify(object, undefined, space), key, raw));
          const { [key]: _gone, ...rest } = object;
          const wanted: unknown = value === null ? rest : { ...rest, [key]: value };
          expect(after).toEqual(JSON.parse(JSON.stringify(wanted)));
        }
      }),
    );
  });
});
