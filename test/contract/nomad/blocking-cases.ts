import { describe, expect, test } from 'vitest';
import { deploy, exchange, unlike, newId, register, running, send, serviceJob } from './wire.ts';
import type { Answer, Exchange, NomadUnderTest } from './wire.ts';

const recorded = (position: number): Exchange => exchange('blocking-queries', position);

/** Blocking reads: what wakes them, and how long they wait. */
export function blockingCases(open: () => NomadUnderTest): void {
  /** Sends a blocking read, lets something happen, and answers what came and how long it took. */
  const during = async (
    path: string,
    happen: () => Promise<unknown>,
  ): Promise<{ answer: Answer; ms: number }> => {
    const nomad = open();
    const startMs = nomad.nowMs();
    let endMs = 0;
    const pending = send(nomad, path).then((answer) => {
      endMs = nomad.nowMs();
      return answer;
    });
    await nomad.arrive(1);
    await happen();
    const answer = await pending;
    return { answer, ms: endMs - startMs };
  };
  const quiet = async (prefix: string): Promise<number> =>
    (await send(open(), `/v1/jobs?prefix=${prefix}`)).index;

  describe('blocking reads', () => {
    test('answer at once below the index, and wait at it for the time and up to a sixteenth more', async () => {
      const nomad = open();
      const id = newId(nomad, 'wait');
      await deploy(nomad, serviceJob(id, 1));
      await nomad.elapse(3000);
      const path = `/v1/jobs?prefix=${id}`;
      expect(unlike(await send(nomad, `${path}&index=1&wait=5s`), recorded(1))).toEqual([]);
      const index = await quiet(id);
      const { answer, ms } = await during(`${path}&index=${index}&wait=2s`, () => nomad.elapse(2300));
      expect(unlike(answer, recorded(2))).toEqual([]);
      expect(answer.index).toBeGreaterThanOrEqual(index);
      expect(ms).toBeGreaterThanOrEqual(1990);
      expect(ms).toBeLessThan(2000 + 125 + 250);
      const above = await during(`${path}&index=${index + 100_000}&wait=1s`, () => nomad.elapse(1200));
      expect(unlike(above.answer, recorded(7))).toEqual([]);
      expect(above.answer.index).toBeLessThan(index + 100_000);
    });

    test('of all jobs are woken by a new one; of a prefix by a new one only if it is near in the tree', async () => {
      const nomad = open();
      const [id, sibling, other] = [newId(nomad, 'prefix'), newId(nomad, 'zsibling'), newId(nomad, 'zother')];
      await deploy(nomad, serviceJob(id, 1));
      await register(nomad, serviceJob(sibling, 0));
      await nomad.elapse(3000);
      const index = await quiet(id);
      const { ms } = await during(`/v1/jobs?prefix=${id}&index=${index}&wait=4s`, async () => {
        const startMs = nomad.nowMs();
        const all = send(nomad, `/v1/jobs?index=${index}&wait=30s`);
        await nomad.arrive(2);
        await register(nomad, serviceJob(other, 0));
        await nomad.elapse(1000);
        expect((await all).index).toBeGreaterThan(index);
        expect(nomad.nowMs() - startMs).toBeLessThan(2000);
        await nomad.elapse(3500);
      });
      expect(ms).toBeGreaterThanOrEqual(3990);
      const near = newId(nomad, 'pre');
      const woken = await during(`/v1/jobs?prefix=${id}&index=${await quiet(id)}&wait=4s`, async () => {
        await register(nomad, serviceJob(near, 0));
        await nomad.elapse(1000);
      });
      expect(woken.ms).toBeLessThan(2000);
      expect(woken.answer.body.map((job: any) => job.ID)).toEqual([id]);
    });

    test('of a job’s allocations are woken when it is stopped', async () => {
      const nomad = open();
      const id = newId(nomad, 'poke');
      await deploy(nomad, serviceJob(id, 1));
      await nomad.elapse(2000);
      const { index } = await send(nomad, `/v1/job/${id}/allocations`);
      const { answer } = await during(`/v1/job/${id}/allocations?index=${index}&wait=15s`, async () => {
        await send(nomad, `/v1/job/${id}`, { method: 'DELETE' });
        await nomad.elapse(1000);
      });
      expect(unlike(answer, recorded(6))).toEqual([]);
      expect(answer.body[0].DesiredStatus).toBe('stop');
      expect(answer.index).toBeGreaterThan(index);
    });

    test('of a deployment are woken by its progress', async () => {
      const nomad = open();
      const id = newId(nomad, 'watched');
      await register(nomad, serviceJob(id, 2));
      await running(nomad, id, 2);
      const { body } = await send(nomad, `/v1/job/${id}/deployment`);
      const path = `/v1/deployment/${body.ID}`;
      expect(unlike(await send(nomad, `${path}?index=1&wait=5s`), exchange('deployments', 4))).toEqual([]);
      const { answer } = await during(`${path}?index=${body.ModifyIndex}&wait=10s`, () => nomad.elapse(4000));
      expect(unlike(answer, exchange('deployments', 5))).toEqual([]);
      expect(answer.index).toBeGreaterThan(body.ModifyIndex);
    });

    test('of nodes are woken by eligibility', async () => {
      const nomad = open();
      const { body, index } = await send(nomad, '/v1/nodes');
      const path = `/v1/node/${body[0].ID}/eligibility`;
      const { answer } = await during(`/v1/nodes?index=${index}&wait=30s&stale=`, async () => {
        await send(nomad, path, { body: { Eligibility: 'ineligible' } });
        await nomad.elapse(500);
      });
      expect(unlike(answer, recorded(11))).toEqual([]);
      expect(answer.index).toBeGreaterThan(index);
      await send(nomad, path, { body: { Eligibility: 'eligible' } });
    });

    test.each([
      ['a bad index', '/v1/nodes?index=abc', 8],
      ['a bad wait', '/v1/nodes?index=1&wait=abc', 9],
      ['a wait in milliseconds', '/v1/nodes?index=1&wait=60000ms', 10],
      ['an unknown job, low index', '/v1/job/nosuch?index=1&wait=1s', 14],
    ])('answer %s as recorded', async (_name, path, position) => {
      await register(open(), serviceJob(newId(open(), 'seen'), 0));
      const answer = await send(open(), path);
      expect(unlike(answer, recorded(position))).toEqual([]);
      expect(answer.status).toBe(recorded(position).status);
    });

    test('wait for an unknown job too', async () => {
      const nomad = open();
      const { answer, ms } = await during('/v1/job/nosuch?index=1000000&wait=1s', () => nomad.elapse(1200));
      expect(unlike(answer, recorded(13))).toEqual([]);
      expect(ms).toBeGreaterThanOrEqual(990);
    });
  });
}
