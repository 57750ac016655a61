import { describe, expect, test } from 'vitest';
import { describePoolDecision } from '../../src/domain/decision/describe-pool.ts';
import { judgePool } from '../../src/domain/decision/judge-pool.ts';
import { decidePool, POOL_GATES, type PoolGateFacts } from '../../src/domain/decision/pool-decision.ts';
import type { PoolDecision } from '../../src/domain/decision/pool-judgement.ts';
import {
  anInstance,
  aPoolGroup,
  aPoolNode,
  aPoolPolicy,
  aPoolSnapshot,
  asking,
  type PoolPart,
  poolNodes,
  resources,
  work,
} from './build-pool.ts';
import { anEvaluation, MINUTE_MS, NOW_MS } from './build.ts';

const OPEN: PoolGateFacts = {
  failsafe: false,
  paused: false,
  operation: false,
  backoffLeftMs: 0,
  cooldownLeftMs: 0,
  asked: 3,
};

function decide(part: PoolPart, facts: Partial<PoolGateFacts> = {}): PoolDecision {
  const snapshot = aPoolSnapshot(part);
  const judging = judgePool(snapshot);
  if (!judging.ok) throw new Error(judging.why);
  return decidePool(snapshot, judging.judgement, { ...OPEN, ...facts });
}

/** `out 3 4 above`, or `reason: detail`. */
function wordOf(part: PoolPart, facts: Partial<PoolGateFacts> = {}): string {
  const { verdict, detail } = decide(part, facts);
  if (verdict.kind !== 'hold') return `${verdict.kind} ${verdict.from} ${verdict.to} ${verdict.because}`;
  return detail === '' ? verdict.reason : `${verdict.reason}: ${detail}`;
}

const FULL = { n1: [work(resources(4000))], n2: [work(resources(4000))], n3: [work(resources(4000))] };
const members = (count: number) => poolNodes(count).flatMap(({ member }) => member ?? []);
const OLD = anInstance({ instanceId: 'i-old', launchedMs: NOW_MS - 8 * MINUTE_MS });

describe('the gates', () => {
  test('stand in the order of the specification', () => {
    expect(POOL_GATES.map(({ reason }) => reason)).toEqual([
      'failsafe',
      'paused',
      'operation',
      'backoff',
      'moving',
      'asg-min',
      'asg-max',
      'cooldown',
      'threshold',
    ]);
  });

  const group = (part: object) => aPoolGroup({ desired: 3, members: members(3), ...part });

  test.each<[string, PoolPart, string]>([
    [
      'in: fewer ready members than desired',
      { group: group({ desired: 4 }) },
      'moving: 3 of 4 desired instances run a ready node',
    ],
    [
      'in: more of them',
      { group: group({ desired: 2 }) },
      'moving: 3 of 2 desired instances run a ready node',
    ],
    [
      'in: one of them is being terminated by AWS',
      { nodes: [...poolNodes(2), aPoolNode({ id: 'n3' }, { lifecycle: 'Terminating:Wait' })] },
      'moving: 2 of 3 desired instances run a ready node',
    ],
    [
      'in: two nodes on one instance are one member',
      { nodes: [...poolNodes(2), { ...aPoolNode({ id: 'n2' }), node: aPoolNode({ id: 'n3' }).node }] },
      'moving: 2 of 3 desired instances run a ready node',
    ],
    [
      'in: a lost instance is no ready one',
      { group: group({ desired: 4 }), unjoined: [OLD] },
      'moving: 3 of 4 desired instances run a ready node',
    ],
    [
      'out: instances that may still join',
      {
        allocations: FULL,
        unjoined: [anInstance({ instanceId: 'i-x' }), OLD, anInstance({ instanceId: 'i-y' })],
      },
      'moving: i-x, i-y may still join',
    ],
    [
      'out: one that was launched by a clock ahead of ours',
      { allocations: FULL, unjoined: [anInstance({ launchedMs: NOW_MS + 60 * MINUTE_MS })] },
      'moving: i-new may still join',
    ],
    ['out: a lost one holds nothing up', { allocations: FULL, unjoined: [OLD] }, 'out 3 4 above'],
    [
      'out: ready and desired may differ',
      { allocations: FULL, group: group({ desired: 5 }) },
      'out 5 6 above',
    ],
    ['in: at the minimum', { group: group({ min: 3 }) }, 'asg-min: 3 are desired, 3 at least'],
    [
      'in: at the tighter one',
      { group: group({ min: 1 }), policy: aPoolPolicy({ min: 3 }) },
      'asg-min: 3 are desired, 3 at least',
    ],
    ['in: to the minimum', { group: group({ min: 2 }) }, 'in 3 2 below'],
    [
      'out: at the maximum',
      { allocations: FULL, group: group({ max: 3 }) },
      'asg-max: 3 are desired, 3 at the most',
    ],
    [
      'out: above it',
      { allocations: FULL, policy: aPoolPolicy({ max: 2 }) },
      'asg-max: 3 are desired, 2 at the most',
    ],
    ['out: to the maximum', { allocations: FULL, group: group({ max: 4 }) }, 'out 3 4 above'],
  ])('%s', (_what, part, word) => {
    expect(wordOf(part)).toBe(word);
  });

  const closed: readonly Partial<PoolGateFacts>[] = [
    { failsafe: true },
    { paused: true },
    { operation: true },
    { backoffLeftMs: 1 },
    { cooldownLeftMs: 1 },
    { asked: 2 },
  ];
  const order = ['failsafe', 'paused', 'operation', 'backoff', 'cooldown', 'threshold'];

  test.each(order.map((reason, at) => [reason, at] as const))(
    '%s comes before all behind it',
    (reason, at) => {
      const facts = Object.assign({}, ...closed.slice(at)) as Partial<PoolGateFacts>;
      expect(wordOf({ allocations: FULL }, facts)).toBe(reason);
    },
  );

  test('what asks for nothing keeps its own reason', () => {
    const part = { nodes: poolNodes(2), allocations: { n1: [work(resources(100))] } };
    expect(wordOf(part, { failsafe: true, asked: 0 })).toBe('headroom');
  });
});

