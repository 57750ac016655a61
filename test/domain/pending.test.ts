import { describe, expect, test } from 'vitest';
import { openGroupBook } from '../../src/domain/capacity/group-book.ts';
import { packNodes } from '../../src/domain/capacity/pack.ts';
import {
  assignPending,
  countPending,
  lastNodeOf,
  modelOf,
  modelOfLast,
  type ModelNode,
  type PendingWork,
} from '../../src/domain/capacity/pending.ts';
import { judgeEmpty, judgePool } from '../../src/domain/decision/judge-pool.ts';
import type { NodeFacts } from '../../src/domain/node.ts';
import type { PlacementFailure, TaskGroupFacts } from '../../src/domain/snapshot.ts';
import { aNode, aPoolSnapshot, asking, poolNodes, resources, work } from './build-pool.ts';
import { anEvaluation } from './build.ts';

const CPU: PlacementFailure = { exhausted: ['cpu'], quotas: [], nodesExhausted: 3 };

/** Groups `api` of the jobs, each with what it asks for, how many wait, and why. */
function waiting(
  jobs: Readonly<
    Record<string, readonly [facts: TaskGroupFacts, queued: number, failure?: PlacementFailure]>
  >,
): PendingWork {
  return {
    queued: Object.entries(jobs).map(([jobId, [, queued]]) => ({
      namespace: 'default',
      jobId,
      group: 'api',
      queued,
    })),
    evaluations: Object.entries(jobs).map(([jobId, [, , failure = CPU]]) =>
      anEvaluation({ jobId, blockedId: 'b1', unplaced: ['api'], failures: { api: failure } }),
    ),
    groupFacts: ({ jobId }) => jobs[jobId]?.[0],
  };
}

function model(part: Partial<NodeFacts> = {}): ModelNode {
  const made = modelOf([aNode(part)]);
  if (!made) throw new Error('no model');
  return made;
}

const FREE = { taken: new Set<string>(), most: 100 };

/** `counted of queued: why` of the first report. */
function countOf(work: PendingWork, node = model()): string {
  const [first] = countPending(work, node, FREE).reports;
  return `${first?.counted} of ${first?.queued}${first?.why === '' ? '' : `: ${first?.why}`}`;
}

function nodesFor(work: PendingWork, most = 100): number {
  return countPending(work, model(), { ...FREE, most }).nodes;
}

describe('how many nodes pending work needs', () => {
  test.each<[string, PendingWork, number]>([
    ['none where nothing waits', waiting({}), 0],
    ['none where 0 wait', waiting({ a: [asking(resources(1)), 0] }), 0],
    ['six for 12 × (1,500 MHz, 512 MB)', waiting({ a: [asking(resources(1500, 512)), 12] }), 6],
    ['none for one of 5,000 MHz', waiting({ a: [asking(resources(5000)), 1] }), 0],
    ['one for one that just fits', waiting({ a: [asking(resources(4000, 2048, 10_000)), 1] }), 1],
    ['by memory as well', waiting({ a: [asking(resources(1, 1025)), 3] }), 3],
    ['by disk as well', waiting({ a: [asking(resources(1, 1, 4000)), 3] }), 2],
    [
      'small pieces go beside large ones',
      waiting({ a: [asking(resources(1000)), 3], b: [asking(resources(3000)), 3] }),
      3,
    ],
    ['one for any number that asks for nothing', waiting({ a: [asking(resources(0)), 900] }), 1],
    [
      'one each where hosts are distinct',
      waiting({ a: [asking(resources(1), { distinctHosts: 'job' }), 4] }),
      4,
    ],
    ['one each where a port is static', waiting({ a: [asking(resources(1), { staticPorts: [80] }), 4] }), 4],
    [
      'two groups of different ports share a node',
      waiting({
        a: [asking(resources(2), { staticPorts: [80] }), 2],
        b: [asking(resources(1), { staticPorts: [81] }), 2],
      }),
      2,
    ],
    [
      'two groups of one port do not',
      waiting({
        a: [asking(resources(2), { staticPorts: [80] }), 2],
        b: [asking(resources(1), { staticPorts: [80] }), 2],
      }),
      4,
    ],
  ])('%s', (_what, work, nodes) => {
    expect(nodesFor(work)).toBe(nodes);
  });

  test('is not counted beyond the maximum', () => {
    expect(nodesFor(waiting({ a: [asking(resources(4000)), 1_000_000] }), 20)).toBe(20);
  });

  test('is that of first-fit decreasing, one by one', () => {
    const book = openGroupBook(({ jobId }) => asking(resources(Number(jobId))));
    const group = (cpuMhz: number) => book({ namespace: 'default', jobId: `${cpuMhz}`, group: 'api' });
    const groups = [300, 700, 1100, 1900, 2600].map((cpuMhz, at) => ({
      group: group(cpuMhz),
      count: 3 + at,
    }));
    const bins: number[] = [];
    for (const cpuMhz of groups
      .toReversed()
      .flatMap((one) => Array.from({ length: one.count }, () => Number(one.group.ref.jobId)))) {
      const at = bins.findIndex((free) => free >= cpuMhz);
      if (at < 0) bins.push(4000 - cpuMhz);
      else bins[at] = (bins[at] ?? 0) - cpuMhz;
    }
    expect(packNodes(groups, resources(4000), 100)).toBe(bins.length);
  });
});

