import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { edited } from './mutate.ts';
import { MUTATIONS } from './mutations.ts';
import { parseOptions } from './options.ts';
import { describeAct, drawSchedule, FAULT_KINDS, faultKindsOf, type SchedulePlan } from './schedule.ts';

const plan = (seed: string, spanMs = 96_000): SchedulePlan => ({ seed, spanMs, hasPools: true });

describe('the schedule', () => {
  test('is drawn from the seed and the span, and from nothing else', () => {
    expect(drawSchedule(plan('a'))).toEqual(drawSchedule(plan('a')));
    expect(drawSchedule(plan('b'))).not.toEqual(drawSchedule(plan('a')));
  });

  test.each([32_000, 96_000, 600_000])('has every kind of fault in a span of %i ms', (spanMs) => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const acts = drawSchedule(plan(seed, spanMs));
      expect(FAULT_KINDS.filter((kind) => !acts.some((act) => act.kind === kind))).toEqual([]);
      const isSound = acts.every(
        ({ atMs, forMs, share }) => atMs >= 0 && forMs > 0 && share > 0 && share <= 1,
      );
      expect(isSound).toBe(true);
    }
  });

  test.each([32_000, 96_000, 600_000])('of a group has every kind of fault in a span of %i ms', (spanMs) => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const acts = drawSchedule({ ...plan(seed, spanMs), isGroup: true });
      expect(faultKindsOf(true).filter((kind) => !acts.some((act) => act.kind === kind))).toEqual([]);
      expect(acts.every(({ atMs, forMs }) => atMs >= 0 && atMs < spanMs && forMs > 0)).toBe(true);
    }
  });

  test('of a group has what standalone agents have, and nothing of it otherwise', () => {
    const alone = drawSchedule(plan('a'));
    const acts = drawSchedule({ ...plan('a'), isGroup: true });
    expect(acts.filter(({ kind }) => FAULT_KINDS.includes(kind))).toEqual(alone);
  });

  test('says what it will do', () => {
    const lines = drawSchedule(plan('a')).map((act) => describeAct(act));
    expect(lines.filter((line) => line.includes('cut-at-intent'))).toHaveLength(1);
    expect(lines.every((line) => line.startsWith('+'))).toBe(true);
  });
});

describe('the arguments', () => {
  test.each([
    [['--seeds', '3'], { seeds: ['1', '2', '3'], agents: 3, minutes: 1.6, isMutating: false }],
    [['--seed', 'x', '--seed=y', '--keep'], { seeds: ['x', 'y'], keeps: true }],
    [['--agents', '5', '--minutes', '10'], { seeds: [], agents: 5, minutes: 10 }],
    [['--groups', '--seed', 'x'], { seeds: ['x'], isGroup: true }],
    [['--mutations', 'no-fence'], { isGroup: false, isMutating: true, mutations: ['no-fence'] }],
  ])('%j', (args, options) => {
    expect(parseOptions(args)).toMatchObject(options);
  });

  test.each([
    [['--seeds', 'many'], '--seeds takes a number'],
    [['--agents', '1'], '--agents takes a number, 2 or more'],
    [['seven'], 'what does seven mean?'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

/** A mutation of something that has moved would break nothing. */
test.each(MUTATIONS)('there is something to break by $name', ({ edits }) => {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const path = fileURLToPath(new URL(`../../${edit.file}`, import.meta.url));
    const text = texts.get(edit.file) ?? readFileSync(path, 'utf8');
    const changed = edited(text, edit);
    expect(changed).not.toBe(text);
    texts.set(edit.file, changed);
  }
});
