import { expect } from 'vitest';
import { scenarioPool } from '../../support/scenario-pools.ts';
import { placeBatch, placeOn, setEligible, sized, work } from '../pools/pool-scenes.ts';
import type { PoolStory } from '../pools/pool-story.ts';
import { MINUTE, SECOND } from '../tell-stories.ts';

const settings = { jobScalingDisabled: true };
const shrinking = { pools: [scenarioPool({ desired: 4 })], jobs: [work(8)], settings };

export const poolDrainStories: readonly PoolStory[] = [
  {
    title: 'a pool that is too large gives a node back: drained, detached, terminated',
    file: 'pool-in',
    cluster: shrinking,
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/scale in ended, success/);
      await cluster.run(3 * MINUTE);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
      expect(cluster.pools.clients.terminations).toMatchObject([
        { by: 'TerminateInstances', allocations: [] },
      ]);
    },
  },
  {
    title: 'batch work that does not end: the drain is undone, the failure counted, nothing terminated',
    file: 'pool-stuck-drain',
    cluster: { pools: [scenarioPool({ desired: 2, faultTolerance: 0 })], settings },
    tell: async (cluster, eye) => {
      await cluster.run(SECOND);
      await placeBatch(cluster, eye, { node: 'workers-1', runsS: 3_600 });
      await placeBatch(cluster, eye, { node: 'workers-2', runsS: 3_600 });
      cluster.startAgent();
      await cluster.until(/scale in ended, failure/, 20 * MINUTE);
      expect(cluster.transcript.lines.at(-1)).toMatch(/it could not be drained in time \(failures: 1\)/);
      expect(eye.standing).toEqual({ desired: 2, inService: 2, readyNodes: 2, setAside: [], detached: 0 });
      expect(eye.state).toMatchObject({ failure_count: 1, failsafe_mode: false });
      expect(Object.keys(eye.state['failed_drains'] as object)).toEqual([eye.node('workers-1').id]);
      expect(cluster.pools.clients.terminations).toEqual([]);
      await cluster.run(30 * SECOND);
      expect(eye.reason).toBe('backoff');
      expect(cluster.transcript.text()).not.toMatch(/without a ready node/);
      expect([eye.workOn('workers-1').length, eye.workOn('workers-2').length]).toEqual([1, 1]);
    },
  },
  {
    title: 'batch work that runs for an hour, and a drain that waits for it: the node goes when it is empty',
    cluster: {
      pools: [scenarioPool({ desired: 2, faultTolerance: 0 })],
      settings: { ...settings, drainDeadlineMs: 7_200_000 },
    },
    tell: async (cluster, eye) => {
      await cluster.run(SECOND);
      await placeBatch(cluster, eye, { node: 'workers-1', runsS: 3_600 });
      await placeBatch(cluster, eye, { node: 'workers-2', runsS: 7_000 });
      cluster.startAgent();
      await cluster.run(50 * MINUTE);
      expect(eye.operation).toMatchObject({ direction: 'in', phase: 'draining' });
      expect(cluster.pools.clients.terminations).toEqual([]);
      await cluster.until(/scale in ended, success/, 20 * MINUTE);
      expect(cluster.clock.monotonicMs()).toBeGreaterThan(3_600 * SECOND);
      expect(eye.workOn('workers-2')).toHaveLength(1);
    },
  },
  {
    title: 'work comes back between drain and termination: drained again, as long as it takes',
    file: 'pool-work-returns',
    cluster: { ...shrinking, pools: [scenarioPool({ desired: 4, cooldownS: 3_600 })] },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/detaches/);
      const [node = ''] = eye.standing.setAside;
      cluster.say(`an operator makes ${node} eligible, and it is given batch work for 20 minutes`);
      setEligible(cluster, eye, { node, eligible: true });
      const job = sized({ id: 'late', type: 'batch', count: 1, cpuMhz: 500, runsS: 1_200 });
      await placeOn(cluster, eye, { node, job });
      expect(eye.workOn(node)).toHaveLength(1);
      await cluster.run(18 * MINUTE);
      expect(cluster.pools.clients.terminations).toEqual([]);
      expect(eye.workOn(node)).toHaveLength(1);
      await cluster.until(/scale in ended, success/);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
    },
  },
  {
    title: 'an operator makes a node eligible before it is detached: it stays, and no failure is counted',
    cluster: { pools: [scenarioPool({ desired: 2, faultTolerance: 0 })], settings },
    tell: async (cluster, eye) => {
      await cluster.run(SECOND);
      await placeBatch(cluster, eye, { node: 'workers-1', runsS: 3_600 });
      await placeBatch(cluster, eye, { node: 'workers-2', runsS: 3_600 });
      cluster.startAgent();
      await cluster.until(/drain workers-1/);
      await cluster.run(2 * MINUTE);
      cluster.world.nodes.drain(eye.node('workers-1'), { spec: null, markEligible: true });
      await cluster.until(/scale in ended, dropped/);
      expect(eye.state).toMatchObject({ failure_count: 0 });
      expect(eye.standing).toMatchObject({ desired: 2, readyNodes: 2, setAside: [] });
    },
  },
  {
    title: 'work comes while a node is drained: the drain is undone, because the room is needed',
    file: 'pool-drain-undone',
    cluster: {
      pools: [scenarioPool({ desired: 3, faultTolerance: 0, max: 3, cooldownS: 600 })],
      settings,
    },
    tell: async (cluster, eye) => {
      await cluster.run(SECOND);
      for (const node of ['workers-1', 'workers-2', 'workers-3']) {
        await placeBatch(cluster, eye, { node, runsS: 3_600 });
      }
      cluster.startAgent();
      await cluster.until(/drain workers-1/);
      await cluster.run(MINUTE);
      cluster.say('work comes that takes the two other nodes');
      cluster.registerNow(sized({ id: 'much', count: 2, cpuMhz: 3_500 }));
      await cluster.until(/scale in ended, dropped/);
      expect(eye.standing).toMatchObject({ desired: 3, inService: 3, readyNodes: 3, setAside: [] });
      expect(eye.state).toMatchObject({ failure_count: 0 });
    },
  },
  {
    title:
      'an idle node goes first, then the one with the lowest share in use; those with batch work after all others',
    cluster: { pools: [scenarioPool({ desired: 4, faultTolerance: 0, min: 1, cooldownS: 0 })], settings },
    tell: async (cluster, eye) => {
      await cluster.run(SECOND);
      await placeBatch(cluster, eye, { node: 'workers-1' });
      const placed = { 'workers-2': 1_000, 'workers-4': 700 };
      for (const [node, cpuMhz] of Object.entries(placed)) {
        await placeOn(cluster, eye, { node, job: sized({ id: `on-${node}`, count: 1, cpuMhz }) });
      }
      cluster.startAgent();
      await cluster.until(/scale in from 4 to 3, workers-3 /);
      await cluster.until(/scale in from 3 to 2, workers-4 /);
      await cluster.until(/scale in from 2 to 1, workers-2 /);
      await cluster.until(/scale in ended, success/);
      await cluster.run(MINUTE);
      expect(eye.standing).toEqual({ desired: 1, inService: 1, readyNodes: 1, setAside: [], detached: 0 });
      expect(eye.workOn('workers-1')).toHaveLength(3);
      expect(eye.wishes).toEqual(['4→3 DetachInstances', '3→2 DetachInstances', '2→1 DetachInstances']);
    },
  },
];
