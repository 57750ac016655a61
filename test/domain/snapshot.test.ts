import { describe, expect, test } from 'vitest';
import { isScalable } from '../../src/domain/policy/scalable.ts';
import { groupId, isActiveDeployment, jobName } from '../../src/domain/snapshot.ts';
import { aDeployment, aJob } from './build.ts';

describe('the jobs that are scaled', () => {
  test.each([
    ['a service', { type: 'service' }, true],
    ['a batch job', { type: 'batch' }, true],
    ['a system job', { type: 'system' }, false],
    ['a sysbatch job', { type: 'sysbatch' }, false],
    ['a kind that is not known yet', { type: 'dream' }, false],
    ['a periodic parent', { type: 'batch', periodic: true }, false],
    ['a parameterized parent', { type: 'batch', parameterized: true }, false],
    ['a child of a periodic parent', { type: 'batch', parentId: 'tidy' }, false],
    ['a stopped job', { stopped: true }, false],
  ] as const)('%s', (_what, part, scaled) => {
    expect(isScalable(aJob(part))).toBe(scaled);
  });

  test('a service whose groups are all at 0 is still one: it keeps its policy', () => {
    expect(isScalable(aJob({ groups: aJob().groups.map((group) => ({ ...group, count: 0 })) }))).toBe(true);
  });
});

describe('the name of a group', () => {
  test.each([
    [{ namespace: 'default', jobId: 'web', group: 'api' }, 'web/api'],
    [{ namespace: 'team', jobId: 'web', group: 'api' }, 'team:web/api'],
    [{ namespace: 'default', jobId: 'ops/web', group: 'api' }, 'ops/web/api'],
    [{ namespace: 'team', jobId: 'ops/web', group: 'api' }, 'team:ops/web/api'],
  ])('of %o is %s', (ref, id) => {
    expect(groupId(ref)).toBe(id);
    expect(jobName(ref)).toBe(id.slice(0, -'/api'.length));
  });
});

describe('a deployment', () => {
  test.each(['initializing', 'pending', 'running', 'paused', 'blocked', 'unblocking', 'a status to come'])(
    'that is %s forbids scaling',
    (status) => {
      expect(isActiveDeployment(aDeployment({ status }))).toBe(true);
    },
  );

  test.each(['successful', 'failed', 'cancelled'])('that is %s is over', (status) => {
    expect(isActiveDeployment(aDeployment({ status }))).toBe(false);
  });
});
