import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, parseInstant, ZERO_TIME } from '../../src/domain/instant.ts';
import { recordedDocuments } from './recorded.ts';

const FIRST_MS = Date.parse(ZERO_TIME);
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const moments = fc.integer({ min: FIRST_MS, max: LAST_MS });

/** As Go's RFC3339Nano: no zeros at the end of the fraction. */
function textOfDate(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.?0*Z$/, 'Z')
    .replace(/:(\d)Z$/, ':$10Z');
}

describe('an instant', () => {
  test('is read as Date reads it, from the year 1 to the year 9999', () => {
    fc.assert(
      fc.property(moments, (ms) => {
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
      }),
      { numRuns: 500 },
    );
  });

  test('comes back as it was written, for every millisecond', () => {
    fc.assert(
      fc.property(moments, (ms) => {
        const text = formatInstant(ms);
        expect(parseInstant(text)).toBe(ms);
        expect(Date.parse(text)).toBe(ms);
        expect(text).not.toMatch(/\.\d*0Z$/);
      }),
      { numRuns: 500 },
    );
  });

  test('is right on every day of four hundred years, after which the calendar repeats itself', () => {
    const dayMs = 86_400_000;
    const wrong: string[] = [];
    for (let ms = Date.UTC(1800, 0, 1); ms < Date.UTC(2200, 0, 1); ms += dayMs) {
      const text = `${new Date(ms).toISOString().slice(0, 19)}Z`;
      if (parseInstant(text) !== ms || formatInstant(ms) !== text) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ['2000-02-29T00:00:00Z', true],
    ['2024-02-29T00:00:00Z', true],
    ['1900-02-29T00:00:00Z', false],
    ['2100-02-29T00:00:00Z', false],
    ['2026-02-29T00:00:00Z', false],
    ['2024-02-30T00:00:00Z', false],
    ['2026-04-31T00:00:00Z', false],
    ['2026-12-31T23:59:59Z', true],
    ['2026-00-10T00:00:00Z', false],
    ['2026-13-10T00:00:00Z', false],
    ['2026-01-00T00:00:00Z', false],
    ['2026-01-32T00:00:00Z', false],
    ['2026-01-01T24:00:00Z', false],
    ['2026-01-01T00:60:00Z', false],
    ['2026-01-01T00:00:61Z', false],
  ])('%s is one: %s', (text, isOne) => {
    expect(parseInstant(text) !== undefined).toBe(isOne);
  });

  test.each([
    '',
    'now',
    '2026-11-24',
    '2026-11-24T12:00:00',
    '2026-11-24 12:00:00Z',
    '2026-11-24T12:00Z',
    '2026-11-24T12:00:00.Z',
    '2026-11-24T12:00:00+0100',
    '26-11-24T12:00:00Z',
    ' 2026-11-24T12:00:00Z',
    '2026-11-24T12:00:00Z\n',
    '-001-01-01T00:00:00Z',
  ])('is not written as "%s"', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test.each([
    ['2026-11-23T17:36:14+01:00', '2026-11-23T16:36:14Z'],
    ['2026-11-23T11:06:14-05:30', '2026-11-23T16:36:14Z'],
    ['2027-01-01T00:30:00+01:00', '2026-12-31T23:30:00Z'],
    ['2024-02-28T23:30:00-01:00', '2024-02-29T00:30:00Z'],
    ['2026-11-23t16:36:14z', '2026-11-23T16:36:14Z'],
    ['2026-11-23T16:36:14+00:00', '2026-11-23T16:36:14Z'],
    ['2026-11-23T16:36:14.500-00:00', '2026-11-23T16:36:14.5Z'],
  ])('%s is %s', (text, utc) => {
    expect(formatInstant(parseInstant(text) ?? 0)).toBe(utc);
  });

  test.each([
    ['2026-11-23T16:36:14.9Z', 900],
    ['2026-11-23T16:36:14.95Z', 950],
    ['2026-11-23T16:36:14.952Z', 952],
    ['2026-11-23T16:36:14.952999999Z', 952],
    ['2026-11-23T16:36:14.000000001Z', 0],
  ])('%s has %i ms, cut and not rounded', (text, ms) => {
    expect(parseInstant(text)).toBe(Date.UTC(2026, 10, 23, 16, 36, 14, ms));
  });

  test.each([0, 1, 10, 100, 120, 123, 999, 1_000, 60_000, -1, -1_000, -86_400_000])(
    'of %i ms since the epoch is written as Date writes it, without zeros at the end',
    (ms) => {
      expect(formatInstant(ms)).toBe(textOfDate(ms));
    },
  );

  test('of a part of a millisecond is cut to the whole', () => {
    expect(formatInstant(1_500.9)).toBe('1970-01-01T00:00:01.5Z');
    expect(formatInstant(-0.1)).toBe('1969-12-31T23:59:59.999Z');
  });

  test('is never only in Go: the zero time comes first of all', () => {
    expect(parseInstant(ZERO_TIME)).toBe(FIRST_MS);
    expect(formatInstant(FIRST_MS)).toBe(ZERO_TIME);
  });

  test('of every recorded state object can be read', () => {
    const texts = recordedDocuments().flatMap(({ text }) => text.match(/\d{4}-\d\d-\d\dT[^"]+/g) ?? []);
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts) {
      const cut = text.replace(/(\.\d{3})\d+Z$/, '$1Z');
      expect(parseInstant(text)).toBe(Date.parse(cut));
    }
  });
});
