import { describe, expect, onTestFinished, test } from 'vitest';
import {
  batchJob,
  exchange,
  newId,
  register,
  running,
  send,
  serviceJob,
  sleeper,
  unlike,
  until,
} from './wire.ts';
import type { Answer, Exchange, NomadUnderTest } from './wire.ts';

const failures = (position: number): Exchange => exchange('placement-failures', position);
const dispatches = (position: number): Exchange => exchange('job-dispatch', position);

/** A job of one group that asks for more than the server's node has. */
function tooBig(id: string, count: number, ask: { cpu?: number; memory?: number; disk?: number }) {
  const job = serviceJob(id, count);
  const [group] = job['TaskGroups'];
  const EphemeralDisk = { SizeMB: ask.disk ?? 20 };
  return { ...job, TaskGroups: [{ ...group, Tasks: [sleeper('t', ask.cpu, ask.memory)], EphemeralDisk }] };
}

function withDevice(): object {
  const task = sleeper();
  return {
    ...task,
    Resources: { ...(task['Resources'] as object), Devices: [{ Name: 'nvidia/gpu', Count: 1 }] },
  };
}

/** Work that waits for room, as the lists tell it, and children of parameterized jobs. */
export function roomCases(open: () => NomadUnderTest): void {
  const listed = async (id: string): Promise<any> =>
    (await send(open(), `/v1/jobs?namespace=*&prefix=${id}`)).body.find((job: any) => job.ID === id);
  const queued = (id: string, count: number): Promise<Answer> =>
    until(
      open(),
      () => send(open(), `/v1/jobs?namespace=*&prefix=${id}`),
      ({ body }) => body.find((job: any) => job.ID === id)?.JobSummary.Summary.g.Queued === count,
    );
  const evaluations = (id: string): Promise<Answer> =>
    send(open(), `/v1/job/${encodeURIComponent(id)}/evaluations`);

  describe('work that finds no room', () => {
    test.each([
      ['cpu', { cpu: 9_000 }, 0],
      ['memory', { memory: 90_000 }, 1],
      ['disk', { disk: 90_000_000 }, 2],
    ] as const)(
      'for want of %s is queued, and the evaluation before the blocked one says why',
      async (name, ask, at) => {
        const nomad = open();
        const id = newId(nomad, `room-${name}`);
        await register(nomad, tooBig(id, 3, ask));
        await queued(id, 3);
        const answer = await until(
          nomad,
          () => evaluations(id),
          ({ body }) => body.length === 2,
        );
        expect(unlike(answer, failures(at))).toEqual([]);
        const complete = answer.body.find((one: any) => one.Status === 'complete');
        const blocked = answer.body.find((one: any) => one.Status === 'blocked');
        expect(complete).toMatchObject({
          BlockedEval: blocked.ID,
          QueuedAllocations: { g: 3 },
          FailedTGAllocs: {
            g: { DimensionExhausted: { [name]: 1 }, NodesExhausted: 1, CoalescedFailures: 2 },
          },
        });
        expect([blocked.QueuedAllocations ?? null, blocked.FailedTGAllocs ?? null]).toEqual([null, null]);
      },
    );

    test('for want of a static port is queued beside what has it', async () => {
      const nomad = open();
      const id = newId(nomad, 'room-port');
      const job = serviceJob(id, 2);
      const Networks = [{ Mode: 'host', ReservedPorts: [{ Label: 'http', Value: 18_080 }] }];
      await register(nomad, { ...job, TaskGroups: [{ ...job['TaskGroups'][0], Networks }] });
      await running(nomad, id, 1);
      await queued(id, 1);
      const { body } = await evaluations(id);
      const { FailedTGAllocs } = body.find((one: any) => one.FailedTGAllocs);
      expect(FailedTGAllocs.g).toMatchObject({
        DimensionExhausted: { 'network: reserved port collision http=18080': 1 },
        NodesExhausted: 1,
      });
    });

    test.each([
      [
        'constraints',
        { Constraints: [{ LTarget: '${node.class}', Operand: '=', RTarget: 'nosuch' }] },
        '${node.class} = nosuch',
      ],
      [
        'volumes',
        { Volumes: { data: { Name: 'data', Type: 'host', Source: 'data' } } },
        'missing compatible host volumes',
      ],
      ['devices', { Tasks: [withDevice()] }, 'missing devices'],
    ])('for want of a node with its %s exhausts nothing', async (name, more, reason) => {
      const nomad = open();
      const id = newId(nomad, `room-${name}`);
      const job = serviceJob(id, 1);
      await register(nomad, { ...job, TaskGroups: [{ ...job['TaskGroups'][0], ...more }] });
      await queued(id, 1);
      const { body } = await evaluations(id);
      const { FailedTGAllocs } = body.find((one: any) => one.Status === 'complete');
      expect(FailedTGAllocs.g).toMatchObject({
        ConstraintFiltered: { [reason]: 1 },
        DimensionExhausted: null,
        NodesExhausted: 0,
        NodesFiltered: 1,
      });
    });

    test('wakes those who wait for the list of jobs, and waits no longer when its job is stopped', async () => {
      const nomad = open();
      const id = newId(nomad, 'room-wake');
      await register(nomad, serviceJob(id, 0));
      await nomad.elapse(2_000);
      const { index } = await send(nomad, '/v1/jobs?namespace=*');
      const waiting = send(nomad, `/v1/jobs?namespace=*&index=${index}&wait=30s`);
      await nomad.arrive(1);
      await register(nomad, tooBig(id, 2, { cpu: 9_000 }));
      await nomad.elapse(1_000);
      expect((await waiting).index).toBeGreaterThan(index);
      await queued(id, 2);
      await send(nomad, `/v1/job/${id}`, { method: 'DELETE' });
      await queued(id, 0);
    });
  });

  describe('a parameterized job', () => {
    const parent = async (cpu = 50): Promise<string> => {
      const nomad = open();
      const id = newId(nomad, 'encode');
      const job = batchJob(id, 1);
      const [group] = job['TaskGroups'];
      const ParameterizedJob = { Payload: 'optional', MetaRequired: ['what'], MetaOptional: ['how'] };
      const TaskGroups = [{ ...group, Tasks: [sleeper('t', cpu)] }];
      await register(nomad, { ...job, TaskGroups, ParameterizedJob });
      return id;
    };
    const dispatch = (id: string, body: object): Promise<Answer> =>
      send(open(), `/v1/job/${id}/dispatch`, { body });
    const child = async (id: string): Promise<{ id: string; answer: Answer }> => {
      const answer = await dispatch(id, { Meta: { what: 'film' } });
      const childId = answer.body.DispatchedJobID;
      onTestFinished(async () => {
        await send(open(), `/v1/job/${encodeURIComponent(childId)}?purge=true`, { method: 'DELETE' });
      });
      return { id: childId, answer };
    };

    test('runs nothing itself; its children are batch jobs with its id in front and its groups', async () => {
      const nomad = open();
      const id = await parent();
      const { id: childId, answer } = await child(id);
      expect(unlike(answer, dispatches(0))).toEqual([]);
      expect(childId.startsWith(`${id}/dispatch-`)).toBe(true);
      const [allocation] = await running(nomad, encodeURIComponent(childId), 1);
      expect(allocation).toMatchObject({ JobID: childId, JobType: 'batch', TaskGroup: 'g' });
      const read = await send(nomad, `/v1/job/${encodeURIComponent(childId)}`);
      expect(unlike(read, dispatches(5))).toEqual([]);
      expect(read.body).toMatchObject({ ParentID: id, Dispatched: true, Meta: { what: 'film' } });
      expect(unlike(await send(nomad, `/v1/jobs?namespace=*&prefix=${id}`), dispatches(6))).toEqual([]);
      expect(await listed(id)).toMatchObject({ ParameterizedJob: true, ParentID: '', Status: 'running' });
      expect(await listed(childId)).toMatchObject({ ParameterizedJob: false, ParentID: id, Type: 'batch' });
      const { body } = await send(nomad, `/v1/job/${id}/summary`);
      expect(body).toMatchObject({ Children: { Running: 1 }, Summary: { g: { Queued: 0, Running: 0 } } });
    });

    test('has its children queued when they find no room', async () => {
      const { id: childId } = await child(await parent(9_000));
      await queued(childId, 1);
      const { body } = await evaluations(childId);
      const complete = body.find((one: any) => one.Status === 'complete');
      expect(complete.FailedTGAllocs.g.DimensionExhausted).toEqual({ cpu: 1 });
    });

    test('refuses what it cannot dispatch, and lets its children run on when it is stopped', async () => {
      const nomad = open();
      const id = await parent();
      const { id: childId } = await child(id);
      await running(nomad, encodeURIComponent(childId), 1);
      expect(unlike(await dispatch(id, {}), dispatches(1))).toEqual([]);
      const unknownMeta = await dispatch(id, { Meta: { what: 'film', other: 'x' } });
      expect(unlike(unknownMeta, dispatches(2))).toEqual([]);
      const plain = newId(nomad, 'plain');
      await register(nomad, batchJob(plain, 0));
      const refused = await dispatch(plain, {});
      expect([refused.status, refused.text]).toEqual([
        500,
        `Specified job ${JSON.stringify(plain)} is not a parameterized job`,
      ]);
      expect(unlike(await dispatch('nosuch', {}), dispatches(4))).toEqual([]);
      await send(nomad, `/v1/job/${id}`, { method: 'DELETE' });
      expect((await dispatch(id, { Meta: { what: 'film' } })).text).toBe(
        `Specified job ${JSON.stringify(id)} is stopped`,
      );
      await nomad.elapse(1_000);
      expect(await listed(id)).toMatchObject({ Stop: true, ParameterizedJob: true });
      expect(await running(nomad, encodeURIComponent(childId), 1)).toHaveLength(1);
    });
  });
}
