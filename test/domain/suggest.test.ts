import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, measureDistance, suggest } from '../../src/domain/suggest.ts';

test.each<[string, string, number]>([
  ['', '', 0],
  ['abc', '', 3],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'acb', 1],
  ['abc', 'abcd', 1],
  ['prot', 'port', 1],
  ['kitten', 'sitting', 3],
])('from %j to %j it is %d', (a, b, distance) => {
  expect(measureDistance(a, b)).toBe(distance);
});

test('the distance is the same in both directions and 0 only for the same word', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(measureDistance(a, b)).toBe(measureDistance(b, a));
      expect(measureDistance(a, b) === 0).toBe(a === b);
    }),
  );
});

test.each<[string, string | undefined]>([
  ['agnet', 'agent'],
  ['AGENT', 'agent'],
  ['versoin', 'version'],
  ['xyz', undefined],
  ['a', undefined],
  ['agent'.repeat(1000), undefined],
])('%s suggests %s', (word, expected) => {
  expect(suggest(word, ['agent', 'version'])).toBe(expected);
});

test('the hint is a question, or nothing', () => {
  expect(didYouMean('agnt', ['agent'])).toBe('; did you mean agent?');
  expect(didYouMean('zzzz', ['agent'])).toBe('');
});
