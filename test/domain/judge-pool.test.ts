import { describe, expect, test } from 'vitest';
import { judgePool } from '../../src/domain/decision/judge-pool.ts';
import type { PoolJudgement } from '../../src/domain/decision/pool-judgement.ts';
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
import { anEvaluation } from './build.ts';

function judge(part: PoolPart): PoolJudgement {
  const judging = judgePool(aPoolSnapshot(part));
  if (!judging.ok) throw new Error(judging.why);
  return judging.judgement;
}

/** Four nodes of 4,000 MHz; overhead 1,500 MHz; so much used, spread as movable pieces of 100 MHz. */
function example(usedMhz: number, part: PoolPart = {}): PoolPart {
  const pieces = Array.from({ length: usedMhz / 100 }, (_none, at) =>
    work(resources(100), { id: `p${at}`, jobId: at % 2 === 0 ? 'big' : 'small' }),
  );
  const of = (node: number) => pieces.filter((_piece, at) => at % 4 === node);
  const ref = (jobId: string) => ({ namespace: 'default', jobId, group: 'api' });
  return {
    nodes: poolNodes(4),
    allocations: { n1: of(0), n2: of(1), n3: of(2), n4: of(3) },
    groups: { big: asking(resources(1000)), small: asking(resources(500)) },
    growing: [ref('big'), ref('small'), ref('elsewhere')],
    ...part,
  };
}

describe('the worked example of the documentation', () => {
  test('allows 10,500 MHz, and 6,500 with one node less', () => {
    const { numbers } = judge(example(9000));
    expect(numbers).toMatchObject({
      metric: 'cpu',
      averageNode: 4000,
      overhead: 1500,
      maxAllowed: 10_500,
      maxAllowedWithout: 6500,
    });
  });

  test.each([
    [11_000, 'out above'],
    [10_500, 'out above'],
    [10_400, 'none headroom'],
    [9000, 'none headroom'],
    [6000, 'none headroom'],
    [5900, 'none headroom'],
  ])('%i MHz used: %s', (used, wanted) => {
    const { ask } = judge(example(used));
    expect(`${ask.kind} ${ask.kind === 'none' ? ask.reason : ask.because}`).toBe(wanted);
  });

  test('5,700 MHz used: in, if the work of a node fits on the others', () => {
    const fitting = { groups: { big: asking(resources(100)), small: asking(resources(100)) }, growing: [] };
    expect(judge(example(5700, fitting)).ask.kind).toBe('in');
    const huge = { groups: { big: asking(resources(3900)), small: asking(resources(3900)) }, growing: [] };
    expect(judge(example(5700, huge)).ask).toEqual({ kind: 'none', reason: 'placement' });
  });

  test('of the reserve only the largest, where the policy says so', () => {
    const policy = aPoolPolicy({ reserve: 'largest' });
    expect(judge(example(9000, { policy })).numbers.overhead).toBe(1000);
  });
});

describe('the scaling metric', () => {
  test.each([
    ['the one with the highest share', resources(400, 1024, 100), 'memory'],
    ['cpu where all are the same', resources(400, 204.8, 1000), 'cpu'],
    ['disk before memory', resources(40, 204.8, 1000), 'disk'],
    ['none where nothing is used', resources(0, 0, 0), 'none'],
  ])('%s', (_what, given, metric) => {
    expect(judge({ nodes: poolNodes(1), allocations: { n1: [work(given)] } }).numbers.metric).toBe(metric);
  });
});

describe('an idle pool', () => {
  test('of one with a fault tolerance of one does not grow', () => {
    expect(judge({ nodes: poolNodes(1) }).ask).toEqual({ kind: 'none', reason: 'steady' });
  });

  test('of three gives one up, the oldest', () => {
    expect(judge({}).ask).toMatchObject({ kind: 'in', instanceId: 'i-n1' });
  });
});

test('what an allocation takes is never taken for nothing', () => {
  const { resources: _none, ...untold } = work(resources(1));
  const judging = judgePool(aPoolSnapshot({ allocations: { n1: [untold] } }));
  expect(judging).toMatchObject({ ok: false });
});

