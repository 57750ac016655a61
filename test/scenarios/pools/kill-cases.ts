import { type PoolEye, type PoolStanding, scenarioPool } from '../../support/scenario-pools.ts';
import type { VirtualCluster, VirtualClusterOptions } from '../../support/virtual-cluster.ts';
import { callsAws, drains, type Match, nth, undrains } from '../../support/virtual-wire.ts';
import { placeBatch, setEligible, work } from './pool-scenes.ts';

/** A mutating request at which the acting agent dies, and what its successor makes of it. */
export interface KillCase {
  /** The request: the test's name. */
  readonly call: string;
  readonly server: 'aws' | 'nomad';
  readonly match: () => Match;
  readonly cluster: VirtualClusterOptions;
  /** Before any agent runs. */
  readonly prepare?: (cluster: VirtualCluster, eye: PoolEye) => Promise<void>;
  /** While the first agent runs, before the request is made. */
  readonly meanwhile?: (cluster: VirtualCluster, eye: PoolEye) => Promise<void>;
  /** How the operation ends. */
  readonly ends: RegExp;
  readonly standing: PoolStanding;
  /** How the desired capacity moved. */
  readonly wishes: readonly string[];
  readonly state: Readonly<Record<string, unknown>>;
}

/** Long enough that there is one operation only. */
const cooldownS = 7_200;
const settings = { jobScalingDisabled: true, drainDeadlineMs: 120_000 };
const JOBS = [work(8)];

const outOf = (pool: object, retries = 3): VirtualClusterOptions => ({
  pools: [{ ...scenarioPool({ desired: 2, cooldownS, retries }), ...pool }],
  jobs: JOBS,
  settings,
});

const GROWING: VirtualClusterOptions = outOf({});
const SHRINKING: VirtualClusterOptions = {
  pools: [scenarioPool({ desired: 4, cooldownS })],
  jobs: JOBS,
  settings,
};

const whole = (nodes: number): PoolStanding => ({
  desired: nodes,
  inService: nodes,
  readyNodes: nodes,
  setAside: [],
  detached: 0,
});

const GROWN = {
  ends: /scale out ended, success/,
  standing: whole(3),
  wishes: ['2→3 UpdateAutoScalingGroup'],
  state: { failure_count: 0, failsafe_mode: false },
};

const SHRUNK = {
  ends: /scale in ended, success/,
  standing: whole(3),
  wishes: ['4→3 DetachInstances'],
  state: { failure_count: 0, failsafe_mode: false },
};

/** No instance that is launched becomes a node: the first only, or any. */
const neverJoins = (cluster: VirtualCluster, all: boolean): Promise<void> => {
  const manners = cluster.pools.clients.manners('workers');
  if (all) manners.joins = 'never';
  else manners.nextJoins = ['never'];
  return Promise.resolve();
};

export const KILL_CASES: readonly KillCase[] = [
  {
    call: 'setting the desired capacity',
    server: 'aws',
    match: () => callsAws('UpdateAutoScalingGroup'),
    cluster: GROWING,
    ...GROWN,
  },
  {
    call: 'terminating an instance that never joined',
    server: 'aws',
    match: () => callsAws('TerminateInstances'),
    cluster: GROWING,
    prepare: (cluster) => neverJoins(cluster, false),
    ...GROWN,
  },
  {
    call: 'detaching an instance that never joined',
    server: 'aws',
    match: () => callsAws('DetachInstances'),
    cluster: outOf({}, 1),
    prepare: (cluster) => neverJoins(cluster, true),
    ends: /scale out ended, failure/,
    standing: { ...whole(2), detached: 1 },
    wishes: ['2→3 UpdateAutoScalingGroup', '3→2 DetachInstances'],
    state: { failure_count: 1, failsafe_mode: true },
  },
  { call: 'draining', server: 'nomad', match: () => drains, cluster: SHRINKING, ...SHRUNK },
  {
    call: 'ending a drain that took too long',
    server: 'nomad',
    match: () => undrains,
    cluster: { pools: [scenarioPool({ desired: 2, cooldownS, faultTolerance: 0 })], settings },
    prepare: async (cluster, eye) => {
      for (const { name } of eye.nodes) await placeBatch(cluster, eye, { node: name });
    },
    ends: /scale in ended, failure/,
    standing: whole(2),
    wishes: [],
    state: { failure_count: 1, failsafe_mode: false },
  },
  {
    call: 'detaching a drained node',
    server: 'aws',
    match: () => callsAws('DetachInstances'),
    cluster: SHRINKING,
    ...SHRUNK,
  },
  {
    call: 'terminating a detached instance',
    server: 'aws',
    match: () => callsAws('TerminateInstances'),
    cluster: SHRINKING,
    ...SHRUNK,
  },
  {
    call: 'draining again before the termination',
    server: 'nomad',
    match: () => nth(2, drains),
    cluster: SHRINKING,
    meanwhile: async (cluster, eye) => {
      await cluster.until(/aws +agent-1 detaches/);
      const [going = ''] = eye.standing.setAside;
      setEligible(cluster, eye, { node: going, eligible: true });
      await cluster.run(500);
    },
    ...SHRUNK,
  },
];
