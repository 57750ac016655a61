import { expect } from 'vitest';
import { type PoolEye, scenarioPool } from '../../support/scenario-pools.ts';
import type { VirtualCluster } from '../../support/virtual-cluster.ts';
import { callsAws } from '../../support/virtual-wire.ts';
import type { CallFault } from '../../../src/simulator/aws/cloud-faults.ts';
import { work } from '../pools/pool-scenes.ts';
import type { PoolStory } from '../pools/pool-story.ts';
import { MINUTE, SECOND } from '../tell-stories.ts';

const settings = { jobScalingDisabled: true };
const shrinking = { pools: [scenarioPool({ desired: 4, cooldownS: 3_600 })], jobs: [work(8)], settings };

type Trouble = readonly [
  what: string,
  begin: (cluster: VirtualCluster) => void,
  end: (cluster: VirtualCluster) => void,
];

const calls =
  (...faults: readonly CallFault[]) =>
  (cluster: VirtualCluster): void => {
    const { cloud } = cluster.pools;
    cloud.faults = { ...cloud.faults, calls: faults };
  };

/** Every answer of that action lacks its lists. */
const withoutLists =
  (action: string) =>
  (cluster: VirtualCluster): void => {
    for (const { aws } of cluster.agents) {
      aws.tamper((request) => {
        if (!callsAws(action)(request)) return undefined;
        const body = `<${action}Response><${action}Result/></${action}Response>`;
        return { status: 200, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': 'r-1' }, body };
      });
    }
  };

const untampered = (cluster: VirtualCluster): void => {
  for (const { aws } of cluster.agents) aws.tamper(undefined);
};

const nomad =
  (faults: Parameters<VirtualCluster['world']['setFaults']>[0]) =>
  (cluster: VirtualCluster): void =>
    cluster.world.setFaults(faults);

const TROUBLES: readonly Trouble[] = [
  ['AWS answers 500', calls({ mode: 'error' }), calls()],
  ['AWS throttles', calls({ mode: 'throttle' }), calls()],
  ['a proxy answers AWS reads with HTML and 200', calls({ mode: 'html' }), calls()],
  ['AWS does not answer', calls({ mode: 'hang' }), calls()],
  ['AWS denies reading', calls({ mode: 'deny' }), calls()],
  ["the group's list is absent from the answer", withoutLists('DescribeAutoScalingGroups'), untampered],
  ['Nomad has no leader', nomad({ hasLeader: false }), nomad({ hasLeader: true })],
  ['Nomad answers 500', nomad({ response: { status: 500, body: 'broken' } }), nomad({ response: null })],
];

/** Unknown is not zero: nothing is asked of AWS or Nomad, and once it can be read the pool goes on. */
async function tellUnread(cluster: VirtualCluster, eye: PoolEye, [what, begin, end]: Trouble): Promise<void> {
  await cluster.run(5 * SECOND);
  cluster.startAgent();
  await cluster.run(8 * SECOND);
  begin(cluster);
  cluster.say(what);
  await cluster.run(10 * MINUTE);
  expect(eye.reason).toBe('unread');
  expect([cluster.awsWrites, cluster.writes, eye.wishes]).toEqual([[], [], []]);
  end(cluster);
  cluster.say('all can be read again');
  await cluster.until(/scale in ended, success/);
  expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
}

const unread = TROUBLES.map((trouble): PoolStory => ({
  title: `${trouble[0]}: the pool is held, and goes in once it can be read`,
  cluster: { ...shrinking, pools: [scenarioPool({ desired: 4, cooldownS: 3_600, threshold: 3 })] },
  tell: (cluster, eye) => tellUnread(cluster, eye, trouble),
}));

export const poolReadStories: readonly PoolStory[] = [
  ...unread,
  {
    title:
      'reads that fail while a node is detached: the operation waits, and is finished when they are back',
    file: 'pool-unread-in-operation',
    cluster: shrinking,
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/detaches/);
      calls({ mode: 'html' })(cluster);
      cluster.say('a proxy answers AWS reads with HTML and 200');
      await cluster.run(5 * MINUTE);
      expect(eye.operation).toMatchObject({ phase: 'detaching' });
      expect(cluster.pools.clients.terminations).toEqual([]);
      calls()(cluster);
      cluster.say('AWS can be read again');
      await cluster.until(/scale in ended, success/);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
    },
  },
  {
    title: 'a group that does not exist is a fault of the policy, with its name and region',
    cluster: {
      ...shrinking,
      pools: [scenarioPool({ desired: 2, meta: { replicator_region: 'eu-west-2' } })],
    },
    tell: async (cluster, eye) => {
      cluster.startAgent();
      await cluster.run(MINUTE);
      expect(eye.reason).toBe('policy');
      expect(cluster.transcript.text()).toMatch(/there is no Auto Scaling group workers in eu-west-2/);
    },
  },
];
