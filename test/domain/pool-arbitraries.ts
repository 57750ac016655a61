import * as fc from 'fast-check';
import type { PoolGateFacts } from '../../src/domain/decision/pool-decision.ts';
import type { PoolNode, PoolSnapshot } from '../../src/domain/pool-snapshot.ts';
import type { PoolPolicy } from '../../src/domain/policy/pool-policy.ts';
import type { AllocationFacts, PlacementNeeds, TaskGroupFacts } from '../../src/domain/snapshot.ts';
import {
  anInstance,
  aPoolGroup,
  aPoolNode,
  aPoolPolicy,
  aPoolSnapshot,
  asking,
  resources,
  work,
} from './build-pool.ts';
import { anEvaluation, MINUTE_MS, NOW_MS } from './build.ts';

/** Small pools at random for properties: few nodes, few jobs, every kind of trouble. */

const JOBS = ['a', 'b', 'c', 'd'] as const;
const job = fc.constantFrom(...JOBS);
const size = fc
  .tuple(fc.constantFrom(0, 200, 900, 1500, 2600), fc.constantFrom(0, 100, 700), fc.constantFrom(0, 300))
  .map(([cpuMhz, memoryMb, diskMb]) => resources(cpuMhz, memoryMb, diskMb));

/** A value that is mostly the ordinary one. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, fc.constantFrom(usual, ...others));
}

const needs: fc.Arbitrary<Partial<PlacementNeeds>> = fc.record({
  distinctHosts: mostly<PlacementNeeds['distinctHosts']>('none', 'group', 'job'),
  staticPorts: mostly<readonly number[]>([], [80], [80, 81]),
  constraints: mostly<PlacementNeeds['constraints']>(
    [],
    [{ left: '${node.class}', operand: '=', right: 'x' }],
    [{ left: '${node.class}', operand: 'regexp', right: '.*' }],
  ),
  unplaceable: mostly<readonly string[]>([], ['volume data']),
});

const facts: fc.Arbitrary<TaskGroupFacts | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(size, needs).map(([given, part]) => asking(given, part)) },
  fc.constant(undefined),
);

const allocation: fc.Arbitrary<AllocationFacts> = fc
  .record({
    jobId: job,
    given: fc.option(size, { freq: 12 }),
    desiredStatus: mostly('run', 'stop'),
    clientStatus: mostly('running', 'pending', 'complete', 'unknown'),
    jobType: mostly('service', 'batch', 'system', ''),
  })
  .map(({ given, ...rest }) => {
    const { resources: _none, ...untold } = work(resources(0), rest);
    return given ? { ...untold, resources: given } : untold;
  });

const node = fc.record({
  nodeClass: fc.constantFrom('x', 'y'),
  capacity: fc.constantFrom(resources(4000, 2048, 1000), resources(2000, 4096, 3000)),
  createIndex: fc.nat({ max: 9 }),
  zone: fc.constantFrom('zone-1', 'zone-2'),
  lifecycle: mostly('InService', 'Standby', 'Terminating'),
  isProtected: mostly(false, true),
  binding: mostly('member', 'stranger', 'unknown'),
});

const nodes: fc.Arbitrary<readonly PoolNode[]> = fc.array(node, { minLength: 1, maxLength: 5 }).map((list) =>
  list.map(({ lifecycle, isProtected, binding, ...part }, at) => {
    const made = aPoolNode({ id: `n${at + 1}`, ...part }, { lifecycle, isProtected });
    if (binding === 'member') return made;
    return { ...made, member: undefined, instanceId: binding === 'unknown' ? '' : made.instanceId };
  }),
);

const bound = fc.option(fc.nat({ max: 6 }), { nil: undefined });

export const poolPolicies: fc.Arbitrary<PoolPolicy> = fc
  .record({
    min: bound,
    max: bound,
    faultTolerance: mostly(0, 1, 2),
    scalingThreshold: fc.integer({ min: 1, max: 3 }),
    reserve: fc.constantFrom<PoolPolicy['reserve']>('all', 'largest'),
  })
  .map(aPoolPolicy);

interface Queued {
  readonly jobId: string;
  readonly count: number;
}

const queued: fc.Arbitrary<readonly Queued[]> = fc.array(
  fc.record({ jobId: job, count: fc.nat({ max: 9 }) }),
  { maxLength: 2 },
);

const cause = fc.record({
  exhausted: fc.constantFrom(['cpu'], ['memory', 'ports'], ['ports'], []),
  quotas: mostly<readonly string[]>([], ['cpu']),
  nodesExhausted: fc.nat({ max: 2 }),
});

const trouble = fc.record({
  own: mostly<PoolSnapshot['own']>(
    { kind: 'outside' },
    { kind: 'node', nodeId: 'n1' },
    { kind: 'unknown', allocationId: 'a' },
  ),
  failedDrains: mostly<ReadonlySet<string>>(new Set(), new Set(['n1', 'n2'])),
  memberNodes: mostly<ReadonlySet<string>>(new Set(), new Set(['n1'])),
  unjoined: mostly(
    [],
    [anInstance()],
    [anInstance({ instanceId: 'i-old', launchedMs: NOW_MS - 9 * MINUTE_MS })],
  ),
});

/** A pool as it may be seen. `allocations` by node, so that a test can add one. */
export interface PoolCase {
  readonly snapshot: PoolSnapshot;
  readonly allocations: Readonly<Record<string, readonly AllocationFacts[]>>;
}

