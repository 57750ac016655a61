import { expect, test } from 'vitest';
import { beginTerm } from '../../src/agent/term.ts';

function begin(leaseLeftMs: () => number) {
  const partition = { number: 0, lockKey: 'replicator/config/leader' };
  return beginTerm({ partition, session: 's1', lockIndex: 7, leaseLeftMs });
}

test('a term permits a call while its lease lasts as long as the call may take', () => {
  expect(() => begin(() => 5_000).permit.assertHeld()).not.toThrow();
});

test.each([
  ['does not last as long as the call may take', 4_999],
  ['is over', -1],
])('a term permits no call when its lease %s', (_what, leftMs) => {
  const { permit } = begin(() => leftMs);
  expect(() => permit.assertHeld()).toThrow('the lease does not outlast the call');
});

test('a term asks for the lease at each call', () => {
  const lease = { leftMs: 10_000 };
  const { permit } = begin(() => lease.leftMs);
  permit.assertHeld();
  lease.leftMs = 0;
  expect(() => permit.assertHeld()).toThrow('the lease does not outlast the call');
});

test('a term that has ended permits nothing, and aborts what is in flight with its reason', () => {
  const term = begin(() => 10_000);
  expect(term.ended()).toBe(false);
  term.end('the key changed hands');
  term.end('something else');
  expect(term.ended()).toBe(true);
  expect(() => term.permit.assertHeld()).toThrow('the lock is no longer held');
  expect(term.permit.signal.reason).toMatchObject({
    kind: 'cancelled',
    detail: { text: 'the key changed hands' },
  });
});