describe('pending work', () => {
  const pending = (count: number): PoolPart => ({
    allocations: FULL,
    groups: { late: asking(resources(1500, 512)) },
    queued: [{ namespace: 'default', jobId: 'late', group: 'api', queued: count }],
    evaluations: [
      anEvaluation({
        jobId: 'late',
        blockedId: 'b1',
        failures: { api: { exhausted: ['cpu'], quotas: [], nodesExhausted: 3 } },
      }),
    ],
  });

  test('is one request, by all that is needed', () => {
    expect(wordOf(pending(12))).toBe('out 3 9 pending');
  });

  test('up to the maximum', () => {
    expect(wordOf({ ...pending(12), policy: aPoolPolicy({ max: 5 }) })).toBe('out 3 5 pending');
  });

  test('comes before everything else that the numbers say', () => {
    expect(wordOf({ ...pending(1), allocations: {} })).toBe('out 3 4 pending');
  });
});

describe('a node that nobody can identify', () => {
  const stray = { ...aPoolNode({ id: 'n3' }), instanceId: '', member: undefined };

  test('may run on an instance without a node: nothing is removed', () => {
    expect(wordOf({ nodes: [...poolNodes(2), stray], unjoined: [OLD] })).toBe(
      'unidentified-node: client-n3 may run on i-old',
    );
  });

  test('holds no growth up', () => {
    expect(wordOf({ nodes: [...poolNodes(2), stray], unjoined: [OLD], allocations: FULL })).toBe(
      'out 3 4 above',
    );
  });
});

