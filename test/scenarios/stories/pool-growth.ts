import { expect } from 'vitest';
import { REGION, scenarioPool } from '../../support/scenario-pools.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { callsAws } from '../../support/virtual-wire.ts';
import { placeBatch, sized, work } from '../pools/pool-scenes.ts';
import type { PoolStory } from '../pools/pool-story.ts';
import { MINUTE, SECOND } from '../tell-stories.ts';

const settings = { jobScalingDisabled: true };

export const poolGrowthStories: readonly PoolStory[] = [
  {
    title:
      'a request that a proxy holds for a minute, while another agent scales on: the desired capacity never falls',
    file: 'pool-late-request',
    cluster: { pools: [scenarioPool({ desired: 2, cooldownS: 0 })], jobs: [work(16)], settings },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      const first = cluster.startAgent();
      let heldMs = 0;
      const release = first.aws.hold(callsAws('UpdateAutoScalingGroup'), () => {
        heldMs = cluster.clock.monotonicMs();
        cluster.say('the request is held up on its way');
      });
      await cluster.until(/held up/);
      cluster.say('agent-1 is killed');
      first.kill();
      cluster.startAgent();
      await cluster.run(heldMs + MINUTE - cluster.clock.monotonicMs());
      cluster.say('the request of agent-1 arrives');
      release();
      await cluster.until(/scale out from 3 to 4/);
      await cluster.until(/scale out ended, success: .* joined/);
      await cluster.run(3 * MINUTE);
      expect(eye.wishes).toEqual(['2→3 UpdateAutoScalingGroup', '3→4 UpdateAutoScalingGroup']);
      expect(cluster.awsWrites.map(({ who }) => who)).toEqual(['agent-2', 'agent-1', 'agent-2']);
      expect(eye.standing).toEqual({ desired: 4, inService: 4, readyNodes: 4, setAside: [], detached: 0 });
    },
  },
  {
    title: 'a lost answer keeps the operation open for two minutes, although the node has long joined',
    cluster: { pools: [scenarioPool({ desired: 2, cooldownS: 0 })], jobs: [work(16)], settings },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      const agent = cluster.startAgent();
      agent.aws.loseAnswer(callsAws('UpdateAutoScalingGroup'));
      await cluster.until(/sets workers to 3: accepted/);
      const sentMs = cluster.clock.monotonicMs();
      await cluster.until(/a call whose answer was lost may still arrive, waiting for that/);
      await cluster.until(/scale out ended, success/);
      expect(cluster.clock.monotonicMs() - sentMs).toBeGreaterThanOrEqual(120 * SECOND);
      expect(eye.wishes).toEqual(['2→3 UpdateAutoScalingGroup']);
    },
  },
  {
    title: 'an idle pool of one with fault tolerance 1 does not grow',
    cluster: { pools: [scenarioPool({ desired: 1 })], settings },
    tell: async (cluster, eye) => {
      cluster.startAgent();
      await cluster.run(30 * MINUTE);
      expect([eye.wishes, cluster.writes, eye.reason]).toEqual([[], [], 'steady']);
    },
  },
  {
    title: 'one dead client among ten at full load: the pool still grows',
    cluster: {
      pools: [scenarioPool({ desired: 10, max: 12, cooldownS: 3_600 })],
      jobs: [sized({ id: 'web', count: 80, cpuMhz: 500 })],
      settings,
    },
    tell: async (cluster, eye) => {
      await cluster.run(20 * MINUTE);
      cluster.world.nodes.silence(eye.node('workers-4').id, 'dead');
      await cluster.run(MINUTE);
      expect(eye.node('workers-4').status).toBe('down');
      cluster.startAgent();
      await cluster.until(/scale out ended, success/);
      expect(cluster.transcript.count(/WARN workers: instances without a ready node/)).toBe(1);
      expect(eye.standing).toMatchObject({ desired: 11, inService: 11, readyNodes: 10 });
      await cluster.run(MINUTE);
      const running = eye.nodes.flatMap(({ name, status }) => (status === 'ready' ? eye.workOn(name) : []));
      expect(running).toHaveLength(80);
    },
  },
  {
    title: '12 × 1,500 MHz that wait: one request, six nodes more',
    file: 'pool-pending',
    cluster: {
      pools: [scenarioPool({ desired: 1, node: { memoryMb: 2_048 } })],
      jobs: [sized({ id: 'full', count: 1, cpuMhz: 4_000 })],
      settings,
    },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.registerNow(sized({ id: 'batch', type: 'batch', count: 12, cpuMhz: 1_500, memoryMb: 512 }));
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/scale out ended, success/);
      await cluster.run(MINUTE);
      expect(eye.wishes).toEqual(['1→7 UpdateAutoScalingGroup']);
      expect(cluster.awsWrites).toHaveLength(1);
      expect(eye.standing).toMatchObject({ desired: 7, inService: 7, readyNodes: 7 });
    },
  },
  {
    title: 'work that waits and that no empty node would hold asks for nothing, and it is said why',
    cluster: { pools: [scenarioPool({ desired: 1, faultTolerance: 0 })], settings },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.registerNow(sized({ id: 'large', count: 1, cpuMhz: 5_000 }));
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.run(10 * MINUTE);
      expect(eye.wishes).toEqual([]);
      expect(cluster.transcript.text()).toMatch(
        /large\/main waits with 1, 0 count \(5000 MHz.* is more than an empty node has/,
      );
    },
  },
  {
    title: 'one pool drains for an hour: the other grows meanwhile, and jobs are scaled',
    cluster: {
      pools: [
        scenarioPool({ name: 'slow', desired: 2, faultTolerance: 0, node: { nodeClass: 'slow' } }),
        scenarioPool({ desired: 2, cooldownS: 60, node: { nodeClass: 'workers' } }),
      ],
      jobs: [],
      settings: { drainDeadlineMs: 7_200_000 },
    },
    tell: async (cluster, eye) => {
      const slow = eye.of('slow');
      await cluster.run(SECOND);
      await placeBatch(cluster, slow, { node: 'slow-1', runsS: 3_600, nodeClass: 'slow' });
      await placeBatch(cluster, slow, { node: 'slow-2', runsS: 7_200, nodeClass: 'slow' });
      cluster.startAgent();
      await cluster.until(/slow: scale in: draining/);
      await cluster.run(30 * MINUTE);
      const job = scenarioJob({ count: 8, max: 9, cpuMhz: 4_500, deploys: false, nodeClass: 'workers' });
      cluster.registerNow(job);
      await cluster.until(/workers: scale out ended, success/);
      expect(cluster.count('web')).toBe(9);
      expect(eye.standing).toMatchObject({ desired: 3, readyNodes: 3 });
      expect(slow.operation).toMatchObject({ direction: 'in', phase: 'draining' });
      await cluster.until(/slow: scale in ended, success/, 60 * MINUTE);
      expect(slow.standing).toMatchObject({ desired: 1, readyNodes: 1, setAside: [] });
    },
  },
  {
    title: 'a pause freezes a scale-in where it is; lifted, it goes on',
    file: 'pool-paused',
    cluster: { pools: [scenarioPool({ desired: 4, cooldownS: 3_600 })], jobs: [work(8)], settings },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.until(/is drained and empty/);
      cluster.setFlag('paused', true);
      await cluster.run(30 * MINUTE);
      expect(eye.operation).toMatchObject({
        phase: 'detaching',
        frozen: expect.stringContaining('paused') as string,
      });
      expect(cluster.awsWrites).toEqual([]);
      cluster.setFlag('paused', false);
      await cluster.until(/scale in ended, success/);
      expect(eye.standing).toEqual({ desired: 3, inService: 3, readyNodes: 3, setAside: [], detached: 0 });
    },
  },
  {
    title: "the acting agent's own node is not removed, nor any while its place is not known",
    cluster: {
      pools: [scenarioPool({ desired: 3, faultTolerance: 0, cooldownS: 0 })],
      jobs: [sized({ id: 'replicator', count: 1, cpuMhz: 100 })],
      settings,
    },
    tell: async (cluster, eye) => {
      await cluster.run(5 * SECOND);
      const here = eye.nodes.flatMap(({ name }) => eye.workOn(name).map(({ id }) => ({ name, id })))[0];
      const agent = cluster.startAgent('agent-1', 'ffffffff-0000-0000-0000-000000000000');
      await cluster.run(5 * MINUTE);
      expect(eye.reason).toBe('protected');
      await agent.stop();
      cluster.startAgent('agent-2', here?.id ?? '');
      await cluster.until(/scale in from 2 to 1/, 15 * MINUTE);
      await cluster.until(/scale in ended, success/);
      await cluster.run(10 * MINUTE);
      expect(eye.standing).toMatchObject({ desired: 1, inService: 1, readyNodes: 1 });
      expect(eye.node(here?.name ?? '')).toMatchObject({ status: 'ready', eligible: true });
    },
  },
  {
    title: 'a group that AWS may level out over its zones is warned of once',
    cluster: {
      pools: [scenarioPool({ desired: 2, zones: [`${REGION}a`, `${REGION}b`] })],
      jobs: [work(4)],
      settings,
    },
    tell: async (cluster) => {
      await cluster.run(5 * SECOND);
      cluster.startAgent();
      await cluster.run(10 * MINUTE);
      expect(cluster.transcript.count(/WARN workers: .*AZRebalance is not suspended/)).toBe(1);
    },
  },
];
