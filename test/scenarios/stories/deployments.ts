import { expect } from 'vitest';
import type { VirtualCluster } from '../../support/virtual-cluster.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';
import { MINUTE, SECOND, type Story } from '../tell-stories.ts';

function runningDeployment(cluster: VirtualCluster): string {
  const found = cluster.world.store.tables.deployments.all().find(({ status }) => status === 'running');
  if (!found) throw new Error('no deployment is running');
  return found.id;
}

const stateKey = 'replicator/config/state/jobs/web/api';

export const deploymentsStories: readonly Story[] = [
  {
    title: 'two failed deployments trip failsafe; after an operator has reset it the group is scaled again',
    file: 'failing-deployments',
    cluster: {
      jobs: [scenarioJob({ cpuMhz: 2_300, max: 6, retries: 2, update: { progressDeadlineS: 90 } })],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(15 * SECOND);
      cluster.setTiming({ startMs: [150_000, 150_000] });
      cluster.say('from now on images take two and a half minutes to come: longer than a deployment may');
      await cluster.until(/failsafe is set/, 30 * MINUTE);
      const scalings = cluster.writes.length;
      cluster.setTiming({ startMs: [2_000, 2_000] });
      cluster.say('images come at once again');
      await cluster.run(3 * MINUTE);
      expect(cluster.writes).toHaveLength(scalings);
      expect(cluster.document(stateKey)).toMatchObject({ failsafe_mode: true, failure_count: 2 });
      cluster.say('an operator resets failsafe');
      cluster.editDocument(stateKey, { failsafe_mode: false, failsafe_admin: false, failure_count: 0 });
      await cluster.until(/ended, success/);
      expect(cluster.document(stateKey)).toMatchObject({ failsafe_mode: false, failure_count: 0 });
    },
  },
  {
    title:
      'no room for 15 min: the count goes back, cooldown, no failure; once there is room the group goes out',
    file: 'full-cluster',
    cluster: {
      nodes: [{ cpuMhz: 1_100 }],
      jobs: [scenarioJob({ cpuMhz: 900, cooldownS: 120, update: { progressDeadlineS: 3_600 } })],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/ended, no-room/, 20 * MINUTE);
      expect(cluster.count('web')).toBe(2);
      expect(cluster.document(stateKey)).toMatchObject({ failsafe_mode: false, failure_count: 0 });
      cluster.world.addNode({});
      cluster.say('a node joins the cluster');
      await cluster.until(/ended, success/);
      expect(cluster.count('web')).toBe(3);
    },
  },
  {
    title: 'room comes while an allocation waits for it: the operation ends well',
    file: 'room-comes-in-time',
    cluster: { nodes: [{ cpuMhz: 1_100 }], jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/an evaluation is blocked/);
      await cluster.run(3 * MINUTE);
      cluster.world.addNode({});
      cluster.say('a node joins the cluster');
      await cluster.until(/ended, success/);
      expect(cluster.count('web')).toBe(3);
    },
  },
  {
    title: 'a deployment that fails for want of room is no failure',
    file: 'full-cluster-progress-deadline',
    cluster: {
      nodes: [{ cpuMhz: 1_100 }],
      jobs: [scenarioJob({ cpuMhz: 900, cooldownS: 600, update: { progressDeadlineS: 300 } })],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/ended, no-room/, 20 * MINUTE);
      expect(cluster.count('web')).toBe(2);
      expect(cluster.document(stateKey)).toMatchObject({ failsafe_mode: false, failure_count: 0 });
      await cluster.run(2 * MINUTE);
    },
  },
  {
    title: 'no room for a group without deployments: the count goes back after 15 min',
    file: 'full-cluster-without-update',
    cluster: {
      nodes: [{ cpuMhz: 1_100 }],
      jobs: [scenarioJob({ cpuMhz: 900, cooldownS: 600, deploys: false })],
    },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/ended, no-room/, 20 * MINUTE);
      expect(cluster.count('web')).toBe(2);
      expect(cluster.document(stateKey)).toMatchObject({ failsafe_mode: false, failure_count: 0 });
      await cluster.run(2 * MINUTE);
    },
  },
  {
    title: "a user's deploy in mid-operation takes its place: the operation is dropped and no failure",
    file: 'superseded',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(5 * SECOND);
      await cluster.register(scenarioJob({ cpuMhz: 900, image: 'registry.example/web:2' }));
      await cluster.until(/ended, dropped/);
      await cluster.run(3 * MINUTE);
      expect(cluster.count('web')).toBe(3);
      expect(cluster.document(stateKey)).toMatchObject({ failsafe_mode: false, failure_count: 0 });
      expect(JSON.stringify(cluster.world.store.job('default', 'web')?.spec.json)).toContain('web:2');
    },
  },
  {
    title: "while a user's deployment is unfinished, also while it is paused, the job is not scaled",
    file: 'deployment-in-the-way',
    cluster: { jobs: [scenarioJob({ cpuMhz: 600, update: { minHealthyS: 30 } })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(MINUTE);
      await cluster.register(
        scenarioJob({ cpuMhz: 900, image: 'registry.example/web:2', update: { minHealthyS: 30 } }),
      );
      await cluster.run(20 * SECOND);
      const id = runningDeployment(cluster);
      await cluster.request('PUT', `/v1/deployment/pause/${id}`, { DeploymentID: id, Pause: true });
      await cluster.run(2 * MINUTE);
      expect(cluster.count('web')).toBe(2);
      await cluster.request('PUT', `/v1/deployment/pause/${id}`, { DeploymentID: id, Pause: false });
      await cluster.until(/ended, success/);
      expect(cluster.count('web')).toBe(3);
    },
  },
  {
    title: 'a deployment of ours that an operator pauses is waited for',
    file: 'paused-deployment',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900, update: { healthyDeadlineS: 400 } })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.run(15 * SECOND);
      cluster.setTiming({ startMs: [240_000, 240_000] });
      cluster.say('from now on images take four minutes to come');
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(5 * SECOND);
      const deployment = runningDeployment(cluster);
      await cluster.request('PUT', `/v1/deployment/pause/${deployment}`, {
        DeploymentID: deployment,
        Pause: true,
      });
      await cluster.run(3 * MINUTE);
      expect(cluster.transcript.count(/its deployment is paused/)).toBe(1);
      await cluster.request('PUT', `/v1/deployment/pause/${deployment}`, {
        DeploymentID: deployment,
        Pause: false,
      });
      await cluster.until(/ended, success/);
    },
  },
  {
    title: "a user's change between our read and our write survives: the request is refused and decided anew",
    file: 'changed-under-our-hands',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900, deploys: false })] },
    tell: async (cluster) => {
      const agent = cluster.startAgent();
      const held = { isHeld: false };
      const release = agent.nomad.hold(
        ({ method, path }) => method === 'PUT' && path === '/v1/jobs',
        () => (held.isHeld = true),
      );
      while (!held.isHeld) await cluster.run(100);
      cluster.say("the agent's request is on its way");
      await cluster.register(scenarioJob({ cpuMhz: 900, deploys: false, image: 'registry.example/web:2' }));
      release();
      await cluster.until(/ended, success/);
      expect(cluster.count('web')).toBe(3);
      expect(JSON.stringify(cluster.world.store.job('default', 'web')?.spec.json)).toContain('web:2');
    },
  },
  {
    title: 'a job that is purged in mid-operation: the operation is dropped, nothing is started again',
    file: 'purged',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(3 * SECOND);
      await cluster.request('DELETE', '/v1/job/web?purge=true');
      await cluster.run(2 * MINUTE);
      expect(cluster.document('replicator/config/operations/jobs/web/api')).toBeUndefined();
      expect(cluster.count('web')).toBeUndefined();
    },
  },
  {
    title: 'a job that is stopped in mid-operation: the operation is dropped, the job stays stopped',
    file: 'stopped-job',
    cluster: { jobs: [scenarioJob({ cpuMhz: 900 })] },
    tell: async (cluster) => {
      cluster.startAgent();
      await cluster.until(/Nomad accepted the count 3/);
      await cluster.run(3 * SECOND);
      await cluster.request('DELETE', '/v1/job/web');
      await cluster.run(2 * MINUTE);
      expect(cluster.world.store.job('default', 'web')?.stop).toBe(true);
      expect(cluster.document('replicator/config/operations/jobs/web/api')).toBeUndefined();
    },
  },
];
