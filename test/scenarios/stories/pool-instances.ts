import { expect } from 'vitest';
import { type PoolEye, poolMeta, REGION, scenarioPool } from '../../support/scenario-pools.ts';
import type { VirtualCluster } from '../../support/virtual-cluster.ts';
import { placeOn, setEligible, sized, work } from '../pools/pool-scenes.ts';
import type { PoolStory } from '../pools/pool-story.ts';
import { MINUTE, SECOND } from '../tell-stories.ts';

const settings = { jobScalingDisabled: true };
const KEY = `${REGION}/workers`;
const growing = { pools: [scenarioPool({ desired: 2, cooldownS: 3_600 })], jobs: [work(8)], settings };
const extra = { name: 'extra', address: '10.99.0.1', meta: poolMeta(), cpuMhz: 4_000, memoryMb: 8_192 };
const spacious = { pools: [scenarioPool({ desired: 3, faultTolerance: 0 })], nodes: [extra], settings };

/** A foreign instance has the address, or none of the group's has the node's: it stays, whatever else may go. */
async function tellStranger(cluster: VirtualCluster, eye: PoolEye, address: string): Promise<void> {
  const { cloud, clients } = cluster.pools;
  cloud.addInstance({ region: REGION, addresses: [address] });
  for (const id of eye.members) cloud.protect(KEY, true, id);
  cluster.startAgent();
  await cluster.run(10 * MINUTE);
  expect(eye.reason).toBe('unknown-instance');
  expect(cluster.transcript.text()).toMatch(
    /WARN workers: hold: unknown-instance.*extra stays: unknown-instance/,
  );
  expect([clients.terminations, cluster.awsWrites, cluster.writes]).toEqual([[], [], []]);
  for (const id of eye.members) cloud.protect(KEY, false, id);
  await cluster.until(/scale in ended, success/);
  const found = cluster.world.store.tables.nodes.all().find(({ name }) => name === 'extra');
  expect(found).toMatchObject({ status: 'ready', eligible: true });
}

const strangers = [
  { what: 'whose private address belongs to a foreign instance', address: extra.address },
  { what: 'whose instance nobody knows', address: '10.99.0.2' },
].map(({ what, address }): PoolStory => ({
  title: `a node ${what} is never removed: unknown-instance`,
  cluster: spacious,
  tell: (cluster, eye) => tellStranger(cluster, eye, address),
}));

