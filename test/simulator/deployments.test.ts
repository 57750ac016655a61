import { describe, expect, test } from 'vitest';
import { allocationsOf, cluster, job, jobOf, latest, QUICK, runningOf, scale, states } from './cluster.ts';
import type { Cluster } from './cluster.ts';

const SECOND = 1_000_000_000;

/** Another version: the same job with another environment. */
const version = (number: number, more: object = {}): any =>
  job({ count: 3, env: { NUMBER: String(number) }, ...more });

const crashing = (more: object = {}): any =>
  version(9, {
    driver: 'raw_exec',
    config: { command: '/bin/sh', args: ['-c', 'exit 1'] },
    restart: { Attempts: 0, Mode: 'fail' },
    ...more,
  });

async function deployed(more: object = {}): Promise<Cluster> {
  const own = cluster([{}, {}, {}]);
  own.world.jobs.register(version(0, more));
  await own.clock.advance(15_000);
  expect(latest(own).status).toBe('successful');
  return own;
}

describe('deployments', () => {
  test('end well when all are healthy, and make the version stable', async () => {
    const own = cluster([{}]);
    own.world.jobs.register(version(0));
    await own.clock.advance(300);
    const started = latest(own);
    expect(started).toMatchObject({ status: 'running', jobSpecModifyIndex: jobOf(own).jobModifyIndex });
    expect(started.groups['g']).toMatchObject({ desiredTotal: 3, placed: 3, healthy: 0 });
    await own.clock.advance(15_000);
    expect(latest(own).groups['g']).toMatchObject({ healthy: 3, unhealthy: 0 });
    expect(latest(own)).toMatchObject({ id: started.id, status: 'successful' });
    expect(jobOf(own).stable).toBe(true);
  });

  test('move the time by which to progress with every healthy allocation', async () => {
    const own = cluster([{}]);
    own.world.jobs.register(version(0));
    await own.clock.advance(300);
    const first = latest(own).groups['g']?.requireProgressByNs ?? 0n;
    await own.clock.advance(10_000);
    const last = latest(own).groups['g']?.requireProgressByNs ?? 0n;
    expect(Number(last - first) / SECOND).toBeGreaterThan(1.5);
  });

  test('replace no more than allowed at a time, the next when the last is healthy', async () => {
    const own = await deployed();
    own.world.jobs.register(version(1));
    let mostMissing = 0;
    for (let step = 0; step < 300; step += 1) {
      await own.clock.advance(100);
      mostMissing = Math.max(mostMissing, 3 - runningOf(own).length);
    }
    expect(mostMissing).toBe(1);
    expect(latest(own)).toMatchObject({ status: 'successful', jobVersion: 1 });
    expect(runningOf(own).map((row) => row.job.version)).toEqual([1, 1, 1]);
    const replaced = allocationsOf(own).filter((row) => row.desiredStatus === 'stop');
    expect(replaced.map((row) => row.desiredDescription)).toEqual(
      replaced.map(() => 'alloc is being updated due to job update'),
    );
  });

  test('of a new count alone replace nothing: allocations are told of the version where they are', async () => {
    const own = await deployed();
    const before = allocationsOf(own).map((row) => row.id);
    scale(own, 4);
    await own.clock.advance(300);
    expect(
      allocationsOf(own)
        .slice(0, 3)
        .map((row) => row.id),
    ).toEqual(before);
    expect(allocationsOf(own)[0]).toMatchObject({ deploymentStatus: null, deploymentId: latest(own).id });
    expect(latest(own).groups['g']).toMatchObject({ desiredTotal: 4, placed: 4 });
    await own.clock.advance(10_000);
    expect(latest(own).status).toBe('successful');
    expect(allocationsOf(own).map((row) => row.job.version)).toEqual([1, 1, 1, 1]);
  });

  test('fail at the progress deadline when a task keeps ending', async () => {
    const own = await deployed();
    own.world.jobs.register(crashing());
    await own.clock.advance(9000);
    expect(latest(own).status).toBe('running');
    await own.clock.advance(8000);
    expect(latest(own)).toMatchObject({
      status: 'failed',
      statusDescription: 'Failed due to progress deadline',
    });
    expect(latest(own).groups['g']).toMatchObject({ placed: 1, healthy: 0, unhealthy: 1 });
    expect(runningOf(own)).toHaveLength(2);
    expect(jobOf(own)).toMatchObject({ version: 1, stable: false });
  });

  test('return to the last stable version where the job asks for it', async () => {
    const own = await deployed();
    own.world.jobs.register(crashing({ update: { ...QUICK, AutoRevert: true } }));
    await own.clock.advance(17_000);
    const failed = own.world.store.tables.deployments.all().find((row) => row.status === 'failed');
    expect(failed?.statusDescription).toBe('Failed due to progress deadline - rolling back to job version 0');
    await own.clock.advance(20_000);
    expect(jobOf(own)).toMatchObject({ version: 2, stable: true });
    expect(latest(own)).toMatchObject({ status: 'successful', jobVersion: 2 });
    expect(runningOf(own)).toHaveLength(3);
  });

  test('without a progress deadline fail with the first unhealthy allocation', async () => {
    const own = await deployed({ update: { ...QUICK, ProgressDeadline: 0 } });
    own.world.jobs.register(crashing({ update: { ...QUICK, ProgressDeadline: 0 } }));
    await own.clock.advance(8000);
    expect(latest(own)).toMatchObject({
      status: 'failed',
      statusDescription: 'Failed due to unhealthy allocations',
    });
  });

  test('count an allocation that is not up by its healthy deadline as unhealthy', async () => {
    const own = cluster([{}], { timing: { startMs: [60_000, 60_000] } });
    own.world.jobs.register(version(0));
    await own.clock.advance(9000);
    expect(latest(own).groups['g']).toMatchObject({ healthy: 0, unhealthy: 3 });
  });

  test('are cancelled by a newer version and by stopping the job', async () => {
    const own = await deployed();
    own.world.jobs.register(version(1));
    await own.clock.advance(500);
    const old = latest(own);
    own.world.jobs.register(version(2));
    await own.clock.advance(500);
    const { deployments } = own.world.store.tables;
    expect(deployments.get(old.id)).toMatchObject({
      status: 'cancelled',
      statusDescription: 'Cancelled due to newer version of job',
    });
    const newer = latest(own);
    own.world.jobs.deregister('default', 'web', false);
    await own.clock.advance(2000);
    expect(deployments.get(newer.id)).toMatchObject({
      statusDescription: 'Cancelled because job is stopped',
    });
    expect(states(own).every((row) => row.endsWith('stop/complete'))).toBe(true);
    expect(jobOf(own)).toMatchObject({ status: 'dead', stop: true });
  });

  test('do nothing while paused, and go on afterwards', async () => {
    const own = await deployed();
    own.world.jobs.register(version(1));
    await own.clock.advance(500);
    own.world.deployments.pause(latest(own), true);
    await own.clock.advance(6000);
    expect(latest(own)).toMatchObject({ status: 'paused' });
    expect(allocationsOf(own).filter((row) => row.job.version === 1)).toHaveLength(1);
    own.world.deployments.pause(latest(own), false);
    await own.clock.advance(30_000);
    expect(latest(own).status).toBe('successful');
  });

  test('fail at their progress deadline although they are paused', async () => {
    const own = await deployed();
    own.world.jobs.register(version(1));
    await own.clock.advance(500);
    own.world.deployments.pause(latest(own), true);
    await own.clock.advance(20_000);
    expect(latest(own)).toMatchObject({
      status: 'failed',
      statusDescription: 'Failed due to progress deadline',
    });
  });

  test('are not made for batch jobs, nor where update allows nothing in parallel', async () => {
    const own = cluster([{}]);
    own.world.jobs.register(job({ id: 'none', update: { MaxParallel: 0 } }));
    own.world.jobs.register(job({ id: 'bat', type: 'batch' }));
    await own.clock.advance(10_000);
    expect(own.world.store.tables.deployments.size).toBe(0);
    scale(own, 2, 'none');
    await own.clock.advance(10_000);
    expect(runningOf(own, 'none')).toHaveLength(2);
  });
});
