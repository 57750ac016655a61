import { describe, expect, test } from 'vitest';
import {
  batchJob,
  deploy,
  deployed,
  exchange,
  unlike,
  newId,
  register,
  running,
  send,
  serviceJob,
  sleeper,
  until,
} from './wire.ts';
import type { Answer, Exchange, NomadUnderTest } from './wire.ts';

const recorded = (position: number): Exchange => exchange('job-scale', position);

/** A job with a group that has a scaling block and one that has none. */
function scalable(id: string): Record<string, any> {
  const job = serviceJob(id, 1);
  const [group] = job['TaskGroups'];
  return {
    ...job,
    TaskGroups: [
      { ...group, Scaling: { Enabled: true, Min: 1, Max: 4, Policy: { note: 'any' } } },
      { ...group, Name: 'free', Meta: null },
    ],
  };
}

const refusals = [
  ['a count above the maximum', { Count: 5, Target: { Group: 'g' } }, 12],
  ['a count below the minimum', { Count: 0, Target: { Group: 'g' } }, 13],
  ['a negative count', { Count: -1, Target: { Group: 'g' } }, 14],
  ['an unknown group', { Count: 2, Target: { Group: 'nosuch' } }, 16],
  ['no group', { Count: 2, Target: {} }, 17],
  ['no target', { Count: 2 }, 18],
  ['a target of another job', { Count: 2, Target: { Group: 'g', Job: 'other' } }, 19],
  ['count and error together', { Count: 2, Target: { Group: 'g' }, Error: true, Message: 'm' }, 22],
] as const;