describe('pending work', () => {
  const failed = (group = 'api') =>
    anEvaluation({
      blockedId: 'b1',
      unplaced: [group],
      failures: { [group]: { exhausted: ['cpu'], quotas: [], nodesExhausted: 3 } },
    });
  const queued = (count: number) => [{ namespace: 'default', jobId: 'web', group: 'api', queued: count }];
  const full = { n1: [work(resources(4000, 2048), { jobId: 'old' })] };

  test('12 of 1,500 MHz and 512 MB need six nodes of 4,000 and 2,048', () => {
    const { ask } = judge({
      nodes: poolNodes(1),
      allocations: full,
      groups: { web: asking(resources(1500, 512)), old: asking(resources(4000, 2048)) },
      queued: queued(12),
      evaluations: [failed()],
    });
    expect(ask).toEqual({ kind: 'out', nodes: 6, because: 'pending' });
  });

  test('one of 5,000 MHz needs none, and it is said why', () => {
    const { numbers } = judge({
      nodes: poolNodes(1),
      groups: { web: asking(resources(5000)) },
      queued: queued(1),
      evaluations: [failed()],
    });
    expect(numbers.pending).toMatchObject([
      { counted: 0, why: expect.stringContaining('5000 MHz') as string },
    ]);
  });

  test.each<[string, Partial<PoolPart>]>([
    ['no evaluation says why', { evaluations: [] }],
    [
      'a quota is used up',
      {
        evaluations: [
          anEvaluation({ failures: { api: { exhausted: ['cpu'], quotas: ['cpu'], nodesExhausted: 1 } } }),
        ],
      },
    ],
    [
      'constraints alone stand in its way',
      {
        evaluations: [anEvaluation({ failures: { api: { exhausted: [], quotas: [], nodesExhausted: 0 } } })],
      },
    ],
    ['another pool answers for it', { taken: new Set(['web/api']) }],
    ['its job is not known', { groups: {} }],
    ['it may not run there', { groups: { web: asking(resources(100), { datacenters: ['dc2'] }) } }],
    [
      'it asks for what is not understood',
      { groups: { web: asking(resources(100), { unplaceable: ['device gpu'] }) } },
    ],
  ])('does not count where %s', (_what, part) => {
    const given = { queued: queued(3), evaluations: [failed()], groups: { web: asking(resources(100)) } };
    const { ask, numbers } = judge({ nodes: poolNodes(1), ...given, ...part });
    expect(ask.kind).toBe('none');
    expect(numbers.pending).toMatchObject([{ counted: 0 }]);
  });

  test('is never asked for beyond the maximum', () => {
    const { ask } = judge({
      policy: aPoolPolicy({ max: 4 }),
      nodes: poolNodes(1),
      groups: { web: asking(resources(4000)) },
      queued: queued(50),
      evaluations: [failed()],
    });
    expect(ask).toMatchObject({ kind: 'out', nodes: 4 });
  });
});

