import { describe, expect, onTestFinished, test } from 'vitest';
import {
  batchJob,
  deploy,
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
import type { Answer, NomadUnderTest } from './wire.ts';

const UNKNOWN = '11111111-2222-3333-4444-555555555555';
const DRAIN = { DrainSpec: { Deadline: 0, IgnoreSystemJobs: true }, MarkEligible: false };
const UNDRAIN = { DrainSpec: null, MarkEligible: true };

function systemJob(id: string): Record<string, any> {
  const group = { Name: 'g', Tasks: [sleeper()], EphemeralDisk: { SizeMB: 20 } };
  return { ...serviceJob(id, 1), Type: 'system', Update: null, TaskGroups: [group] };
}

/** What scaling a worker pool in does to a node, and what it looks at. */
export function poolCases(open: () => NomadUnderTest): void {
  /** The node, as it was again when the case has ended. */
  const ownNode = async (): Promise<string> => {
    const id = (await send(open(), '/v1/nodes')).body[0].ID;
    onTestFinished(async () => {
      await drain(id, UNDRAIN);
    });
    return id;
  };
  const node = (id: string): Promise<Answer> => send(open(), `/v1/node/${id}`);
  const drain = (id: string, body: object): Promise<Answer> =>
    send(open(), `/v1/node/${id}/drain`, { body: { NodeID: id, ...body } });
  const rows = async (id: string, job: string): Promise<any[]> =>
    (await send(open(), `/v1/node/${id}/allocations`)).body.filter((row: any) => row.JobID === job);
  const untilRows = async (id: string, job: string, isWished: (row: any) => boolean): Promise<any> => {
    const answer = await until(
      open(),
      () => send(open(), `/v1/node/${id}/allocations`),
      ({ body }) => body.some((row: any) => row.JobID === job && isWished(row)),
    );
    return answer.body.find((row: any) => row.JobID === job && isWished(row));
  };

  describe('a node of a worker pool', () => {
    test('has its allocations in full: resources, the type of their job', async () => {
      const nomad = open();
      const id = await ownNode();
      const [service, batch] = [newId(nomad, 'full'), newId(nomad, 'full-batch')];
      await deploy(nomad, serviceJob(service, 1));
      await register(nomad, batchJob(batch, 1));
      await running(nomad, batch, 1);
      const answer = await send(nomad, `/v1/node/${id}/allocations`);
      expect(unlike(answer, exchange('node-allocations', 0))).toEqual([]);
      const ofJob = (job: string): any => answer.body.find((row: any) => row.JobID === job);
      expect(ofJob(service)).toMatchObject({
        Job: { Type: 'service' },
        NodeID: id,
        AllocatedResources: {
          Shared: { DiskMB: 20 },
          Tasks: { t: { Cpu: { CpuShares: 50 }, Memory: { MemoryMB: 32 } } },
        },
        Resources: { CPU: 50, MemoryMB: 32, DiskMB: 20 },
      });
      expect(ofJob(batch)).toMatchObject({ Job: { Type: 'batch' } });
      const none = await send(nomad, `/v1/node/${UNKNOWN}/allocations`);
      expect(unlike(none, exchange('unknown-ids', 11))).toEqual([]);
    });

    test('drained without its system jobs: the drain ends, they run on; made eligible, work comes back', async () => {
      const nomad = open();
      const id = await ownNode();
      const [service, system] = [newId(nomad, 'leaves'), newId(nomad, 'stays')];
      await deploy(nomad, serviceJob(service, 1));
      await register(nomad, systemJob(system));
      await running(nomad, system, 1);
      const [before] = await rows(id, system);
      expect(unlike(await drain(id, DRAIN), exchange('node-drain', 1))).toEqual([]);
      await untilRows(id, service, (row) => row.DesiredStatus === 'stop');
      const drained = await until(
        nomad,
        () => node(id),
        ({ body }) => !body.Drain,
      );
      expect(drained.body).toMatchObject({ DrainStrategy: null, SchedulingEligibility: 'ineligible' });
      await untilRows(id, service, (row) => row.ClientStatus === 'complete');
      expect(await rows(id, system)).toMatchObject([
        { ID: before.ID, DesiredStatus: 'run', ClientStatus: 'running' },
      ]);
      expect((await send(nomad, `/v1/job/${service}/summary`)).body.Summary.g.Queued).toBe(1);
      const undone = await drain(id, UNDRAIN);
      expect(undone.body.EvalIDs.length).toBeGreaterThan(0);
      expect((await node(id)).body).toMatchObject({ Drain: false, SchedulingEligibility: 'eligible' });
      await running(nomad, service, 1);
      expect((await rows(id, system)).map((row) => row.ID)).toEqual([before.ID]);
    });

    test('drains for as long as batch work runs on it, and the undo leaves that work alone', async () => {
      const nomad = open();
      const id = await ownNode();
      const batch = newId(nomad, 'hour');
      await register(nomad, batchJob(batch, 1));
      const [own] = await running(nomad, batch, 1);
      await drain(id, DRAIN);
      await nomad.elapse(4_000);
      expect((await node(id)).body).toMatchObject({
        Drain: true,
        DrainStrategy: { Deadline: 0, ForceDeadline: null, IgnoreSystemJobs: true },
      });
      expect(await rows(id, batch)).toMatchObject([
        { ID: own.ID, DesiredStatus: 'run', ClientStatus: 'running' },
      ]);
      await drain(id, UNDRAIN);
      await nomad.elapse(1_000);
      expect((await node(id)).body).toMatchObject({ Drain: false, SchedulingEligibility: 'eligible' });
      expect(await rows(id, batch)).toMatchObject([
        { ID: own.ID, DesiredStatus: 'run', ClientStatus: 'running' },
      ]);
    });

    test('with nothing on it is drained at once, and stays ineligible', async () => {
      const id = await ownNode();
      await drain(id, DRAIN);
      const { body } = await until(
        open(),
        () => node(id),
        (answer) => !answer.body.Drain,
      );
      expect(body.SchedulingEligibility).toBe('ineligible');
    });

    test('is shown draining, and new, by the list to those who wait for it', async () => {
      const nomad = open();
      const id = await ownNode();
      const batch = newId(nomad, 'holds');
      await register(nomad, batchJob(batch, 1));
      await running(nomad, batch, 1);
      const { index, body } = await send(nomad, '/v1/nodes?resources=true');
      const waiting = send(nomad, `/v1/nodes?resources=true&index=${index}&wait=30s`);
      await nomad.arrive(1);
      await drain(id, DRAIN);
      await nomad.elapse(500);
      const woken = await waiting;
      expect(woken.index).toBeGreaterThan(index);
      const row = woken.body.find((one: any) => one.ID === id);
      expect(row).toMatchObject({ Drain: true, SchedulingEligibility: 'ineligible', Status: 'ready' });
      expect(row.ModifyIndex).toBeGreaterThan(body[0].ModifyIndex);
      expect((await node(id)).body.ModifyIndex).toBeGreaterThanOrEqual(row.ModifyIndex);
    });

    test('may be undrained although it does not drain, and is not known by any id', async () => {
      const id = await ownNode();
      expect((await drain(id, UNDRAIN)).status).toBe(200);
      expect((await node(id)).body).toMatchObject({ Drain: false, SchedulingEligibility: 'eligible' });
      for (const body of [DRAIN, UNDRAIN]) {
        expect(unlike(await drain(UNKNOWN, body), exchange('unknown-ids', 25))).toEqual([]);
      }
      expect(unlike(await node(UNKNOWN), exchange('unknown-ids', 8))).toEqual([]);
    });
  });
}
