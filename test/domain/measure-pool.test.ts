import { describe, expect, test } from 'vitest';
import { measurePool, type PoolMeasure } from '../../src/domain/capacity/measure-pool.ts';
import type { AllocationFacts } from '../../src/domain/snapshot.ts';
import {
  aPoolNode,
  aPoolPolicy,
  aPoolSnapshot,
  asking,
  type PoolPart,
  poolNodes,
  resources,
  work,
} from './build-pool.ts';

function measure(part: PoolPart): PoolMeasure {
  const measuring = measurePool(aPoolSnapshot(part));
  if (!measuring.ok) throw new Error(measuring.why);
  return measuring.measure;
}

const ref = (jobId: string) => ({ namespace: 'default', jobId, group: 'api' });

describe('capacity and use', () => {
  test('are those of the ready nodes alone, whoever asks for it', () => {
    const { capacity, used, percent, averageNode } = measure({
      nodes: [aPoolNode({ id: 'n1' }), aPoolNode({ id: 'n2', capacity: resources(2000, 1024, 5000) })],
      allocations: {
        n1: [work(resources(600, 300, 150)), work(resources(300, 300, 0), { jobType: 'system' })],
        n2: [work(resources(600, 168, 0), { clientStatus: 'pending' })],
        n9: [work(resources(9999, 9999, 9999))],
      },
    });
    expect(capacity).toEqual(resources(6000, 3072, 15_000));
    expect(used).toEqual(resources(1500, 768, 150));
    expect(percent).toEqual({ cpu: 25, memory: 25, disk: 1 });
    expect(averageNode).toEqual(resources(3000, 1536, 7500));
  });

  test.each<[string, Partial<AllocationFacts>]>([
    ['complete', { clientStatus: 'complete' }],
    ['failed', { clientStatus: 'failed' }],
    ['lost', { clientStatus: 'lost' }],
    ['to be stopped', { desiredStatus: 'stop' }],
    ['to be evicted', { desiredStatus: 'evict' }],
  ])('do not count an allocation that is %s', (_what, part) => {
    expect(measure({ allocations: { n1: [work(resources(1000), part)] } }).used).toEqual(resources(0));
  });

  test('take what an allocation was given, else what its group asks for', () => {
    const { resources: _none, ...untold } = work(resources(1), { jobId: 'b' });
    const groups = { web: asking(resources(700)), b: asking(resources(20)) };
    expect(measure({ allocations: { n1: [work(resources(100)), untold] }, groups }).used.cpuMhz).toBe(120);
  });

  test('are not told at all where neither is known', () => {
    const { resources: _none, ...untold } = work(resources(1), { id: 'a7', jobType: 'system' });
    const measuring = measurePool(aPoolSnapshot({ allocations: { n1: [work(resources(1)), untold] } }));
    expect(measuring).toEqual({ ok: true, measure: expect.anything() as unknown });
    const alone = measurePool(aPoolSnapshot({ allocations: { n1: [untold] } }));
    expect(alone).toEqual({ ok: false, why: 'what allocation a7 of web/api takes is not known' });
  });

  test.each([3, 7, 49, 107])('an average of %i equal nodes is one of them, to the last bit', (count) => {
    expect(measure({ nodes: poolNodes(count) }).averageNode).toEqual(resources(4000, 2048, 10_000));
  });

  test('of no node are nothing', () => {
    expect(measure({ nodes: [] })).toMatchObject({
      metric: 'none',
      capacity: resources(0),
      averageNode: resources(0),
      maxAllowed: 0,
      hasHeadroom: true,
    });
  });
});

describe('the recorded rounds of the Go release', () => {
  const hog = (at: number) => work(resources(3500, 128), { jobId: 'hog', id: `h${at}` });

  test.each([
    ['two nodes', 2, 4000, 0],
    ['three nodes', 3, 8000, 4000],
  ])('%s of 4,000 MHz with 7,000 MHz used', (_what, count, maxAllowed, maxAllowedWithout) => {
    const allocations = { n1: [hog(1)], n2: [hog(2)] };
    expect(measure({ nodes: poolNodes(count), allocations })).toMatchObject({
      metric: 'cpu',
      used: resources(7000, 256),
      overhead: 0,
      maxAllowed,
      maxAllowedWithout,
      hasHeadroom: false,
    });
  });
});

