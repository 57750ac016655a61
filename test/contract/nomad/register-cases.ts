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
  sleeper,
  until,
} from './wire.ts';
import type { Answer, Exchange, NomadUnderTest } from './wire.ts';

const recorded = (position: number): Exchange => exchange('job-register', position);
const enforced = (position: number): Exchange => exchange('job-register-enforce-index', position);

/** The job of the recording: two groups, the first with a scaling block. */
function webJob(id: string): Record<string, any> {
  const job = serviceJob(id, 1);
  const [group] = job['TaskGroups'];
  const hot = { ...group, Name: 'hot', Scaling: { Enabled: true, Min: 1, Max: 4, Policy: {} } };
  const idle = { ...group, Name: 'idle', Count: 2, Tasks: [sleeper('sleeper'), sleeper('sidecar')] };
  return { ...job, TaskGroups: [hot, idle] };
}

const conflict = (given: number, own: number): string =>
  `Enforcing job modify index ${given}: job exists with conflicting job modify index: ${own}`;

/** Registering and reading jobs. */
export function registerCases(open: () => NomadUnderTest): void {
  describe('registering', () => {
    test('validates, plans and registers a new job, and tells of its evaluation', async () => {
      const nomad = open();
      const id = newId(nomad, 'web');
      const job = webJob(id);
      expect(unlike(await send(nomad, '/v1/validate/job', { body: { Job: job } }), recorded(0))).toEqual([]);
      expect(
        unlike(await send(nomad, `/v1/job/${id}/plan`, { body: { Job: job, Diff: true } }), recorded(1)),
      ).toEqual([]);
      const registered = await register(nomad, job);
      expect(unlike(registered, recorded(2))).toEqual([]);
      const { EvalID, Index, JobModifyIndex, EvalCreateIndex } = registered.body;
      expect([JobModifyIndex, EvalCreateIndex, registered.index]).toEqual([Index, Index, Index]);
      const complete = await until(
        nomad,
        () => send(nomad, `/v1/evaluation/${EvalID}`),
        ({ body }) => body.Status === 'complete',
      );
      expect(unlike(complete, recorded(4))).toEqual([]);
      expect(complete.body).toMatchObject({
        TriggeredBy: 'job-register',
        QueuedAllocations: { hot: 0, idle: 0 },
      });
      await running(nomad, id, 3);
      expect(unlike(await send(nomad, `/v1/evaluation/${EvalID}/allocations`), recorded(5))).toEqual([]);
    });

    test('reads a job, its summary, evaluations, versions and scaling state', async () => {
      const nomad = open();
      const id = newId(nomad, 'read');
      await deploy(nomad, webJob(id));
      const read = (more: string): Promise<Answer> => send(nomad, `/v1/job/${id}${more}`);
      const job = await read('');
      expect(unlike(job, exchange('job-read', 0))).toEqual([]);
      expect(job.body).toMatchObject({ Status: 'running', Stable: true, Stop: false, Version: 0 });
      expect(job.body.ModifyIndex).toBeGreaterThan(job.body.JobModifyIndex);
      expect(job.index).toBe(job.body.ModifyIndex);
      for (const [more, position] of [
        ['/summary', 1],
        ['/evaluations', 2],
        ['/versions?diffs=false', 3],
        ['/scale', 4],
        ['?stale', 5],
      ] as const) {
        expect(unlike(await read(more), exchange('job-read', position))).toEqual([]);
      }
    });

    test('makes no new version of an unchanged job', async () => {
      const nomad = open();
      const id = newId(nomad, 'same');
      await deploy(nomad, serviceJob(id, 1));
      const before = await send(nomad, `/v1/job/${id}`);
      const again = await register(nomad, serviceJob(id, 1));
      expect(unlike(again, recorded(6))).toEqual([]);
      expect(again.body.JobModifyIndex).toBe(before.body.JobModifyIndex);
      expect((await send(nomad, `/v1/job/${id}`)).body.Version).toBe(0);
    });

    test.each([
      ['cut JSON', { text: '{"Job": {' }, 7],
      ['a job with nothing in it', { body: { Job: { ID: 'x' } } }, 8],
      ['no job', { body: {} }, 9],
    ])('refuses %s', async (_name, sent, position) => {
      expect(unlike(await send(open(), '/v1/jobs', { method: 'PUT', ...sent }), recorded(position))).toEqual(
        [],
      );
    });

    test('refuses an id that differs from the one in the path', async () => {
      const answer = await send(open(), '/v1/job/other', { body: { Job: serviceJob('web', 1) } });
      expect(unlike(answer, recorded(10))).toEqual([]);
    });

    test('refuses to change the type of a job', async () => {
      const nomad = open();
      const id = newId(nomad, 'typed');
      await register(nomad, serviceJob(id, 0));
      const { Update: _, ...job } = serviceJob(id, 0);
      const answer = await register(nomad, { ...job, Type: 'batch' });
      expect([answer.status, answer.text]).toEqual([500, 'cannot update job from type "service" to "batch"']);
    });

    test('enforces the job modify index, not the modify index', async () => {
      const nomad = open();
      const id = newId(nomad, 'enf');
      const put = (count: number, index: number): Promise<Answer> =>
        register(nomad, serviceJob(id, count), { EnforceIndex: true, JobModifyIndex: index });
      const created = await put(1, 0);
      expect(unlike(created, enforced(0))).toEqual([]);
      const first = created.body.JobModifyIndex;
      await deployed(nomad, id);
      const { body: job } = await send(nomad, `/v1/job/${id}`);
      expect([job.JobModifyIndex, job.ModifyIndex > first]).toEqual([first, true]);
      for (const wrong of [7, job.ModifyIndex]) {
        const refused = await put(2, wrong);
        expect(unlike(refused, { ...enforced(2), bodyText: conflict(wrong, first) })).toEqual([]);
      }
      const second = await put(2, first);
      expect(unlike(second, enforced(4))).toEqual([]);
      expect((await put(3, first)).text).toBe(conflict(first, second.body.JobModifyIndex));
      expect(unlike(await put(3, 0), enforced(6))).toEqual([]);
    });

    test('refuses an index for a job that does not exist', async () => {
      const job = serviceJob(newId(open(), 'none'), 1);
      const answer = await register(open(), job, { EnforceIndex: true, JobModifyIndex: 99 });
      expect(unlike(answer, enforced(7))).toEqual([]);
    });

    test('takes the whole job back as it was read, with another count', async () => {
      const nomad = open();
      const id = newId(nomad, 'rmw');
      await deploy(nomad, serviceJob(id, 2));
      const { body: job } = await send(nomad, `/v1/job/${id}`);
      job.TaskGroups[0].Count = 1;
      const more = { EnforceIndex: true, JobModifyIndex: job.JobModifyIndex };
      const answer = await register(nomad, job, more);
      expect(unlike(answer, enforced(8))).toEqual([]);
      const after = await send(nomad, `/v1/job/${id}`);
      expect(unlike(after, enforced(9))).toEqual([]);
      expect(after.body).toMatchObject({ Version: 1, JobModifyIndex: answer.body.JobModifyIndex });
      expect(after.body.TaskGroups[0].Count).toBe(1);
      await running(nomad, id, 1);
    });

    test('lists jobs with their summaries, of one namespace, of all, and by prefix', async () => {
      const nomad = open();
      const id = newId(nomad, 'listed');
      await deploy(nomad, serviceJob(id, 2));
      for (const [path, position] of [
        ['/v1/jobs', 0],
        [`/v1/jobs?prefix=${id}`, 1],
        ['/v1/jobs?namespace=*', 2],
      ] as const) {
        const answer = await send(nomad, path);
        expect(unlike(answer, exchange('jobs-list', position))).toEqual([]);
        const own = answer.body.find((job: any) => job.ID === id);
        expect(own).toMatchObject({ Status: 'running', Type: 'service', Stop: false });
        expect(own.JobSummary.Summary.g).toMatchObject({ Running: 2, Queued: 0, Starting: 0 });
      }
    });

    test('shows a job at count 0 as dead, not stopped, and without a deployment', async () => {
      const nomad = open();
      const id = newId(nomad, 'zero');
      await register(nomad, serviceJob(id, 0));
      const read = (): Promise<Answer> => send(nomad, `/v1/job/${id}`);
      const dead = await until(nomad, read, ({ body }) => body.Status === 'dead');
      expect(dead.body.Stop).toBe(false);
      expect((await send(nomad, `/v1/job/${id}/deployment`)).text).toBe('null');
    });

    test('stops a job: dead, its deployment ended, its allocations told to stop', async () => {
      const nomad = open();
      const id = newId(nomad, 'stopped');
      await register(nomad, serviceJob(id, 1));
      await running(nomad, id, 1);
      const answer = await send(nomad, `/v1/job/${id}`, { method: 'DELETE' });
      expect(unlike(answer, exchange('unknown-ids', 28))).toEqual([]);
      const read = (): Promise<Answer> => send(nomad, `/v1/job/${id}`);
      const { body } = await until(nomad, read, ({ body: job }) => job.Status === 'dead');
      expect(body).toMatchObject({ Stop: true, Version: 1 });
      const { body: rows } = await send(nomad, `/v1/job/${id}/allocations`);
      expect(rows[0]).toMatchObject({
        DesiredStatus: 'stop',
        DesiredDescription: 'alloc not needed due to job update',
      });
      const cancelled = await deployed(nomad, id, 'cancelled');
      expect(cancelled.body.StatusDescription).toBe('Cancelled because job is stopped');
    });
  });
}
