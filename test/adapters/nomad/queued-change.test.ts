import { describe, expect, test } from 'vitest';
import { readQueuedChange } from '../../../src/adapters/nomad/changes.ts';
import { ToldStubs } from '../../../src/adapters/nomad/told-stubs.ts';
import { VirtualClock } from '../../../src/simulator/virtual-clock.ts';

const evaluation = (payload: Record<string, unknown>) => ({
  topic: 'Evaluation' as const,
  type: 'EvaluationUpdated',
  key: 'e',
  payload,
});

describe('what waits for room, as an evaluation tells it', () => {
  test.each([
    [
      'all its groups, those with nothing too',
      { Namespace: 'team', JobID: 'web', QueuedAllocations: { api: 6, db: 0 } },
      { namespace: 'team', jobId: 'web', index: 9, queued: { api: 6, db: 0 } },
    ],
    ['nothing before it was processed', { JobID: 'web', QueuedAllocations: null }, undefined],
    ['nothing of a job without groups', { JobID: 'web', QueuedAllocations: {} }, undefined],
  ])('%s', (_what, payload, change) => {
    expect(readQueuedChange(9, evaluation(payload))).toEqual(change);
  });

  test('what was told of a later write of the same job stays until a list has it', () => {
    const told = new ToldStubs<string>(new VirtualClock());
    told.note('web', { index: 12, stub: 'changed' });
    told.note('web', { index: 8, stub: 'changed, 6 wait' });
    const list = { kind: 'list', items: ['old'], index: 10, restarted: false } as const;
    expect(told.over(list, () => 'web')).toEqual(['changed, 6 wait']);
  });

  test('what was told and is never listed expires: servers that have started over since wrote it', async () => {
    const clock = new VirtualClock();
    const told = new ToldStubs<string>(clock);
    told.over({ kind: 'list', items: ['old'], index: 10, restarted: false }, () => 'web');
    told.note('web', { index: 12, stub: 'changed' });
    await clock.advance(29_000);
    expect(told.expire(() => 'web')).toBeUndefined();
    await clock.advance(2_000);
    expect(told.expire(() => 'web')).toEqual(['old']);
    expect(told.expire(() => 'web')).toBeUndefined();
  });
});
