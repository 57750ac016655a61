import { expect } from 'vitest';
import { poolMeta, REGION, scenarioPool } from '../../support/scenario-pools.ts';
import { sized, work } from '../pools/pool-scenes.ts';
import type { PoolStory } from '../pools/pool-story.ts';
import { MINUTE, SECOND } from '../tell-stories.ts';

const settings = { jobScalingDisabled: true };
const KEY = `${REGION}/workers`;
const other = (meta: Record<string, string>): object => ({
  name: 'other',
  meta: { ...poolMeta(), ...meta },
  cpuMhz: 4_000,
  memoryMb: 8_192,
});
/** Nodes whose own meta lacks the notification uid: the policy in KV is the whole policy. */
const partly = { replicator_notification_uid: undefined };

export const poolPolicyStories: readonly PoolStory[] = [
  {
    title: 'members that disagree about their region: the pool is held, and it is said who differs in what',
    cluster: {
      pools: [scenarioPool({ desired: 3, faultTolerance: 0 })],
      nodes: [other({ replicator_region: 'eu-west-9' })],
      settings,
    },
    tell: async (cluster, eye) => {
      cluster.startAgent();
      await cluster.run(5 * MINUTE);
      expect(eye.reason).toBe('policy');
      expect(cluster.transcript.text()).toMatch(/WARN workers: hold: policy.* other differ in region/);
      expect(cluster.awsWrites).toEqual([]);
    },
  },
  {
    title: 'members that disagree about the cooldown: the newest counts, one warning names node and key',
    cluster: {
      pools: [scenarioPool({ desired: 3 })],
      nodes: [other({ replicator_cooldown: '5' })],
      jobs: [work(4)],
      settings,
    },
    tell: async (cluster, eye) => {
      cluster.startAgent();
      await cluster.run(5 * MINUTE);
      expect(eye.reason).not.toBe('policy');
      expect(
        cluster.transcript.count(
          /WARN workers: members disagree, the newest counts: other differ in cooldownMs/,
        ),
      ).toBe(1);
    },
  },
  {
    title: 'a policy in Consul counts where a node lacks one of the keys that name the pool',
    cluster: { pools: [scenarioPool({ desired: 3, faultTolerance: 0, meta: partly })], settings },
    tell: async (cluster, eye) => {
      const document = { ...poolMeta({ faultTolerance: 0 }), replicator_min: 3 };
      cluster.consul.putKey(cluster.keys.poolPolicy('workers'), JSON.stringify(document));
      cluster.startAgent();
      await cluster.run(5 * MINUTE);
      expect([eye.reason, eye.wishes]).toEqual(['asg-min', []]);
      cluster.say('an operator lowers the minimum in Consul');
      cluster.editDocument(cluster.keys.poolPolicy('workers'), { replicator_min: 2 });
      await cluster.until(/scale in ended, success/);
      await cluster.run(5 * MINUTE);
      expect(eye.wishes).toEqual(['3→2 DetachInstances']);
    },
  },
  {
    title: 'a pool without nodes, with a policy in Consul and work that waits: out by one',
    file: 'pool-empty',
    cluster: { pools: [scenarioPool({ min: 0, desired: 1, faultTolerance: 0, meta: partly })], settings },
    tell: async (cluster, eye) => {
      const document = poolMeta({ faultTolerance: 0, cooldownS: 60 });
      cluster.consul.putKey(cluster.keys.poolPolicy('workers'), JSON.stringify(document));
      cluster.startAgent();
      await cluster.run(MINUTE);
      cluster.say('an operator takes the last node away');
      cluster.pools.cloud.update(KEY, { desired: 0 }, 'operator');
      await cluster.run(5 * MINUTE);
      expect(eye.reason).toBe('empty');
      cluster.say('work comes');
      cluster.registerNow(sized({ id: 'web', count: 3, cpuMhz: 1_000 }));
      await cluster.until(/scale out ended, success/);
      await cluster.run(3 * MINUTE);
      expect(eye.wishes.slice(1)).toEqual(['0→1 UpdateAutoScalingGroup']);
      expect(eye.standing).toMatchObject({ desired: 1, inService: 1, readyNodes: 1 });
    },
  },
  {
    title: 'a pool without nodes and without a policy in Consul is left empty',
    cluster: { pools: [scenarioPool({ min: 0, desired: 1, faultTolerance: 0 })], settings },
    tell: async (cluster, eye) => {
      cluster.startAgent();
      await cluster.run(MINUTE);
      cluster.pools.cloud.update(KEY, { desired: 0 }, 'operator');
      cluster.registerNow(sized({ id: 'web', count: 3, cpuMhz: 1_000 }));
      await cluster.run(10 * MINUTE);
      expect([eye.wishes, cluster.awsWrites]).toEqual([['1→0 operator'], []]);
    },
  },
  {
    title: 'failsafe set by an operator in mid-drain stands still, lifted it goes on',
    cluster: { pools: [scenarioPool({ desired: 4, cooldownS: 3_600 })], jobs: [work(8)], settings },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/draining: /);
      cluster.setFlag('failsafe', true);
      await cluster.run(30 * MINUTE);
      expect(eye.operation).toMatchObject({ phase: 'draining' });
      expect(cluster.awsWrites).toEqual([]);
      cluster.setFlag('failsafe', false);
      await cluster.until(/scale in ended, success/);
      expect(eye.standing).toMatchObject({ desired: 3, readyNodes: 3, setAside: [] });
    },
  },
];