export const poolInstanceStories: readonly PoolStory[] = [
  ...strangers,
  {
    title: 'nodes that know their instance by nothing but their address: found, and removed rightly',
    cluster: {
      pools: [scenarioPool({ desired: 4, joins: 'address-only', cooldownS: 3_600 })],
      jobs: [work(8)],
      settings,
    },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/scale in ended, success/);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
      expect(cluster.pools.clients.terminations).toMatchObject([{ allocations: [], isEligible: false }]);
    },
  },
  {
    title: 'an instance that joins by the address of its second interface has joined',
    cluster: { ...growing, pools: [scenarioPool({ desired: 2, interfaces: 2, cooldownS: 3_600 })] },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.pools.clients.manners('workers').nextJoins = ['second-address'];
      cluster.startAgent();
      await cluster.until(/scale out ended, success/);
      expect(eye.standing).toMatchObject({ desired: 3, inService: 3, readyNodes: 3 });
      expect(eye.state).toMatchObject({ failure_count: 0 });
    },
  },
  {
    title: 'an instance joins under an address that nobody expects: nothing is terminated, failsafe is set',
    file: 'pool-unidentified',
    cluster: growing,
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.pools.clients.manners('workers').nextJoins = ['stranger'];
      cluster.startAgent();
      await cluster.until(/failsafe is set/, 15 * MINUTE);
      await cluster.run(10 * MINUTE);
      expect(cluster.transcript.text()).toMatch(/unidentified-node: workers-3 registered since/);
      expect(eye.state).toMatchObject({ failsafe_mode: true });
      expect(eye.operation).toMatchObject({ phase: 'joining' });
      expect(cluster.pools.clients.terminations).toEqual([]);
      expect(eye.wishes).toEqual(['2→3 UpdateAutoScalingGroup']);
    },
  },
  {
    title: 'a node without an instance while an instance has no node: they may be one, none is removed',
    cluster: { pools: [scenarioPool({ desired: 3, faultTolerance: 0, joins: 'stranger' })], settings },
    tell: async (cluster, eye) => {
      cluster.startAgent();
      await cluster.run(10 * MINUTE);
      expect(eye.reason).toBe('unidentified-node');
      expect([cluster.awsWrites, cluster.writes]).toEqual([[], []]);
    },
  },
  {
    title: 'a new node that is set aside before it was ever ready: what runs there is drained before its end',
    file: 'pool-set-aside-newcomer',
    cluster: growing,
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/waiting for i-#\d+ to become/);
      while (eye.nodes.length < 3) await cluster.run(100);
      await placeOn(cluster, eye, {
        node: 'workers-3',
        job: sized({ id: 'quick', count: 2, cpuMhz: 600 }),
      });
      setEligible(cluster, eye, { node: 'workers-3', eligible: false });
      cluster.say('an operator makes workers-3 ineligible, with work on it');
      expect(eye.workOn('workers-3').length).toBeGreaterThan(0);
      await cluster.until(/terminates/, 15 * MINUTE);
      await cluster.until(/scale out ended, success/, 15 * MINUTE);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
    },
  },
  {
    title:
      'instances that never join: replaced, then detached at the threshold and left for a person to look at',
    file: 'pool-never-joins',
    cluster: { ...growing, pools: [scenarioPool({ desired: 2, cooldownS: 60, retries: 2 })] },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      const manners = cluster.pools.clients.manners('workers');
      manners.joins = 'never';
      cluster.startAgent();
      await cluster.until(/scale out ended, failure/, 40 * MINUTE);
      expect(eye.standing).toEqual({ desired: 2, inService: 2, readyNodes: 2, setAside: [], detached: 1 });
      expect(eye.state).toMatchObject({ failure_count: 2, failsafe_mode: true });
      await cluster.run(10 * MINUTE);
      expect(eye.wishes).toEqual(['2→3 UpdateAutoScalingGroup', '3→2 DetachInstances']);
      cluster.say('the image is mended, an operator resets failsafe');
      manners.joins = 'ordinary';
      cluster.editDocument(cluster.keys.poolState('workers'), { failsafe_mode: false, failure_count: 0 });
      await cluster.until(/scale out ended, success/);
      expect(eye.standing).toMatchObject({ desired: 3, readyNodes: 3, detached: 1 });
    },
  },
  {
    title:
      'launches that fail: counted with what the group says, nothing requested twice; lifted, it goes on',
    file: 'pool-failed-launches',
    cluster: growing,
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      const { cloud } = cluster.pools;
      cloud.configure(KEY, {
        failLaunches: Infinity,
        launchFailure: 'You have requested more vCPU capacity than your limit.',
      });
      cluster.startAgent();
      await cluster.until(/failsafe is set/, 20 * MINUTE);
      expect(eye.state).toMatchObject({ failure_count: 3, failsafe_mode: true });
      await cluster.run(5 * MINUTE);
      expect(eye.operation).toMatchObject({ phase: 'launching', from: 2, to: 3 });
      cluster.say('the limit is raised, an operator resets failsafe');
      cloud.configure(KEY, { failLaunches: 0 });
      cluster.editDocument(cluster.keys.poolState('workers'), { failsafe_mode: false, failure_count: 0 });
      await cluster.until(/scale out ended, success/);
      expect(eye.wishes).toEqual(['2→3 UpdateAutoScalingGroup']);
      expect(eye.standing).toMatchObject({ desired: 3, inService: 3, readyNodes: 3 });
      expect(cluster.transcript.text()).toMatch(/0 of 1 instances were launched in time: .*vCPU/);
    },
  },
];