describe('the node that goes', () => {
  const big = asking(resources(3000));
  const small = asking(resources(500));

  /** n1 busy, n2 a little, n3 idle, by default. */
  function chosen(part: PoolPart): string {
    const { ask, numbers } = judge({
      allocations: {
        n1: [work(resources(1000), { jobId: 'a' })],
        n2: [work(resources(300), { jobId: 'b' })],
      },
      policy: aPoolPolicy({ faultTolerance: 0 }),
      ...part,
    });
    const against = numbers.candidates.map((one) => `${one.nodeId} ${one.against}`.trim()).join(', ');
    return ask.kind === 'in' ? `${ask.node.id} (${against})` : `${ask.kind} (${against})`;
  }

  test('is an idle one first', () => {
    expect(chosen({})).toBe('n3 (n3)');
  });

  test('is the least used, where none is idle', () => {
    const idle = { n3: [work(resources(400), { jobId: 'c' })] };
    const busy = { n1: [work(resources(1000), { jobId: 'a' })], n2: [work(resources(300), { jobId: 'b' })] };
    expect(chosen({ allocations: { ...busy, ...idle } })).toBe('n2 (n2)');
  });

  test('with system work alone counts as idle', () => {
    const logger = work(resources(900), { jobId: 'logger', jobType: 'system' });
    expect(
      chosen({ allocations: { n1: [work(resources(100))], n2: [work(resources(100))], n3: [logger] } }),
    ).toBe('n3 (n3)');
  });

  test('is of the zone with most instances, and then the oldest', () => {
    const nodes = [
      aPoolNode({ id: 'n1', createIndex: 5, zone: 'a' }),
      aPoolNode({ id: 'n2', createIndex: 7, zone: 'b' }),
      aPoolNode({ id: 'n3', createIndex: 6, zone: 'b' }),
    ];
    expect(chosen({ nodes, allocations: {} })).toBe('n3 (n3)');
  });

  test('runs batch work only where all others do as well', () => {
    const batch = work(resources(1), { jobId: 'report', jobType: 'batch' });
    const service = work(resources(900), { jobId: 'a' });
    expect(chosen({ allocations: { n1: [batch], n2: [service], n3: [service] } })).toMatch(/^n2/);
  });

  test('is one of another agent of the group only where nothing else is left', () => {
    expect(chosen({ memberNodes: new Set(['n3']) })).toMatch(/^n2/);
  });

  test.each<[string, PoolPart, string]>([
    ['runs this agent', { own: { kind: 'node', nodeId: 'n3' } }, 'n2 (n3 protected, n2)'],
    [
      'cannot be told from the one of this agent',
      { own: { kind: 'unknown', allocationId: 'a0' } },
      'none (n3 protected, n2 protected, n1 protected)',
    ],
    ['failed a drain', { failedDrains: new Set(['n3']) }, 'n2 (n3 failed-drain, n2)'],
    [
      'has no known instance',
      { nodes: [...poolNodes(2), { ...aPoolNode({ id: 'n3' }), instanceId: '', member: undefined }] },
      'n2 (n3 unknown-instance, n2)',
    ],
    [
      'runs on an instance of no group',
      { nodes: [...poolNodes(2), { ...aPoolNode({ id: 'n3' }), member: undefined }] },
      'n2 (n3 unknown-instance, n2)',
    ],
    [
      'is protected from scale-in',
      { nodes: [...poolNodes(2), aPoolNode({ id: 'n3' }, { isProtected: true })] },
      'n2 (n3 protected, n2)',
    ],
    [
      'stands by',
      { nodes: [...poolNodes(2), aPoolNode({ id: 'n3' }, { lifecycle: 'Standby' })] },
      'n2 (n3 protected, n2)',
    ],
  ])('is never one that %s', (_what, part, wanted) => {
    expect(chosen(part)).toBe(wanted);
  });

  test('is none whose work does not fit on the others, and what does not is named', () => {
    const { ask, numbers } = judge({
      policy: aPoolPolicy({ faultTolerance: 0 }),
      nodes: poolNodes(2),
      allocations: {
        n1: [work(resources(1000), { jobId: 'a' })],
        n2: [work(resources(1500), { jobId: 'b' })],
      },
      groups: { a: big, b: asking(resources(3500)) },
      growing: [],
    });
    expect(ask).toEqual({ kind: 'none', reason: 'placement' });
    expect(numbers.candidates.map((one) => one.detail)).toEqual([
      expect.stringContaining('a/api (3000 MHz') as string,
      expect.stringContaining('b/api (3500 MHz') as string,
    ]);
  });

  test.each([
    ['a datacenter', asking(resources(1), { datacenters: ['dc2', 'eu-*'] })],
    ['a driver', asking(resources(1), { drivers: ['qemu'] })],
    [
      'a node class',
      asking(resources(1), { constraints: [{ left: '${node.class}', operand: '=', right: 'gpu' }] }),
    ],
    [
      'a constraint that is not understood',
      asking(resources(1), { constraints: [{ left: '${attr.cpu.arch}', operand: 'regexp', right: '.*' }] }),
    ],
    ['a volume', asking(resources(1), { unplaceable: ['volume data'] })],
    ['a node pool', asking(resources(1), { nodePool: 'gpu' })],
  ])('is none whose work asks for %s that the others have not', (_what, facts) => {
    const { ask } = judge({
      policy: aPoolPolicy({ faultTolerance: 0 }),
      nodes: poolNodes(2),
      allocations: { n1: [work(resources(1), { jobId: 'a' })], n2: [work(resources(1), { jobId: 'b' })] },
      groups: { a: facts, b: facts },
    });
    expect(ask).toEqual({ kind: 'none', reason: 'placement' });
  });

  test('may be one whose work keeps apart, as long as there are hosts enough', () => {
    const apart = asking(resources(1), { distinctHosts: 'group' });
    const spread = { n1: [work(resources(1))], n2: [work(resources(1))] };
    const policy = aPoolPolicy({ faultTolerance: 0 });
    expect(judge({ policy, allocations: spread, groups: { web: apart } }).ask).toMatchObject({ kind: 'in' });
    const everywhere = { ...spread, n3: [work(resources(1))] };
    expect(judge({ policy, allocations: everywhere, groups: { web: apart } }).ask).toEqual({
      kind: 'none',
      reason: 'placement',
    });
  });

  test('is none whose port is in use everywhere else', () => {
    const fixed = asking(resources(1), { staticPorts: [8080] });
    const everywhere = { n1: [work(resources(1))], n2: [work(resources(1))], n3: [work(resources(1))] };
    const policy = aPoolPolicy({ faultTolerance: 0 });
    expect(judge({ policy, allocations: everywhere, groups: { web: fixed } }).ask).toEqual({
      kind: 'none',
      reason: 'placement',
    });
    const elsewhere = { n1: [work(resources(1))], n2: [work(resources(1), { jobId: 'b' })] };
    expect(judge({ policy, allocations: elsewhere, groups: { web: fixed, b: small } }).ask.kind).toBe('in');
  });
});