/** `/v1/job/:id/scale` */
export function scaleCases(open: () => NomadUnderTest): void {
  const scale = (id: string, body: object, method = 'POST'): Promise<Answer> =>
    send(open(), `/v1/job/${id}/scale`, { method, body });

  describe('scaling', () => {
    test('refused during a deployment, has set the count all the same, without a new version or index', async () => {
      const nomad = open();
      const id = newId(nomad, 'obeys');
      await register(nomad, serviceJob(id, 1));
      await until(
        nomad,
        () => send(nomad, `/v1/job/${id}/deployment`),
        ({ body }) => body?.Status === 'running',
      );
      const { body: before } = await send(nomad, `/v1/job/${id}`);
      const group = before.TaskGroups[0].Name as string;
      const refused = await scale(id, { Count: 2, Target: { Group: group } });
      expect([refused.status, refused.text]).toEqual([400, 'job scaling blocked due to active deployment']);
      const { body: after } = await send(nomad, `/v1/job/${id}`);
      expect([before.TaskGroups[0].Count, after.TaskGroups[0].Count]).toEqual([1, 2]);
      expect([after.Version, after.JobModifyIndex]).toEqual([before.Version, before.JobModifyIndex]);
    });

    test('sets a count with its message, refuses during the deployment, and remembers both', async () => {
      const nomad = open();
      const id = newId(nomad, 'scalable');
      await deploy(nomad, scalable(id));
      const { body: before } = await send(nomad, `/v1/job/${id}`);
      const body = {
        Count: 3,
        Target: { Group: 'g' },
        Message: 'scale out by 2',
        Meta: { reason: 'cpu 93%' },
      };
      const scaled = await scale(id, body);
      expect(unlike(scaled, recorded(2))).toEqual([]);
      const { JobModifyIndex, EvalCreateIndex, Index, EvalID } = scaled.body;
      expect(scaled.index).toBe(Index);
      // Other writes of a busy server may come between these three.
      expect(EvalCreateIndex).toBeGreaterThan(JobModifyIndex);
      expect(Index).toBeGreaterThan(EvalCreateIndex);
      expect((await send(nomad, `/v1/evaluation/${EvalID}`)).body).toMatchObject({
        TriggeredBy: 'job-scaling',
        JobModifyIndex,
      });
      await running(nomad, id, 4);
      expect(unlike(await send(nomad, `/v1/job/${id}/scale`), recorded(4))).toEqual([]);
      expect(unlike(await scale(id, { Count: 2, Target: { Group: 'free' } }), recorded(5))).toEqual([]);
      const { body: after } = await send(nomad, `/v1/job/${id}`);
      expect([after.Version, after.SubmitTime]).toEqual([before.Version + 1, before.SubmitTime]);
      const { body: deployment } = await deployed(nomad, id);
      expect(deployment).toMatchObject({ JobSpecModifyIndex: JobModifyIndex, JobVersion: after.Version });
      const state = await send(nomad, `/v1/job/${id}/scale`);
      expect(unlike(state, recorded(6))).toEqual([]);
      expect(state.body.TaskGroups.g).toMatchObject({ Desired: 3, Running: 3, Healthy: 3 });
      expect(state.body.TaskGroups.g.Events[0]).toMatchObject({
        Count: 3,
        PreviousCount: 1,
        EvalID,
        ...pick(body),
      });
      expect(state.body.TaskGroups.free.Events[0]).toMatchObject({
        Count: null,
        Error: true,
        EvalID: null,
        Message: 'job scaling blocked due to active deployment',
        Meta: { OriginalCount: 2, OriginalMessage: '', OriginalMeta: null },
      });
    });

    test('makes a new version and a deployment even of the same count', async () => {
      const nomad = open();
      const id = newId(nomad, 'same-count');
      await deploy(nomad, scalable(id));
      const scaled = await scale(id, { Count: 1, Target: { Group: 'g' }, Message: 'same count' });
      expect(unlike(scaled, recorded(9))).toEqual([]);
      expect(unlike(await send(nomad, `/v1/job/${id}`), recorded(10))).toEqual([]);
      const isNew = deployed(nomad, id, 'running');
      expect(unlike(await isNew, recorded(11))).toEqual([]);
      expect((await isNew).body).toMatchObject({ JobVersion: 1, JobModifyIndex: scaled.body.JobModifyIndex });
    });

    test('records a message or an error without a count', async () => {
      const nomad = open();
      const id = newId(nomad, 'told');
      await deploy(nomad, scalable(id));
      const target = { Target: { Group: 'g' } };
      const told = await scale(id, { ...target, Message: 'would have scaled', Meta: { dry: true } });
      expect(unlike(told, recorded(20))).toEqual([]);
      expect(told.body).toMatchObject({ EvalID: '', EvalCreateIndex: 0 });
      expect(
        unlike(await scale(id, { ...target, Message: 'metrics are gone', Error: true }), recorded(21)),
      ).toEqual([]);
      expect((await send(nomad, `/v1/job/${id}`)).body.Version).toBe(0);
    });

    test('refuses what is wrong, in Nomad’s words', async () => {
      const nomad = open();
      const id = newId(nomad, 'refused');
      await deploy(nomad, scalable(id));
      for (const [, body, position] of refusals)
        expect(unlike(await scale(id, body), recorded(position))).toEqual([]);
      const cut = await send(nomad, `/v1/job/${id}/scale`, { method: 'POST', text: '{"Count":' });
      expect(unlike(cut, recorded(23))).toEqual([]);
    });

    test('knows no other job', async () => {
      expect(unlike(await scale('nosuch', { Count: 2, Target: { Group: 'g' } }), recorded(24))).toEqual([]);
    });

    test('takes PUT like POST, and a group without a scaling block', async () => {
      const nomad = open();
      const id = newId(nomad, 'put');
      await deploy(nomad, scalable(id));
      expect(unlike(await scale(id, { Count: 2, Target: { Group: 'free' } }, 'PUT'), recorded(25))).toEqual(
        [],
      );
    });

    test('scales a stopped job, which stays stopped', async () => {
      const nomad = open();
      const id = newId(nomad, 'stopped');
      await deploy(nomad, scalable(id));
      await send(nomad, `/v1/job/${id}`, { method: 'DELETE' });
      const read = (): Promise<Answer> => send(nomad, `/v1/job/${id}`);
      await until(nomad, read, ({ body }) => body.Status === 'dead');
      expect(unlike(await scale(id, { Count: 2, Target: { Group: 'g' } }), recorded(29))).toEqual([]);
      const { body } = await send(nomad, `/v1/job/${id}`);
      expect([body.Stop, body.TaskGroups[0].Count]).toEqual([true, 2]);
      const state = await send(nomad, `/v1/job/${id}/scale`);
      expect(unlike(state, recorded(32))).toEqual([]);
      expect(state.body).toMatchObject({ JobStopped: true, TaskGroups: { g: { Desired: 2, Placed: 0 } } });
    });

    test('scales batch and system jobs, which have no deployments', async () => {
      const nomad = open();
      const [bat, sys] = [newId(nomad, 'bat'), newId(nomad, 'sys')];
      await register(nomad, batchJob(bat, 1));
      await running(nomad, bat, 1);
      expect(
        unlike(await scale(bat, { Count: 2, Target: { Group: 'g' } }), exchange('job-scale-batch-system', 0)),
      ).toEqual([]);
      await running(nomad, bat, 2);
      expect(
        unlike(await send(nomad, `/v1/job/${bat}/deployment`), exchange('job-scale-batch-system', 1)),
      ).toEqual([]);
      await register(nomad, {
        ...batchJob(sys, 1),
        Type: 'system',
        TaskGroups: [{ Name: 'g', Tasks: [sleeper('t', 20, 16)], EphemeralDisk: { SizeMB: 20 }, Meta: null }],
      });
      await running(nomad, sys, 1);
      expect(
        unlike(await scale(sys, { Count: 2, Target: { Group: 'g' } }), exchange('job-scale-batch-system', 2)),
      ).toEqual([]);
      for (const [more, position] of [
        ['/summary', 3],
        ['', 4],
        ['/scale', 5],
      ] as const) {
        expect(
          unlike(await send(nomad, `/v1/job/${sys}${more}`), exchange('job-scale-batch-system', position)),
        ).toEqual([]);
      }
    });
  });
}

function pick({ Message, Meta }: { Message: string; Meta: object }): object {
  return { Message, Meta };
}
