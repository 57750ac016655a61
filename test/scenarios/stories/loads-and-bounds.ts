import { expect } from 'vitest';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { MINUTE, type Story } from '../tell-stories.ts';

const wave = { kind: 'wave', mean: 1_000, amplitude: 800, periodS: 1_200 } as const;

export const loadsAndBoundsStories: readonly Story[] = [
  {
    title: 'a group goes out and in with its load, one step at a time, and rests between two steps',
    file: 'wave',
    cluster: { jobs: [scenarioJob({ cpuMhz: wave })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(20 * MINUTE);
      expect(cluster.transcript.count(/scale out from \d to \d ended, success/)).toBeGreaterThan(1);
      expect(cluster.transcript.count(/scale in from \d to \d ended, success/)).toBeGreaterThan(1);
    },
  },
  {
    title: 'on a Nomad that refuses cleanly the scale endpoint sets the counts',
    file: 'scale-endpoint',
    cluster: {
      nomadVersion: '1.9.3',
      jobs: [
        scenarioJob({
          count: 1,
          max: 2,
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 450],
              [150, 100],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(5 * MINUTE);
      expect(cluster.writes.map(({ path }) => path)).toEqual(['/v1/job/web/scale', '/v1/job/web/scale']);
    },
  },
  {
    title: 'counts outside their bounds are brought inside, in one step each',
    file: 'outside-the-bounds',
    cluster: {
      jobs: [
        scenarioJob({ id: 'low', count: 1, min: 3, max: 5, cpuMhz: 250 }),
        scenarioJob({ id: 'high', count: 6, min: 1, max: 4, cpuMhz: 1_000 }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(3 * MINUTE);
      expect([cluster.count('low'), cluster.count('high')]).toEqual([3, 4]);
    },
  },
  {
    title: 'a count above its maximum is brought down only once every allocation is measured',
    file: 'above-the-maximum-unmeasured',
    cluster: { jobs: [scenarioJob({ count: 4, max: 2, cpuMhz: 1_000 })] },
    tell: async (cluster) => {
      cluster.world.setFaults({ statistics: { mode: 'error', fraction: 0.25 } });
      cluster.say('the statistics of one allocation in four cannot be read');
      cluster.startAgent();
      await cluster.run(2 * MINUTE);
      expect(cluster.count('web')).toBe(4);
      cluster.world.setFaults({ statistics: null });
      cluster.say('all statistics can be read');
      await cluster.run(MINUTE);
      expect(cluster.count('web')).toBe(2);
    },
  },
  {
    title: 'a hot group at its maximum and a cold one at its minimum stay as they are',
    file: 'at-the-bounds',
    cluster: {
      jobs: [
        scenarioJob({ id: 'hot', count: 3, max: 3, cpuMhz: 1_450 }),
        scenarioJob({ id: 'cold', count: 2, min: 2, cpuMhz: 50 }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(5 * MINUTE);
      expect(cluster.writes).toEqual([]);
    },
  },
  {
    title: 'a group that would be too hot with one allocation fewer is left alone',
    file: 'headroom',
    cluster: {
      jobs: [
        scenarioJob({
          count: 2,
          cpuMhz: 450,
          meta: { replicator_scalein_cpu: '50', replicator_scaleout_cpu: '80' },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(3 * MINUTE);
      expect(cluster.writes).toEqual([]);
    },
  },
  {
    title: 'a group at count 0 is parked until somebody starts it',
    file: 'parked',
    cluster: { jobs: [scenarioJob({ count: 0, cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(3 * MINUTE);
      expect(cluster.writes).toEqual([]);
      await cluster.register(scenarioJob({ count: 1, cpuMhz: 900 }));
      await cluster.run(3 * MINUTE);
      expect(cluster.count('web')).toBe(3);
    },
  },
  {
    title: 'a batch job is scaled by registering it again, and waits for its running count',
    file: 'batch',
    cluster: {
      jobs: [
        scenarioJob({
          id: 'crunch',
          type: 'batch',
          count: 1,
          max: 3,
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 1_400],
              [180, 200],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(3 * MINUTE);
      expect(cluster.count('crunch')).toBe(3);
      await cluster.run(4 * MINUTE);
      expect(cluster.count('crunch')).toBe(1);
    },
  },
  {
    title: 'a service without update is scaled without a deployment',
    file: 'without-update',
    cluster: {
      nomadVersion: '1.9.3',
      jobs: [
        scenarioJob({
          deploys: false,
          count: 1,
          max: 2,
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 700],
              [120, 100],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(4 * MINUTE);
      expect(cluster.transcript.count(/deployment/)).toBe(0);
      expect(cluster.count('web')).toBe(1);
    },
  },
  {
    title:
      'jobs of the same id in two namespaces, and one with slashes in its id, are scaled each for itself',
    file: 'namespaces-and-slashes',
    cluster: {
      jobs: [
        scenarioJob({ id: 'web', count: 1, max: 2, cpuMhz: 450 }),
        scenarioJob({ id: 'web', namespace: 'prod', count: 2, max: 4, cpuMhz: 400 }),
        scenarioJob({ id: 'team/a/web', namespace: 'prod', count: 3, max: 4, cpuMhz: 200 }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(3 * MINUTE);
      expect(cluster.count('web')).toBe(2);
      expect(cluster.count('web', 'api', 'prod')).toBe(2);
      expect(cluster.count('team/a/web', 'api', 'prod')).toBe(1);
      const keys = cluster.consul.keys().map(({ key }) => key);
      expect(keys).toContain('replicator/config/state/namespaces/prod/jobs/team/a/web/api');
    },
  },
  {
    title: 'an invalid policy is told once with all its faults, and takes effect when it is mended',
    file: 'invalid-policy',
    cluster: {
      jobs: [
        scenarioJob({ id: 'good', count: 1, max: 2, cpuMhz: 450 }),
        scenarioJob({
          id: 'bad',
          count: 1,
          cpuMhz: 450,
          meta: { replicator_min: undefined, replicator_max: 'many', replicator_scalein_cpu: undefined },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(2 * MINUTE);
      expect(cluster.transcript.count(/ERROR/)).toBe(1);
      expect([cluster.count('good'), cluster.count('bad')]).toEqual([2, 1]);
      await cluster.register(scenarioJob({ id: 'bad', count: 1, max: 2, cpuMhz: 450 }));
      await cluster.run(2 * MINUTE);
      expect(cluster.count('bad')).toBe(2);
    },
  },
  {
    title: 'a policy that is not enabled is evaluated and nothing more',
    file: 'disabled',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900, meta: { replicator_enabled: 'false' } })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(2 * MINUTE);
      expect(cluster.writes).toEqual([]);
    },
  },
];