describe('where no node can go, the reason is', () => {
  const lone = (part: PoolPart): string => {
    const { verdict } = decide({ policy: aPoolPolicy({ faultTolerance: 0 }), nodes: poolNodes(2), ...part });
    return verdict.kind === 'hold' ? verdict.reason : verdict.kind;
  };
  const own = { own: { kind: 'node', nodeId: 'n1' } } as const;

  test.each<[string, PoolPart, string]>([
    [
      'placement, if any fails by it',
      { ...own, allocations: { n2: [work(resources(1))] }, groupFacts: () => undefined },
      'placement',
    ],
    ['placement after a failed drain', { failedDrains: new Set(['n1', 'n2']) }, 'placement'],
    [
      'unknown instances before protection',
      { ...own, nodes: [...poolNodes(1), { ...aPoolNode({ id: 'n2' }), member: undefined }] },
      'unknown-instance',
    ],
    [
      'protection, if that is all',
      { ...own, nodes: [...poolNodes(1), aPoolNode({ id: 'n2' }, { isProtected: true })] },
      'protected',
    ],
    [
      'an instance that two nodes claim',
      { nodes: [...poolNodes(1), { ...aPoolNode({ id: 'n1' }), node: aPoolNode({ id: 'n2' }).node }] },
      'unknown-instance',
    ],
  ])('%s', (_what, part, reason) => {
    expect(lone(part)).toBe(reason);
  });
});

describe('the order of candidates', () => {
  const order = (part: PoolPart): string =>
    (decide({ own: { kind: 'unknown', allocationId: 'a' }, ...part }).numbers?.candidates ?? [])
      .map((one) => one.nodeId)
      .join(' ');
  const busy = (cpuMhz: number, memoryMb: number, part = {}) => [work(resources(cpuMhz, memoryMb), part)];

  test.each<[string, PoolPart, string]>([
    ['oldest first', { nodes: poolNodes(3) }, 'n1 n2 n3'],
    [
      'by age, whatever their order',
      {
        nodes: [aPoolNode({ id: 'n1', createIndex: 9 }), aPoolNode({ id: 'n2', createIndex: 2 })],
        policy: aPoolPolicy({ faultTolerance: 0 }),
      },
      'n2 n1',
    ],
    [
      'idle before less used',
      { allocations: { n1: busy(1, 0), n2: busy(100, 0, { jobType: 'system' }) } },
      'n3 n2 n1',
    ],
    [
      'what is stopping is still at work',
      { allocations: { n1: busy(1, 0, { desiredStatus: 'stop' }) } },
      'n2 n3 n1',
    ],
    [
      'by share in the scaling metric: of a large node less is used',
      {
        nodes: [
          aPoolNode({ id: 'n1' }),
          aPoolNode({ id: 'n2', capacity: resources(9000, 4000, 9000) }),
          aPoolNode({ id: 'n3' }),
        ],
        allocations: { n1: busy(400, 0), n2: busy(600, 0), n3: busy(300, 900) },
        policy: aPoolPolicy({ faultTolerance: 0 }),
      },
      'n1 n2 n3',
    ],
    [
      'batch work after all others, nodes of other agents last',
      {
        allocations: { n1: busy(1, 0, { jobType: 'batch' }), n2: busy(300, 0), n3: [] },
        memberNodes: new Set(['n3']),
      },
      'n2 n1 n3',
    ],
    [
      'the zone with most instances, also of those without a node',
      {
        nodes: [
          aPoolNode({ id: 'n1', zone: 'a' }),
          aPoolNode({ id: 'n2', zone: 'b' }),
          aPoolNode({ id: 'n3', zone: 'a' }),
        ],
        group: aPoolGroup({
          desired: 3,
          members: ['a', 'b', 'a', 'b', 'b', 'a', 'a'].map((zone, at) => ({
            instanceId: `i-${at}`,
            zone,
            lifecycle: at >= 5 ? 'Terminating' : 'InService',
            isProtected: false,
          })),
        }),
      },
      'n2 n1 n3',
    ],
  ])('%s', (_what, part, wanted) => {
    expect(order(part)).toBe(wanted);
  });
});

describe('a sentence', () => {
  test('tells few of many candidates', () => {
    const nodes = poolNodes(40);
    const text = describePoolDecision(decide({ nodes, own: { kind: 'unknown', allocationId: 'a9' } }));
    expect(text).toMatch(/^hold: protected, .*client-n1 stays: protected \(the node of this agent .*a9/);
    expect(text.match(/ stays: /g)).toHaveLength(5);
  });

  test('has the detail of what holds', () => {
    expect(describePoolDecision(decide({ allocations: FULL, unjoined: [anInstance()] }))).toMatch(
      /^hold: moving, .*: i-new may still join \(would add 1: above\) \[nodes 3 of 3/,
    );
  });
});