describe('what waits counts only', () => {
  const small = asking(resources(100));
  const because = (failure: Partial<PlacementFailure>) => waiting({ a: [small, 3, { ...CPU, ...failure }] });

  test.each<[string, PendingWork, string]>([
    ['for memory', because({ exhausted: ['memory'] }), '3 of 3'],
    ['for disk beside ports', because({ exhausted: ['ports', 'disk'] }), '3 of 3'],
    [
      'not for ports alone',
      because({ exhausted: ['ports'] }),
      '0 of 3: it waits for ports, not for cpu, memory or disk',
    ],
    ['not for a quota', because({ quotas: ['cpu', 'memory'] }), '0 of 3: a quota is used up: cpu, memory'],
    [
      'not for a constraint',
      because({ exhausted: [], nodesExhausted: 0 }),
      '0 of 3: it does not wait for cpu, memory or disk',
    ],
    [
      'never without a cause',
      { ...because({}), evaluations: [] },
      '0 of 3: the scheduler has not said why it waits',
    ],
    [
      'never by an evaluation that left none blocked',
      { ...because({}), evaluations: [anEvaluation({ jobId: 'a', failures: { api: CPU } })] },
      '0 of 3: the scheduler has not said why it waits',
    ],
    ['never unknown', { ...because({}), groupFacts: () => undefined }, '0 of 3: its job is not known'],
    [
      'what an empty node holds',
      waiting({ a: [asking(resources(5000, 512)), 1] }),
      '0 of 1: 5000 MHz, 512 MB, disk 0 MB is more than an empty node has (4000 MHz, 2048 MB, disk 10000 MB)',
    ],
    [
      'what may run there',
      waiting({ a: [asking(resources(1), { drivers: ['qemu'] }), 1] }),
      '0 of 1: driver qemu is missing',
    ],
  ])('%s', (_what, work, count) => {
    expect(countOf(work)).toBe(count);
  });

  test('by the newest evaluation of that job and group', () => {
    const { queued, groupFacts } = because({});
    const named = (modifyIndex: number, part: object, failure = CPU) =>
      anEvaluation({ jobId: 'a', blockedId: 'b', modifyIndex, failures: { api: failure }, ...part });
    const quota = { ...CPU, quotas: ['cpu'] };
    const evaluations = [
      named(5, {}),
      named(9, {}, quota),
      named(7, {}),
      named(99, { jobId: 'other' }),
      named(99, { namespace: 'other' }),
      named(99, { failures: { other: CPU } }),
      named(99, { blockedId: '' }),
    ];
    expect(countOf({ queued, groupFacts, evaluations })).toMatch(/^0 of 3: a quota/);
    expect(countOf({ queued, groupFacts, evaluations: [...evaluations, named(10, {})] })).toBe('3 of 3');
  });

  test('once: not what counts for another pool', () => {
    const limits = { taken: new Set(['a/api']), most: 9 };
    expect(countPending(because({}), model(), limits)).toMatchObject({
      nodes: 0,
      reports: [{ counted: 0, why: 'counts for another pool' }],
    });
  });
});

