import { expect } from 'vitest';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { MINUTE, SECOND, type Story } from '../tell-stories.ts';

const cold = { cpuMhz: 100, memoryMb: 200 };

export const outagesStories: readonly Story[] = [
  {
    title: 'statistics that are lost are never a reason to go in; when they are back the group goes on',
    file: 'statistics-lost',
    cluster: { jobs: [scenarioJob({ count: 3, cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(30 * SECOND);
      cluster.world.setFaults({ statistics: { mode: 'error' } });
      cluster.setLoad({ jobId: 'web', group: 'api' }, cold);
      cluster.say('no statistics can be read; the load goes down');
      await cluster.run(5 * MINUTE);
      expect(cluster.writes).toEqual([]);
      cluster.world.setFaults({ statistics: null });
      cluster.say('statistics can be read');
      await cluster.run(2 * MINUTE);
      expect(cluster.count('web')).toBeLessThan(3);
    },
  },
  {
    title: 'with half of the statistics a hot group goes out and a cold one does not go in',
    file: 'statistics-half-lost',
    cluster: {
      jobs: [
        scenarioJob({ id: 'hot', count: 2, max: 3, cpuMhz: 950 }),
        scenarioJob({ id: 'cold', count: 2, cpuMhz: 100 }),
      ],
    },
    tell: async (cluster) => {
      cluster.world.setFaults({ statistics: { mode: 'error', fraction: 0.5 } });
      cluster.say('half of the statistics cannot be read');
      cluster.startAgent();
      await cluster.run(4 * MINUTE);
      expect([cluster.count('hot'), cluster.count('cold')]).toEqual([3, 2]);
    },
  },
  {
    title: 'statistics that hang, or stand still for 30 s, count as lost',
    file: 'statistics-hang',
    cluster: {
      jobs: [
        scenarioJob({
          id: 'hung',
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 600],
              [155, 100],
            ],
          },
        }),
        scenarioJob({ id: 'other', count: 1, max: 3, cpuMhz: 600 }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(30 * SECOND);
      cluster.world.setFaults({ statistics: { mode: 'hang', jobs: ['hung'] } });
      cluster.say('the statistics of one job hang');
      await cluster.run(2 * MINUTE);
      cluster.world.setFaults({ statistics: { mode: 'stale', jobs: ['hung'] } });
      cluster.say('they are answered, always with the same sample; the load goes down');
      await cluster.run(2 * MINUTE);
      expect(cluster.count('hung')).toBe(2);
      cluster.world.setFaults({ statistics: null });
      cluster.say('statistics can be read');
      await cluster.run(MINUTE);
      expect(cluster.count('hung')).toBe(1);
    },
  },
  {
    title: "the agent's clock is set back an hour: the cooldown is kept, and nothing waits for an hour",
    file: 'clock-back',
    cluster: {
      jobs: [
        scenarioJob({
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 900],
              [100, 200],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(5 * SECOND);
      agent.setWallAheadMs(-60 * MINUTE);
      cluster.say("agent-1's clock is set back an hour");
      await cluster.until(/scale in from 3 to 2 ended, success/, 5 * MINUTE);
    },
  },
  {
    title:
      "the agent's clock is set forward an hour: nothing is sent until the lease is renewed, no cooldown is waited for",
    file: 'clock-forward',
    cluster: {
      jobs: [
        scenarioJob({ max: 3, cooldownS: 600, cpuMhz: 900 }),
        scenarioJob({ id: 'other', count: 1, cpuMhz: 225 }),
      ],
    },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.run(19_755);
      agent.setWallAheadMs(60 * MINUTE);
      cluster.say("agent-1's clock is set forward an hour, 5 ms before a scaling is due");
      await cluster.run(4 * SECOND);
      expect(cluster.writes).toEqual([]);
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(5 * SECOND);
      agent.setWallAheadMs(120 * MINUTE);
      cluster.setLoad({ jobId: 'web', group: 'api' }, cold);
      cluster.say("agent-1's clock is set forward another hour; the load goes down");
      await cluster.until(/scale in from 3 to 2 ended, success/, 5 * MINUTE);
      expect(cluster.transcript.count(/ended, failure/)).toBe(0);
    },
  },
  {
    title: 'a clock that was set back while nothing fits: no-room is found in time all the same',
    file: 'clock-back-no-room',
    cluster: {
      nodes: [{ cpuMhz: 1_100 }],
      jobs: [scenarioJob({ cpuMhz: 900, cooldownS: 600, update: { progressDeadlineS: 3_600 } })],
    },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      await cluster.until(/an evaluation is blocked/);
      await cluster.run(MINUTE);
      agent.setWallAheadMs(-60 * MINUTE);
      cluster.say("agent-1's clock is set back an hour");
      await cluster.until(/ended, no-room/, 17 * MINUTE);
      expect(cluster.count('web')).toBe(2);
    },
  },
  {
    title: 'Nomad has no leader for a minute: nothing is scaled meanwhile',
    file: 'nomad-without-leader',
    cluster: {
      jobs: [
        scenarioJob({
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 600],
              [60, 900],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(45 * SECOND);
      cluster.world.setFaults({ hasLeader: false });
      cluster.say('Nomad has no leader; the load rises');
      await cluster.run(MINUTE);
      expect(cluster.writes).toEqual([]);
      cluster.world.setFaults({ hasLeader: true });
      cluster.say('Nomad has a leader again');
      await cluster.until(/ended, success/);
    },
  },
  {
    title:
      'Consul has no leader for a minute: the lease ends, nothing is scaled, then the lock is held again',
    file: 'consul-without-leader',
    cluster: {
      jobs: [
        scenarioJob({
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 600],
              [60, 900],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(45 * SECOND);
      cluster.consul.setNoLeader(true);
      cluster.say('Consul has no leader; the load rises');
      await cluster.run(MINUTE);
      expect(cluster.writes).toEqual([]);
      cluster.consul.setNoLeader(false);
      cluster.say('Consul has a leader again');
      await cluster.until(/ended, success/);
    },
  },
  {
    title: 'Nomad is restored from a backup, its indexes start over: scaling goes on',
    file: 'index-reset',
    cluster: {
      jobs: [
        scenarioJob({
          cpuMhz: {
            kind: 'steps',
            steps: [
              [0, 600],
              [60, 900],
            ],
          },
        }),
      ],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(45 * SECOND);
      cluster.world.restoreIndexes(0.4);
      cluster.say('Nomad is restored: every index is lower');
      await cluster.until(/ended, success/);
      expect(cluster.count('web')).toBe(3);
    },
  },
  {
    title: 'indexes start over in mid-operation: it is confirmed by the count',
    file: 'index-reset-in-operation',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(3 * SECOND);
      cluster.world.restoreIndexes(0.4);
      cluster.say('Nomad is restored: every index is lower');
      await cluster.until(/ended, success/, 20 * MINUTE);
      expect(cluster.writes.filter(({ path }) => path === '/v1/jobs')).toHaveLength(1);
    },
  },
];
