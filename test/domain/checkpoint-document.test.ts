import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint, isStatePath } from '../../src/domain/checkpoint-document.ts';
import { isSameText } from '../../src/domain/checkpoint.ts';
import { encodeState } from '../../src/domain/state-document.ts';
import { initialState } from '../../src/domain/scaling-state.ts';

describe('a checkpoint', () => {
  test('is read as it was written, its state objects byte for byte', () => {
    const state = initialState({ name: 'b', type: 'job_group', path: 'a/b/state/jobs/a/b' });
    const readable = fc
      .record({ unknown: fc.dictionary(fc.string(), fc.jsonValue()), space: fc.constantFrom('', ' ', '\n') })
      .map(({ unknown, space }) => {
        const members = Object.entries(unknown).map(([key, value]) => ({
          key: `x${key}`,
          raw: JSON.stringify(value, undefined, space),
        }));
        return `${space}${encodeState({ ...state, unknown: members }, 0)}${space}`;
      });
    const paths = fc.constantFrom('jobs/a/b', 'namespaces/x/jobs/a/b/c', 'nodes/big "pool"', 'nodes/<&>');
    const states = fc.uniqueArray(fc.record({ path: paths, text: readable }), {
      selector: ({ path }) => path,
    });
    fc.assert(
      fc.property(states, fc.string(), (list, by) => {
        const checkpoint = { keyRoot: 'a/b', group: 'blue', by, atMs: 1_700_000_000_000, states: list };
        const text = encodeCheckpoint(checkpoint);
        const trimmed = list.map((one) => ({ ...one, text: one.text.trim() }));
        expect(decodeCheckpoint(text)).toEqual({ ok: true, checkpoint: { ...checkpoint, states: trimmed } });
      }),
    );
  });

  test('without a state object is one', () => {
    const checkpoint = { keyRoot: 'r', group: '', by: '', atMs: 0, states: [] };
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual({ ok: true, checkpoint });
  });

  test.each([
    ['nodes/a', true],
    ['nodes/a/b', true],
    ['jobs/a/b', true],
    ['jobs/a/b/c', true],
    ['namespaces/n/jobs/a/b', true],
    ['namespaces/default/jobs/a/b', false],
    ['nodes/', false],
    ['nodes', false],
    ['jobs/a', false],
    ['jobs/a/', false],
    ['../leader', false],
    ['', false],
  ])('%j is the path of a state object: %s', (path, isOne) => {
    expect(isStatePath(path)).toBe(isOne);
  });
});

test.each([
  ['{"a":1,"last_updated":"x"}', '{"a":1,"last_updated":"y"}', true],
  ['{"a":1,"last_updated":"x"}\n', '{"a":1,"last_updated":"x"}', true],
  ['{"a":1,"last_updated":"x"}', '{"a": 1,"last_updated":"x"}', false],
  ['{"a":1,"last_updated":"x"}', '{"a":2,"last_updated":"x"}', false],
])('%j and %j are the same but for last_updated: %s', (one, other, isSame) => {
  expect(isSameText(one, other)).toBe(isSame);
});