describe('a queued group', () => {
  const big = model({ id: 'b', capacity: resources(8000, 8192, 9000) });
  const pools = [
    { pool: 'pool-c', model: big },
    { pool: 'pool-b', model: big },
    { pool: 'pool-a', model: model() },
    { pool: 'pool-0', model: undefined },
  ];

  test('counts for the first pool by name whose empty node holds it', () => {
    const work = waiting({
      small: [asking(resources(100)), 1],
      large: [asking(resources(6000)), 1],
      huge: [asking(resources(9000)), 1],
      none: [asking(resources(1)), 0],
    });
    expect([...assignPending(work, pools)]).toEqual([
      ['small/api', 'pool-a'],
      ['large/api', 'pool-b'],
    ]);
  });

  test('counts for one pool: over all pools no allocation is counted twice', () => {
    const work = waiting({ x: [asking(resources(3000)), 4], y: [asking(resources(6000)), 2] });
    const owners = assignPending(work, pools);
    const counted = pools.flatMap(({ pool, model: node }) => {
      const taken = new Set([...owners].filter(([, owner]) => owner !== pool).map(([group]) => group));
      return node ? countPending(work, node, { taken, most: 9 }).reports : [];
    });
    expect(counted.reduce((sum, one) => sum + one.counted, 0)).toBe(6);
  });
});

describe('an empty node of a pool', () => {
  test('is as the newest node, of average size', () => {
    const made = modelOf([
      aNode({ id: 'old', createIndex: 5, nodeClass: 'a', capacity: resources(1000, 10, 20) }),
      aNode({ id: 'new', createIndex: 9, nodeClass: 'b', capacity: resources(2000, 20, 40) }),
    ]);
    expect(made).toMatchObject({ nodeClass: 'b', capacity: resources(1500, 15, 30), isRemembered: false });
  });

  test('has neither the name nor the unique attributes of the one it is made after', () => {
    const attributes = { 'unique.hostname': 'h', 'kernel.name': 'linux' };
    const made = model({ id: 'n1', name: 'x', attributes });
    expect([made.id, made.name, made.attributes]).toEqual(['', '', { 'kernel.name': 'linux' }]);
  });

  test('has room for what system jobs leave of it: they come to every new node', () => {
    const logger = work(resources(500), { jobId: 'logger', jobType: 'system' });
    const pending = waiting({ a: [asking(resources(3800)), 1] });
    const judging = judgePool(
      aPoolSnapshot({
        nodes: poolNodes(2),
        allocations: { n1: [logger], n2: [logger] },
        ...pending,
      }),
    );
    expect(judging).toMatchObject({ judgement: { numbers: { pending: [{ counted: 0 }] } } });
  });

  test('there is none of a pool without nodes', () => {
    expect(modelOf([])).toBeUndefined();
  });
});

describe('a pool without nodes', () => {
  const LAST = {
    capacity: resources(4000, 2048, 9000),
    datacenter: 'dc1',
    nodeClass: 'web',
    drivers: ['exec'],
  };
  const nowhere: PlacementFailure = { exhausted: [], quotas: [], nodesExhausted: 0 };
  const web = (cpuMhz: number) =>
    asking(resources(cpuMhz), {
      drivers: ['exec'],
      constraints: [{ left: '${node.class}', operand: '=', right: 'web' }],
    });

  function ask(work: PendingWork): string {
    const judging = judgeEmpty(aPoolSnapshot({ nodes: [], ...work }), modelOfLast(LAST));
    if (!judging.ok) throw new Error(judging.why);
    const { ask: one } = judging.judgement;
    return one.kind === 'out'
      ? `out ${one.nodes} ${one.because}`
      : `${one.kind} ${one.kind === 'none' ? one.reason : ''}`;
  }

  test.each<[string, PendingWork, string]>([
    ['stays so while nothing waits', waiting({}), 'none empty'],
    ['grows by one, however much waits', waiting({ a: [web(4000), 12] }), 'out 1 pending'],
    [
      'also for work that no node was ever tried for',
      waiting({ a: [web(100), 1, nowhere] }),
      'out 1 pending',
    ],
    ['not for work that is too large', waiting({ a: [web(4001), 1] }), 'none empty'],
    [
      'not for work of another class',
      waiting({ a: [asking(resources(1), { datacenters: ['dc2'] }), 1] }),
      'none empty',
    ],
    ['not for a quota', waiting({ a: [web(1), 1, { ...nowhere, quotas: ['cpu'] }] }), 'none empty'],
    [
      'not for work that asks for what is forgotten',
      waiting({
        a: [
          asking(resources(1), {
            constraints: [{ left: '${attr.kernel.name}', operand: '=', right: 'linux' }],
          }),
          1,
        ],
      }),
      'none empty',
    ],
  ])('%s', (_what, work, word) => {
    expect(ask(work)).toBe(word);
  });

  test('remembers what its nodes were like', () => {
    const made = model({ nodeClass: 'web', drivers: ['exec'], capacity: resources(3999.6, 2048, 9000) });
    expect(lastNodeOf(made)).toEqual(LAST);
  });
});
