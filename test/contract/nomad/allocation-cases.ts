import { describe, expect, test } from 'vitest';
import {
  batchJob,
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

const lists = (position: number): Exchange => exchange('job-allocations', position);
const stats = (position: number): Exchange => exchange('client-allocation-stats', position);

/** A job whose group has two tasks. */
function twoTasks(id: string): Record<string, any> {
  const job = serviceJob(id, 1);
  const [group] = job['TaskGroups'];
  return { ...job, TaskGroups: [{ ...group, Tasks: [sleeper('sleeper'), sleeper('sidecar')] }] };
}

/** Allocations and their statistics. */
export function allocationCases(open: () => NomadUnderTest): void {
  const statistics = (id: string, more = ''): Promise<Answer> =>
    send(open(), `/v1/client/allocation/${id}/stats${more}`);

  describe('allocations', () => {
    test('are listed by job, with all, with resources and of all namespaces', async () => {
      const nomad = open();
      const id = newId(nomad, 'allocs');
      await deploy(nomad, twoTasks(id));
      const [own] = await running(nomad, id, 1);
      for (const [path, position] of [
        [`/v1/job/${id}/allocations`, 0],
        [`/v1/job/${id}/allocations?all=true`, 1],
        ['/v1/allocations?resources=true', 3],
        ['/v1/allocations?resources=true&namespace=*', 4],
      ] as const) {
        const answer = await send(nomad, path);
        expect(unlike(answer, lists(position))).toEqual([]);
        const row = answer.body.find((item: any) => item.ID === own.ID);
        expect(row).toMatchObject({ Name: `${id}.g[0]`, DesiredStatus: 'run', ClientStatus: 'running' });
      }
      const full = await send(nomad, `/v1/allocation/${own.ID}`);
      expect(unlike(full, exchange('allocation-read', 0))).toEqual([]);
      expect(full.body.Resources).toMatchObject({ CPU: 100, MemoryMB: 64, DiskMB: 20 });
      expect(full.index).toBe(full.body.ModifyIndex);
    });

    test('of a finished batch job are complete and wanted all the same', async () => {
      const nomad = open();
      const id = newId(nomad, 'done');
      await register(nomad, batchJob(id, 1, ['/bin/true']));
      const read = (): Promise<Answer> => send(nomad, `/v1/job/${id}/allocations`);
      const { body } = await until(nomad, read, (answer) => answer.body[0]?.ClientStatus === 'complete');
      expect(body[0]).toMatchObject({ DesiredStatus: 'run', ClientDescription: 'All tasks have completed' });
      const job = await until(
        nomad,
        () => send(nomad, `/v1/job/${id}`),
        (answer) => answer.body.Status === 'dead',
      );
      expect(job.body.Stop).toBe(false);
    });

    test('have statistics: a sample of each task, or of one', async () => {
      const nomad = open();
      const id = newId(nomad, 'stats');
      await deploy(nomad, twoTasks(id));
      const [own] = await running(nomad, id, 1);
      const whole = await until(
        nomad,
        () => statistics(own.ID),
        ({ body }) => Object.keys(body.Tasks).length === 2,
      );
      expect(unlike(whole, stats(2))).toEqual([]);
      expect(whole.body.ResourceUsage.MemoryStats.Measured).toEqual(['RSS', 'Swap']);
      expect(whole.body.Timestamp).toBeGreaterThan(1.7e18);
      expect(whole.text).toMatch(/"Timestamp":\d{19}[,}]/);
      expect(unlike(await statistics(own.ID, '?task=sidecar'), stats(3))).toEqual([]);
      expect(unlike(await statistics(own.ID, '?task=nosuch'), stats(4))).toEqual([]);
    });

    test('have none before the first sample, and a stale one after the last', async () => {
      const nomad = open();
      const id = newId(nomad, 'sample');
      await register(nomad, batchJob(id, 1, ['/bin/sleep', '2']));
      const [own] = await running(nomad, id, 1);
      const early = await statistics(own.ID);
      expect(unlike(early, early.body.Timestamp === 0 ? stats(4) : stats(1))).toEqual([]);
      const read = (): Promise<Answer> => send(nomad, `/v1/job/${id}/allocations`);
      await until(nomad, read, ({ body }) => body[0].ClientStatus === 'complete');
      const late = await statistics(own.ID);
      expect(unlike(late, stats(7))).toEqual([]);
      await nomad.elapse(2500);
      expect((await statistics(own.ID)).body.Timestamp).toBe(late.body.Timestamp);
    });
  });
}
