import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { startConsul } from '../support/real-consul.ts';
import { type KillCase, type KillRun, startKillRun } from './support/pool-kills.ts';
import { settledAt } from './support/pools.ts';

const CASES: readonly (KillCase & { readonly calls: readonly string[] })[] = [
  {
    call: 'set-desired',
    at: 'its answer',
    calls: ['UpdateAutoScalingGroup 200'],
  },
  {
    call: 'set-desired',
    at: 'the record of its outcome',
    calls: ['UpdateAutoScalingGroup 200'],
  },
  {
    call: 'drain',
    at: 'its arrival',
    calls: ['DetachInstances 200', 'TerminateInstances 200'],
  },
  {
    call: 'detach',
    at: 'its answer',
    calls: ['DetachInstances 200', 'TerminateInstances 200'],
  },
  {
    call: 'detach',
    at: 'the record of its outcome',
    calls: ['DetachInstances 200', 'TerminateInstances 200'],
  },
  {
    call: 'terminate',
    at: 'its arrival',
    calls: ['DetachInstances 200', 'TerminateInstances ?', 'TerminateInstances 200'],
  },
];

describe('an agent killed in the middle of scaling a pool, with real processes and a real Consul', () => {
  let consul: Awaited<ReturnType<typeof startConsul>>;
  let runs: readonly KillRun[] = [];

  // All at once: each waits half a minute for the lock.
  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    consul = await startConsul();
    runs = await Promise.all(CASES.map((one) => startKillRun(one, consul.address)));
  });
  afterAll(async () => {
    await Promise.all(runs.map((run) => run.stop()));
    await consul?.stop();
  });

  test.each(CASES.map((one, at) => ({ ...one, index: at })))(
    'killed at $at of $call: its successor finishes exactly one change, and no work is lost',
    needsConsul,
    async ({ call, index, calls }) => {
      const report = await (runs[index] as KillRun).report;
      console.log(`takeover after ${report.takeoverMs} ms; ${report.calls.join(', ')}`);
      // Until the lock-delay is over nobody leads.
      expect(report.takeoverMs).toBeGreaterThan(15_000);
      const isOut = call === 'set-desired';
      expect(report.standing).toEqual(settledAt(isOut ? 3 : 2));
      expect(report.wishes).toEqual([isOut ? '2→3 UpdateAutoScalingGroup' : '3→2 DetachInstances']);
      expect(report.calls).toEqual(calls);
      expect(new Set(report.drained).size).toBe(isOut ? 0 : 1);
      expect(report.lost).toEqual([]);
      expect(
        report.terminations.map(({ by, isEligible, allocations }) => ({ by, isEligible, allocations })),
      ).toEqual(isOut ? [] : [{ by: 'TerminateInstances', isEligible: false, allocations: [] }]);
    },
  );
});
