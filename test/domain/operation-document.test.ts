import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type GroupOperation,
  toConfirming,
  toReverting,
  withoutFuturePhase,
} from '../../src/domain/group-operation.ts';
import { decodeGroupOperation, encodeGroupOperation } from '../../src/domain/operation-document.ts';
import { documents } from './arbitraries.ts';
import { anOperation, MINUTE_MS, NOW_MS } from './build.ts';

const TEXT = encodeGroupOperation(anOperation());
const DOCUMENT = JSON.parse(TEXT) as Record<string, unknown>;

describe('the operation of a group', () => {
  test('is written with words that a person can read', () => {
    expect(DOCUMENT).toEqual({
      form: 1,
      resource_type: 'job_group',
      namespace: 'default',
      job: 'web',
      group: 'api',
      phase: 'confirming',
      direction: 'out',
      from: 3,
      to: 4,
      because: 'above',
      message: 'scale out from 3 to 4',
      started: '2026-11-24T11:59:00Z',
      phase_started: '2026-11-24T11:59:00Z',
      job_modify_index: 101,
      evaluation_id: 'e1',
      deploys: true,
      retry_threshold: 1,
    });
  });

  const operations: fc.Arbitrary<GroupOperation> = fc.record({
    namespace: fc.string(),
    jobId: fc.string({ unit: 'binary' }),
    group: fc.string(),
    phase: fc.constantFrom('requested', 'confirming', 'reverting'),
    direction: fc.constantFrom('out', 'in'),
    from: fc.maxSafeNat(),
    to: fc.maxSafeNat(),
    because: fc.constantFrom('above', 'below', 'bounds'),
    message: fc.string({ unit: 'binary' }),
    startedMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    phaseMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    modifyIndex: fc.maxSafeNat(),
    evaluationId: fc.string(),
    deploys: fc.boolean(),
    retryThreshold: fc.nat(),
  });

  test('comes back as it was written', () => {
    fc.assert(
      fc.property(operations, (operation) => {
        expect(decodeGroupOperation(encodeGroupOperation(operation))).toEqual({ ok: true, operation });
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.keys(DOCUMENT).filter((key) => key !== 'resource_type'))('cannot do without %s', (key) => {
    const { [key]: _left, ...rest } = DOCUMENT;
    expect(decodeGroupOperation(JSON.stringify(rest))).toEqual({ ok: false, fault: `${key} cannot be read` });
  });

  test.each([
    ['form', 2],
    ['form', '1'],
    ['namespace', null],
    ['job', 7],
    ['phase', 'draining'],
    ['direction', 'up'],
    ['from', -1],
    ['from', 1.5],
    ['to', '4'],
    ['because', 'starting'],
    ['message', []],
    ['started', '2026-11-24'],
    ['phase_started', 1_795_521_600],
    ['job_modify_index', 2 ** 53],
    ['deploys', 'true'],
    ['deploys', 0],
    ['retry_threshold', null],
  ])('is unreadable with %s as %j', (key, value) => {
    const text = JSON.stringify({ ...DOCUMENT, [key]: value });
    expect(decodeGroupOperation(text)).toEqual({ ok: false, fault: `${key} cannot be read` });
  });

  test.each(['', 'null', '7', '"x"', TEXT.slice(0, -1)])('is unreadable where the text is %s', (text) => {
    expect(decodeGroupOperation(text)).toEqual({ ok: false, fault: 'not a JSON object' });
  });

  test('is unreadable as a list, or with an empty object', () => {
    expect(decodeGroupOperation('[]').ok).toBe(false);
    expect(decodeGroupOperation('{}').ok).toBe(false);
  });

  test('is read or refused, never thrown at, whatever text is there', () => {
    fc.assert(
      fc.property(documents, (text) => {
        expect(typeof decodeGroupOperation(text).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

describe('the next phase', () => {
  test('after Nomad accepted the change begins now and knows index and evaluation', () => {
    const requested = anOperation({ phase: 'requested', evaluationId: '', modifyIndex: 100 });
    expect(toConfirming(requested, { modifyIndex: 140, evaluationId: 'e7' }, NOW_MS)).toEqual({
      ...requested,
      phase: 'confirming',
      phaseMs: NOW_MS,
      modifyIndex: 140,
      evaluationId: 'e7',
    });
  });

  test.each([
    ['far in the future begins now: the clock was set back', 60 * MINUTE_MS, NOW_MS],
    ['a little ahead stays: clocks differ', MINUTE_MS, NOW_MS + MINUTE_MS],
    ['that has begun stays', -MINUTE_MS, NOW_MS - MINUTE_MS],
  ])('%s', (_what, aheadMs, phaseMs) => {
    expect(withoutFuturePhase(anOperation({ phaseMs: NOW_MS + aheadMs }), NOW_MS)).toEqual(
      anOperation({ phaseMs }),
    );
  });

  test('after no room was found begins now and changes nothing else', () => {
    expect(toReverting(anOperation(), NOW_MS)).toEqual(anOperation({ phase: 'reverting', phaseMs: NOW_MS }));
  });
});