/** The same pool with one more allocation on a node. */
export function withMore(
  { snapshot, allocations }: PoolCase,
  nodeId: string,
  one: AllocationFacts,
): PoolCase {
  const more = { ...allocations, [nodeId]: [...(allocations[nodeId] ?? []), { ...one, nodeId, id: 'more' }] };
  return { snapshot: { ...snapshot, allocationsOn: (id) => more[id] ?? [] }, allocations: more };
}

export const allocations = allocation;

/** With `isQuiet` nothing waits for room. */
export function poolCases({ isQuiet = false } = {}): fc.Arbitrary<PoolCase> {
  return fc
    .record({
      nodes,
      policy: poolPolicies,
      on: fc.array(fc.array(allocation, { maxLength: 4 }), { minLength: 5, maxLength: 5 }),
      jobs: fc.record({ a: facts, b: facts, c: facts, d: facts }),
      growing: fc.subarray([...JOBS]),
      shift: mostly(0, 1, -1),
      bounds: fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 9 })),
      queued: isQuiet ? fc.constant<readonly Queued[]>([]) : queued,
      cause,
      trouble,
    })
    .map(({ nodes: all, policy, on, jobs, bounds, trouble: part, ...rest }) => {
      const placed = Object.fromEntries(
        all.map(({ node: { id } }, at) => [
          id,
          (on[at] ?? []).map((one, index) => ({ ...one, nodeId: id, id: `${id}-${index}` })),
        ]),
      );
      const ref = (jobId: string) => ({ namespace: 'default', jobId, group: 'api' });
      const [min, more] = bounds;
      const desired = Math.max(0, all.length + rest.shift);
      const members = all.flatMap(({ member }) => member ?? []);
      const snapshot = aPoolSnapshot({
        ...part,
        nodes: all,
        policy,
        group: aPoolGroup({ desired, min, max: min + more, members }),
        allocations: placed,
        growing: rest.growing.map(ref),
        queued: rest.queued.map(({ jobId, count }) => ({ ...ref(jobId), queued: count })),
        evaluations: JOBS.map((jobId) =>
          anEvaluation({ jobId, blockedId: 'b1', failures: { api: rest.cause } }),
        ),
        groupFacts: ({ jobId }) => jobs[jobId as (typeof JOBS)[number]],
      });
      return { snapshot, allocations: placed };
    });
}

export const poolGates: fc.Arbitrary<PoolGateFacts> = fc.record({
  failsafe: mostly(false, true),
  paused: mostly(false, true),
  operation: mostly(false, true),
  backoffLeftMs: mostly(0, 1, 30_000),
  cooldownLeftMs: mostly(0, 1, 30_000),
  asked: fc.integer({ min: 0, max: 3 }),
});
