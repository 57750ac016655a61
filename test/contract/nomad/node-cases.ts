import { describe, expect, onTestFinished, test } from 'vitest';
import {
  deploy,
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

const drains = (position: number): Exchange => exchange('node-drain', position);
const cancels = (position: number): Exchange => exchange('node-drain-cancel-force', position);

/** Nodes: reading, draining, eligibility. The one node of the server is eligible again after each. */
export function nodeCases(open: () => NomadUnderTest): void {
  const nodeId = async (): Promise<string> => (await send(open(), '/v1/nodes')).body[0].ID;
  /** The node, as it was again when the case has ended. */
  const ownNode = async (): Promise<string> => {
    const id = await nodeId();
    onTestFinished(async () => {
      await drain(id, { DrainSpec: null, MarkEligible: true });
    });
    return id;
  };
  const node = (id: string): Promise<Answer> => send(open(), `/v1/node/${id}`);
  const drain = (id: string, body: object): Promise<Answer> => send(open(), `/v1/node/${id}/drain`, { body });
  const eligibility = (id: string, value: string): Promise<Answer> =>
    send(open(), `/v1/node/${id}/eligibility`, { body: { NodeID: id, Eligibility: value } });

  describe('nodes', () => {
    test('are listed, with resources, by prefix, and read one by one', async () => {
      const nomad = open();
      const id = await nodeId();
      expect(unlike(await send(nomad, '/v1/nodes'), exchange('nodes-list', 0))).toEqual([]);
      const listed = await send(nomad, '/v1/nodes?resources=true');
      expect(unlike(listed, exchange('nodes-list', 1))).toEqual([]);
      expect(
        unlike(await send(nomad, `/v1/nodes?prefix=${id.slice(0, 8)}`), exchange('nodes-list', 2)),
      ).toEqual([]);
      expect(unlike(await send(nomad, '/v1/nodes?prefix=zz'), exchange('nodes-list', 3))).toEqual([]);
      const read = await node(id);
      expect(unlike(read, exchange('node-read', 0))).toEqual([]);
      expect(read.body.NodeResources.Cpu).toEqual(listed.body[0].NodeResources.Cpu);
      expect(read.index).toBe(read.body.ModifyIndex);
      expect(unlike(await node(id.slice(0, 8)), exchange('node-read', 1))).toEqual([]);
    });

    test('can be made ineligible and eligible; the same again changes nothing', async () => {
      const id = await ownNode();
      const { body } = await eligibility(id, 'ineligible');
      expect(body).toMatchObject({ EvalIDs: null, NodeModifyIndex: 0 });
      expect((await node(id)).body).toMatchObject({ SchedulingEligibility: 'ineligible', Drain: false });
      expect((await eligibility(id, 'ineligible')).body).toMatchObject({ Index: 0 });
      expect((await eligibility(id, 'eligible')).status).toBe(200);
      const bad = await eligibility(id, 'maybe');
      expect(unlike(bad, cancels(9))).toEqual([]);
    });

    test('drain: service allocations are told to go, then the system jobs, and the node stays ineligible', async () => {
      const nomad = open();
      const id = await ownNode();
      const [service, system] = [newId(nomad, 'mig'), newId(nomad, 'sys')];
      await deploy(nomad, serviceJob(service, 1));
      await register(nomad, {
        ...serviceJob(system, 1),
        Type: 'system',
        Update: null,
        TaskGroups: [{ Name: 'g', Tasks: [sleeper()], EphemeralDisk: { SizeMB: 20 } }],
      });
      await running(nomad, system, 1);
      const started = await drain(id, { NodeID: id, DrainSpec: { Deadline: 0, IgnoreSystemJobs: false } });
      expect(unlike(started, drains(1))).toEqual([]);
      const draining = await node(id);
      expect(unlike(draining, drains(2))).toEqual([]);
      expect(draining.body).toMatchObject({ Drain: true, SchedulingEligibility: 'ineligible' });
      expect(draining.body.DrainStrategy).toMatchObject({ Deadline: 0, ForceDeadline: null });
      expect(unlike(await eligibility(id, 'eligible'), cancels(2))).toEqual([]);
      const rows = (): Promise<Answer> => send(nomad, `/v1/node/${id}/allocations`);
      const ofJobs = (answer: Answer): any[] =>
        answer.body.filter((row: any) => [service, system].includes(row.JobID));
      const isEmpty = (answer: Answer): boolean =>
        ofJobs(answer).every((row) => row.DesiredStatus === 'stop' && row.ClientStatus === 'complete');
      const emptied = await until(nomad, rows, isEmpty, 60_000);
      for (const [job, description] of [
        [service, 'alloc is being migrated'],
        [system, 'alloc not needed as node is tainted'],
      ]) {
        expect(ofJobs(emptied).find((row) => row.JobID === job)).toMatchObject({
          DesiredDescription: description,
          DesiredTransition: { Migrate: true },
        });
      }
      const drained = await until(
        nomad,
        () => node(id),
        ({ body }) => !body.Drain,
      );
      expect(drained.body).toMatchObject({ DrainStrategy: null, SchedulingEligibility: 'ineligible' });
      expect((await send(nomad, `/v1/job/${service}/summary`)).body.Summary.g.Queued).toBe(1);
      const freed = await eligibility(id, 'eligible');
      expect(unlike(freed, drains(7))).toEqual([]);
      expect(freed.body.EvalIDs.length).toBeGreaterThan(0);
      await running(nomad, service, 1);
      await running(nomad, system, 1);
    }, 120_000);

    test('a drain can be changed and cancelled', async () => {
      const id = await ownNode();
      const spec = { Deadline: 3_600_000_000_000, IgnoreSystemJobs: true };
      await deploy(open(), serviceJob(newId(open(), 'keeper'), 1));
      expect(
        unlike(await drain(id, { NodeID: id, DrainSpec: spec, MarkEligible: false }), cancels(0)),
      ).toEqual([]);
      const started = await node(id);
      expect(unlike(started, cancels(1))).toEqual([]);
      expect(started.body.DrainStrategy.ForceDeadline).toMatch(/^\d{4}-\d\d-\d\dT/);
      expect(
        unlike(
          await drain(id, { DrainSpec: { Deadline: 60_000_000_000, IgnoreSystemJobs: true } }),
          cancels(3),
        ),
      ).toEqual([]);
      expect(unlike(await drain(id, { DrainSpec: null, MarkEligible: true }), cancels(4))).toEqual([]);
      expect((await node(id)).body).toMatchObject({ Drain: false, SchedulingEligibility: 'eligible' });
    });

    test('refuse a deadline as text', async () => {
      const refused = await drain(await ownNode(), { DrainSpec: { Deadline: '1h' } });
      expect(unlike(refused, cancels(13))).toEqual([]);
      expect(refused.text).toContain('time.Duration');
    });
  });
}
