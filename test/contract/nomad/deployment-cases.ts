import { describe, expect, test } from 'vitest';
import {
  deploy,
  deployed,
  exchange,
  unlike,
  newId,
  register,
  running,
  send,
  serviceJob,
  UPDATE,
  until,
} from './wire.ts';
import type { Answer, Exchange, NomadUnderTest } from './wire.ts';

const recorded = (position: number): Exchange => exchange('deployments', position);
const QUICK = { ...UPDATE, HealthyDeadline: 8_000_000_000, ProgressDeadline: 10_000_000_000 };

/** Version `number` of a job of two allocations, each version another program. */
function version(id: string, number: number, script = 'exec /bin/sleep 100000'): Record<string, any> {
  const job = serviceJob(id, 2, { Update: QUICK });
  const [group] = job['TaskGroups'];
  const [task] = group.Tasks;
  const changed = {
    ...task,
    Env: { NUMBER: String(number) },
    Config: { command: '/bin/sh', args: ['-c', script] },
  };
  return {
    ...job,
    TaskGroups: [{ ...group, Tasks: [changed], RestartPolicy: { Attempts: 0, Mode: 'fail' } }],
  };
}

/** The life of deployments. */
export function deploymentCases(open: () => NomadUnderTest): void {
  const latest = (id: string): Promise<Answer> => send(open(), `/v1/job/${id}/deployment`);
  const rolling = async (id: string, number: number): Promise<Answer> => {
    const { body } = await register(open(), version(id, number));
    return until(
      open(),
      () => latest(id),
      (answer) => answer.body?.JobSpecModifyIndex === body.JobModifyIndex,
    );
  };

  describe('deployments', () => {
    test('run until every allocation has been healthy for its time, then are successful', async () => {
      const nomad = open();
      const id = newId(nomad, 'dep');
      const { body: job } = await register(nomad, version(id, 0));
      const first = await deployed(nomad, id, 'running');
      expect(unlike(first, recorded(0))).toEqual([]);
      const { ID } = first.body;
      expect(first.body).toMatchObject({ JobSpecModifyIndex: job.JobModifyIndex, JobVersion: 0 });
      expect(unlike(await send(nomad, `/v1/deployment/${ID}`), recorded(2))).toEqual([]);
      await running(nomad, id, 2);
      expect(unlike(await send(nomad, `/v1/deployment/allocations/${ID}`), recorded(3))).toEqual([]);
      const done = await deployed(nomad, id);
      expect(unlike(done, recorded(6))).toEqual([]);
      expect(done.body.StatusDescription).toBe('Deployment completed successfully');
      expect(done.body.TaskGroups.g).toMatchObject({ DesiredTotal: 2, PlacedAllocs: 2, HealthyAllocs: 2 });
      expect(unlike(await send(nomad, `/v1/job/${id}/deployments`), recorded(17))).toEqual([]);
    });

    test('replace one allocation at a time, can be paused, and then block scaling', async () => {
      const nomad = open();
      const id = newId(nomad, 'paused');
      await deploy(nomad, version(id, 0));
      const { body } = await rolling(id, 1);
      expect(body.TaskGroups.g).toMatchObject({ DesiredTotal: 2, PlacedAllocs: 1 });
      const pause = (isPaused: boolean): Promise<Answer> =>
        send(nomad, `/v1/deployment/pause/${body.ID}`, { body: { DeploymentID: body.ID, Pause: isPaused } });
      expect(unlike(await pause(true), recorded(9))).toEqual([]);
      expect(unlike(await send(nomad, `/v1/deployment/${body.ID}`), recorded(10))).toEqual([]);
      const scaled = await send(nomad, `/v1/job/${id}/scale`, { body: { Count: 3, Target: { Group: 'g' } } });
      expect(unlike(scaled, recorded(11))).toEqual([]);
      expect(unlike(await pause(false), recorded(12))).toEqual([]);
      await deployed(nomad, id);
    });

    test('can be failed by hand, once', async () => {
      const nomad = open();
      const id = newId(nomad, 'failed');
      await deploy(nomad, version(id, 0));
      const { body } = await rolling(id, 1);
      const fail = (): Promise<Answer> =>
        send(nomad, `/v1/deployment/fail/${body.ID}`, { body: { DeploymentID: body.ID } });
      expect(unlike(await fail(), recorded(13))).toEqual([]);
      const failed = await send(nomad, `/v1/deployment/${body.ID}`);
      expect(unlike(failed, recorded(14))).toEqual([]);
      expect(failed.body.StatusDescription).toBe('Deployment marked as failed');
      const again = await fail();
      expect([again.status, again.text]).toEqual([500, "can't fail terminal deployment"]);
    });

    test('fail at their progress deadline when a task keeps ending', async () => {
      const nomad = open();
      const id = newId(nomad, 'crash');
      await deploy(nomad, version(id, 0));
      await register(nomad, version(id, 1, 'exit 1'));
      const failed = await deployed(nomad, id, 'failed');
      expect(unlike(failed, recorded(15))).toEqual([]);
      expect(failed.body.StatusDescription).toBe('Failed due to progress deadline');
      expect(failed.body.TaskGroups.g).toMatchObject({
        HealthyAllocs: 0,
        PlacedAllocs: 1,
        UnhealthyAllocs: 1,
      });
    });

    test('are cancelled by a newer version, and right after it the old one is still shown', async () => {
      const nomad = open();
      const id = newId(nomad, 'newer');
      await deploy(nomad, version(id, 0));
      const { body: old } = await rolling(id, 1);
      await rolling(id, 2);
      const cancelled = await send(nomad, `/v1/deployment/${old.ID}`);
      expect(unlike(cancelled, recorded(16))).toEqual([]);
      expect(cancelled.body.StatusDescription).toBe('Cancelled due to newer version of job');
      expect(unlike(await send(nomad, `/v1/deployments?prefix=${old.ID.slice(0, 8)}`), recorded(18))).toEqual(
        [],
      );
    });

    test('with nothing placed run without a time by which to progress, beside a blocked evaluation', async () => {
      const nomad = open();
      const id = newId(nomad, 'toobig');
      const job = serviceJob(id, 1);
      job['TaskGroups'][0].Tasks[0].Resources = { CPU: 1_000_000, MemoryMB: 32 };
      const { body: registered } = await register(nomad, job);
      const stuck = await deployed(nomad, id, 'running');
      expect(unlike(stuck, exchange('job-kinds-allocations', 10))).toEqual([]);
      expect(stuck.body.TaskGroups.g).toMatchObject({ PlacedAllocs: 0, RequireProgressBy: null });
      const own = await until(
        nomad,
        () => send(nomad, `/v1/evaluation/${registered.EvalID}`),
        ({ body }) => body.Status === 'complete',
      );
      expect(own.body).toMatchObject({ QueuedAllocations: { g: 1 } });
      expect(own.body.FailedTGAllocs.g.DimensionExhausted).toEqual({ cpu: expect.any(Number) });
      const evaluations = await send(nomad, `/v1/job/${id}/evaluations`);
      expect(unlike(evaluations, exchange('job-kinds-allocations', 18))).toEqual([]);
      const blocked = evaluations.body.find((row: any) => row.ID === own.body.BlockedEval);
      expect(blocked).toMatchObject({
        Status: 'blocked',
        PreviousEval: own.body.ID,
        TriggeredBy: 'queued-allocs',
      });
      expect(blocked.QueuedAllocations).toBeUndefined();
      expect((await send(nomad, `/v1/job/${id}/summary`)).body.Summary.g).toMatchObject({
        Queued: 1,
        Running: 0,
      });
      expect((await send(nomad, `/v1/job/${id}`)).body.Status).toBe('pending');
      const scaled = await send(nomad, `/v1/job/${id}/scale`, { body: { Count: 2, Target: { Group: 'g' } } });
      expect(scaled.status).toBe(400);
    });

    test('of all namespaces at once are none, and so are evaluations', async () => {
      const nomad = open();
      const id = newId(nomad, 'spaces');
      await deploy(nomad, version(id, 0));
      for (const path of ['deployments', 'evaluations']) {
        expect((await send(nomad, `/v1/${path}`)).body.length).toBeGreaterThan(0);
        expect((await send(nomad, `/v1/${path}?namespace=*`)).text).toBe('[]');
      }
    });
  });
}
