import { describe, expect, test } from 'vitest';
import type { JobRef } from '../../../src/domain/snapshot.ts';
import { adapterOf } from './fake-nomad.ts';
import type { Handler, Seen } from './fake-nomad.ts';
import { createRig, never, rejection } from './harness.ts';
import type { Rig } from './harness.ts';
import { recorded } from './recorded.ts';

function ref(jobId: string, namespace = 'default'): JobRef {
  return { namespace, jobId };
}

function deploymentOf(jobId: string, namespace: string): Record<string, unknown> {
  return { ID: `d-${jobId}`, Namespace: namespace, JobID: jobId, JobSpecModifyIndex: 7, Status: 'running' };
}

function evaluationOf(jobId: string, namespace: string): Record<string, unknown> {
  return { ID: `e-${jobId}`, Namespace: namespace, JobID: jobId, Status: 'complete' };
}

const jobs = ['web', 'api', 'app', 'db', 'cache', 'queue'];

/** Answers for one job by its own paths, and for all by the lists. */
const handler: Handler = ({ path, query }) => {
  const namespace = query.get('namespace') ?? '';
  const [, , , id] = path.split('/');
  const ids = path.startsWith('/v1/job/') ? [decodeURIComponent(id ?? '')] : jobs;
  const make = path.endsWith('deployments') ? deploymentOf : evaluationOf;
  return {
    headers: { 'x-nomad-knownleader': 'true' },
    text: JSON.stringify(ids.map((job) => make(job, namespace))),
  };
};

function rigOf(answer: Handler = handler): Rig & { readonly seen: Seen[] } {
  const seen: Seen[] = [];
  return { ...createRig({ address: 'http://nomad', adapter: adapterOf(answer, seen) }), seen };
}

describe('a rollout', () => {
  test('of one job is asked of that job', async () => {
    const { nomad, drive, seen } = rigOf();
    const rollout = await drive(nomad.readRollout(ref('a/b', 'blue'), never));
    expect(seen.map(({ path, query }) => [path, query.get('namespace')])).toEqual([
      ['/v1/job/a%2Fb/deployments', 'blue'],
      ['/v1/job/a%2Fb/evaluations', 'blue'],
    ]);
    expect(rollout.deployments.map(({ id, specIndex }) => [id, specIndex])).toEqual([['d-a/b', 7]]);
    expect(rollout.evaluations.map(({ id }) => id)).toEqual(['e-a/b']);
  });

  test('of a job without deployments is empty', async () => {
    const { nomad, drive } = rigOf(({ path }) =>
      path.endsWith('deployments')
        ? recorded('deployments', { path: '/v1/job/sys/deployments' })
        : { text: '[]' },
    );
    expect(await drive(nomad.readRollout(ref('sys'), never))).toEqual({ deployments: [], evaluations: [] });
  });

  test('asked for by several at once is read once', async () => {
    const { nomad, drive, seen } = rigOf();
    await drive(Promise.all([1, 2, 3].map(() => nomad.readRollout(ref('web'), never))));
    expect(seen).toHaveLength(2);
  });

  test('of up to four jobs is asked of each; of more, of their namespaces, by name', async () => {
    const few = rigOf();
    await few.drive(Promise.all(jobs.slice(0, 4).map((id) => few.nomad.readRollout(ref(id), never))));
    expect(few.seen).toHaveLength(8);
    const many = rigOf();
    const refs = [...jobs.map((id) => ref(id)), ref('web', 'blue')];
    const rollouts = await many.drive(Promise.all(refs.map((job) => many.nomad.readRollout(job, never))));
    expect(many.seen.map(({ path, query }) => `${query.get('namespace')} ${path}`).toSorted()).toEqual([
      'blue /v1/deployments',
      'blue /v1/evaluations',
      'default /v1/deployments',
      'default /v1/evaluations',
    ]);
    expect(
      rollouts.map(({ deployments }) => deployments.map(({ namespace, jobId }) => `${namespace}:${jobId}`)),
    ).toEqual(refs.map(({ namespace, jobId }) => [`${namespace}:${jobId}`]));
  });

  test('asked for later is read anew', async () => {
    const { nomad, drive, clock, seen } = rigOf();
    await drive(nomad.readRollout(ref('web'), never));
    await clock.advance(1_000);
    await drive(nomad.readRollout(ref('web'), never));
    expect(seen).toHaveLength(4);
  });

  test('from a server that knows no leader is refused: an empty list would say that nothing is under way', async () => {
    const leaderless = { headers: { 'x-nomad-knownleader': 'false' }, text: '[]' };
    const { nomad, drive } = rigOf(() => leaderless);
    expect((await rejection(drive(nomad.readRollout(ref('web'), never)))).kind).toBe('unavailable');
  });

  test('that fails for one job fails for that one only', async () => {
    const { nomad, drive } = rigOf((seen) =>
      seen.path.includes('/api/') ? { status: 403, text: 'no' } : handler(seen),
    );
    const [web, api] = [
      nomad.readRollout(ref('web'), never),
      rejection(nomad.readRollout(ref('api'), never)),
    ];
    expect((await drive(web)).deployments).toHaveLength(1);
    expect((await drive(api)).detail).toMatchObject({ permission: 'namespace:read-job' });
  });

  test('that its caller gives up is given up for that caller only', async () => {
    const { nomad, drive } = rigOf();
    const stop = new AbortController();
    const given = rejection(nomad.readRollout(ref('web'), stop.signal));
    const kept = nomad.readRollout(ref('web'), never);
    stop.abort(new Error('shutting down'));
    expect((await given).kind).toBe('cancelled');
    expect((await drive(kept)).deployments).toHaveLength(1);
  });

  test('of something else than a list is refused', async () => {
    const { nomad, drive } = rigOf(() => ({ text: 'null' }));
    expect((await rejection(drive(nomad.readRollout(ref('web'), never)))).kind).toBe('invalid');
  });
});