describe('the overhead', () => {
  const groups = {
    a: asking(resources(1000, 10)),
    b: asking(resources(300, 500)),
    c: asking(resources(4000, 4000)),
  };
  const allocations = {
    n1: [work(resources(900, 10), { jobId: 'a' }), work(resources(900, 10), { jobId: 'a', id: 'a2' })],
    n2: [work(resources(100, 10), { jobId: 'b' })],
    n3: [work(resources(1, 1), { jobId: 'c', clientStatus: 'complete' })],
  };
  const growing = ['a', 'b', 'c', 'elsewhere'].map(ref);

  test('is one more of every group with a policy that has an allocation here', () => {
    expect(measure({ groups, allocations, growing }).overhead).toBe(1300);
  });

  test('counts a group once, however often it is named', () => {
    expect(measure({ groups, allocations, growing: [...growing, ...growing] }).overhead).toBe(1300);
  });

  test('is the largest of them, where the policy says so', () => {
    const policy = aPoolPolicy({ reserve: 'largest' });
    expect(measure({ groups, allocations, growing, policy }).overhead).toBe(1000);
    expect(measure({ policy }).overhead).toBe(0);
  });

  test('is in the scaling metric', () => {
    const memory = { ...allocations, n3: [work(resources(1, 2000), { jobId: 'd' })] };
    expect(measure({ groups, allocations: memory, growing })).toMatchObject({
      metric: 'memory',
      overhead: 510,
    });
  });

  test('does not know groups without a policy', () => {
    expect(measure({ groups, allocations, growing: [] }).overhead).toBe(0);
  });

  test('takes the largest that was given for a group that nobody can read: unknown is not zero', () => {
    const given = { n1: [work(resources(1100)), work(resources(900), { id: 'a2' })] };
    const part = { allocations: given, growing: [ref('web')], groupFacts: () => undefined };
    expect(measure(part).overhead).toBe(1100);
  });

  test('takes what was given for cores, which are no MHz in the job', () => {
    const cores = { web: asking(resources(0, 64)) };
    const part = { allocations: { n1: [work(resources(2400, 64))] }, groups: cores, growing: [ref('web')] };
    expect(measure(part).overhead).toBe(2400);
  });
});

describe('what is allowed', () => {
  test.each([
    [0, 12_000, 8000],
    [1, 8000, 4000],
    [2, 4000, 0],
    [3, 0, -4000],
  ])('leaves %i average nodes free', (faultTolerance, maxAllowed, maxAllowedWithout) => {
    const policy = aPoolPolicy({ faultTolerance });
    expect(measure({ policy })).toMatchObject({ metric: 'none', maxAllowed, maxAllowedWithout });
  });

  test('leaves headroom below nine tenths of it, not at them', () => {
    const used = (cpuMhz: number) => measure({ allocations: { n1: [work(resources(cpuMhz))] } }).hasHeadroom;
    expect(used(3599)).toBe(true);
    expect(used(3600)).toBe(false);
  });

  test('leaves none where another metric than the scaling one has none', () => {
    const allocations = { n1: [work(resources(2900)), work(resources(0, 1500), { jobId: 'm' })] };
    const groups = { web: asking(resources(100)), m: asking(resources(1000)) };
    const part = { allocations, groups, policy: aPoolPolicy({ faultTolerance: 1 }) };
    expect(measure({ ...part, growing: [] })).toMatchObject({ metric: 'memory', hasHeadroom: true });
    expect(measure({ ...part, growing: [ref('m')] })).toMatchObject({
      metric: 'memory',
      maxAllowedWithout: 2048,
      hasHeadroom: false,
    });
  });
});
