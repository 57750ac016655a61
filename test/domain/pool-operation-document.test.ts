import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InOperation, OutOperation, PoolOperation } from '../../src/domain/pool-operation.ts';
import { decodePoolOperation, encodePoolOperation } from '../../src/domain/pool-operation-document.ts';
import { documents } from './arbitraries.ts';
import { NOW_MS } from './build.ts';
import { anInOperation, anOutOperation } from './build-pool-operation.ts';

const OUT = encodePoolOperation(anOutOperation({ failed: ['i-4'], target: 'i-4', lostMs: NOW_MS }));
const IN = encodePoolOperation(anInOperation({ phase: 'undoing', undo: 'timeout', acceptedMs: NOW_MS }));
const membersOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

const common = {
  pool: fc.string(),
  region: fc.string(),
  provider: fc.string(),
  message: fc.string({ unit: 'binary' }),
  startedMs: fc.nat({ max: 4_102_444_800_000 }),
  phaseMs: fc.nat({ max: 4_102_444_800_000 }),
  acceptedMs: fc.nat({ max: 4_102_444_800_000 }),
  unansweredMs: fc.constantFrom(0, 1, NOW_MS),
  lostMs: fc.constantFrom(0, 1, NOW_MS),
  frozen: fc.string(),
  retryThreshold: fc.nat(),
};

const outs: fc.Arbitrary<OutOperation> = fc.record({
  ...common,
  direction: fc.constant('out'),
  phase: fc.constantFrom('requested', 'launching', 'joining', 'replacing', 'detaching-failed'),
  because: fc.constantFrom('above', 'pending'),
  from: fc.maxSafeNat(),
  to: fc.maxSafeNat(),
  members: fc.array(fc.string()),
  nodeIndex: fc.maxSafeNat(),
  failed: fc.array(fc.string()),
  target: fc.string(),
});

const ins: fc.Arbitrary<InOperation> = fc.record({
  ...common,
  direction: fc.constant('in'),
  phase: fc.constantFrom('draining', 'undoing', 'detaching', 'terminating'),
  because: fc.constant('below'),
  nodeId: fc.string(),
  nodeName: fc.string({ unit: 'binary' }),
  instanceId: fc.string(),
  drainDeadlineMs: fc.maxSafeNat(),
  undo: fc.constantFrom('', 'timeout', 'wanted', 'operator', 'refused'),
});

const operations: fc.Arbitrary<PoolOperation> = fc.oneof(outs, ins);

describe('the operation of a worker pool', () => {
  test('that adds instances is written with words that a person can read', () => {
    expect(membersOf(OUT)).toEqual({
      form: 1,
      resource_type: 'worker_pool',
      pool: 'pool-a',
      region: 'eu-west-1',
      provider: 'aws',
      direction: 'out',
      phase: 'requested',
      because: 'above',
      from: 3,
      to: 4,
      members: ['i-1', 'i-2', 'i-3'],
      node_index: 50,
      failed: ['i-4'],
      target: 'i-4',
      message: 'why it was begun',
      started: '2026-11-24T12:00:00Z',
      phase_started: '2026-11-24T12:00:00Z',
      accepted: '0001-01-01T00:00:00Z',
      unanswered: '0001-01-01T00:00:00Z',
      lost: '2026-11-24T12:00:00Z',
      frozen: '',
      retry_threshold: 3,
    });
  });

  test('that removes a node names the node and its instance', () => {
    expect(membersOf(IN)).toMatchObject({
      direction: 'in',
      phase: 'undoing',
      because: 'below',
      node: 'n1',
      node_name: 'client-n1',
      instance: 'i-n1',
      drain_deadline_ms: 900_000,
      undo: 'timeout',
      accepted: '2026-11-24T12:00:00Z',
    });
  });

  test('comes back as it was written', () => {
    fc.assert(
      fc.property(operations, (operation) => {
        expect(decodePoolOperation(encodePoolOperation(operation))).toEqual({ ok: true, operation });
      }),
      { numRuns: 300 },
    );
  });

  const keys = [OUT, IN].flatMap((text) => Object.keys(membersOf(text)).map((key) => [key, text] as const));

  test.each(keys.filter(([key]) => key !== 'direction'))('cannot do without %s', (key, text) => {
    const { [key]: _left, ...rest } = membersOf(text);
    expect(decodePoolOperation(JSON.stringify(rest))).toEqual({ ok: false, fault: `${key} cannot be read` });
  });

  test.each([
    ['form', 2],
    ['form', '1'],
    ['resource_type', 'job_group'],
    ['pool', null],
    ['direction', 'up'],
    ['phase', 'draining'],
    ['because', 'below'],
    ['from', -1],
    ['to', 1.5],
    ['members', 'i-1'],
    ['members', ['i-1', 2]],
    ['node_index', 2 ** 53],
    ['failed', {}],
    ['target', undefined],
    ['started', '2026-11-24'],
    ['accepted', 0],
    ['lost', '0001-01-01'],
    ['frozen', false],
    ['retry_threshold', null],
  ])('is unreadable with %s as %j', (key, value) => {
    const text = JSON.stringify({ ...membersOf(OUT), [key]: value });
    expect(decodePoolOperation(text)).toEqual({ ok: false, fault: `${key} cannot be read` });
  });

  test.each([
    ['phase', 'requested'],
    ['because', 'pending'],
    ['undo', 'maybe'],
    ['drain_deadline_ms', '900000'],
  ])('that removes a node is unreadable with %s as %j', (key, value) => {
    const text = JSON.stringify({ ...membersOf(IN), [key]: value });
    expect(decodePoolOperation(text)).toEqual({ ok: false, fault: `${key} cannot be read` });
  });

  test.each(['', 'null', '7', '"x"', OUT.slice(0, -1)])('is unreadable where the text is %s', (text) => {
    expect(decodePoolOperation(text)).toEqual({ ok: false, fault: 'not a JSON object' });
  });

  test('is read or refused, never thrown at, whatever text is there', () => {
    fc.assert(
      fc.property(documents, (text) => {
        expect(typeof decodePoolOperation(text).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
