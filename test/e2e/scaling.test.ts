import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsConsul } from '../support/needs.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually, startAgentProcess } from './support/agents.ts';
import { probeConsul } from './support/consul.ts';
import { NOMADS, type TestNomad } from './support/nomad.ts';

describe.each(NOMADS)('the built agent, a real Consul and $name', ({ start, options }) => {
  let nomad: TestNomad;
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (options.skip === true || needsConsul.skip === true) return;
    [nomad, consul] = await Promise.all([start(), startConsul()]);
  });
  afterAll(async () => {
    await Promise.all([nomad?.stop(), consul?.stop()]);
  });

  const both = { ...needsConsul, ...options };

  test(
    'scales a hot group out to its maximum and a cold one in to its minimum, and stops there',
    both,
    async () => {
      await nomad.register({ id: 'hot', heat: 'hot', count: 1 });
      await nomad.register({ id: 'cold', heat: 'cold', count: 3 });
      await nomad.register({ id: 'cold-batch', heat: 'cold', count: 3, type: 'batch' });
      await nomad.register({ id: 'cold-plain', heat: 'cold', count: 3, deploys: false });
      const agent = startAgentProcess({ nomadUrl: nomad.url, consul: consul.address });

      await agent.waitForLine(/hot\/app: hold: max/, 90_000);
      for (const id of ['cold', 'cold-batch', 'cold-plain']) {
        await agent.waitForLine(new RegExp(`${id}/app: hold: min`), 60_000);
      }
      const counts = await Promise.all(
        ['hot', 'cold', 'cold-batch', 'cold-plain'].map((id) => nomad.count(id)),
      );
      expect(counts).toEqual([3, 1, 1, 1]);
      const scaled = agent.lines.filter(
        ({ text }) => /: scale (out|in) from/.test(text) && text.includes('core/'),
      );
      expect(scaled).toHaveLength(8);
      for (const { text } of scaled) {
        expect(text).toMatch(
          /\[INFO\] core\/job_scaling: \S+: scale (out|in) from \d to \d: (above|below), .*cpu \d+\.\d % \(50\/200\), \d of \d measured\]$/,
        );
      }
      const events = (await nomad.get('/v1/job/hot/scale')) as {
        TaskGroups: { app: { Events: { Message: string; Meta: Record<string, unknown> }[] } };
      };
      const told = events.TaskGroups.app.Events.map((event) => event.Message);
      expect(told).toHaveLength(2);
      for (const message of told) expect(message).toMatch(/^Replicator: scale out from \d to \d: .*cpu/);
      expect(events.TaskGroups.app.Events[0]?.Meta).toMatchObject({
        reason: 'above',
        measured: expect.any(Number),
      });

      const keys = await eventually('no operation is left', 20_000, async () => {
        const found = await probeConsul(consul.address).keys('replicator/config');
        return Object.keys(found).some((key) => key.includes('/operations/')) ? undefined : found;
      });
      const state = JSON.parse(keys['replicator/config/state/jobs/hot/app'] ?? '{}') as Record<
        string,
        unknown
      >;
      expect(state).toMatchObject({
        scaleout_requests: 2,
        scalein_requests: 0,
        failure_count: 0,
        failsafe_mode: false,
      });
      expect(await agent.stop()).toEqual({ code: 0, signal: null });
      await Promise.all(
        ['hot', 'cold', 'cold-batch', 'cold-plain'].map((id) =>
          nomad.send('DELETE', `/v1/job/${id}?purge=true`),
        ),
      );
    },
  );

  test('names every fault of a policy in one line and scales the others', both, async () => {
    const meta = { replicator_min: undefined, replicator_max: 'many', replicator_scalein_cpu: undefined };
    await nomad.register({ id: 'broken', heat: 'cold', count: 1, meta });
    await nomad.register({ id: 'well', heat: 'hot', count: 1, max: 2 });
    const keyRoot = 'faults';
    const agent = startAgentProcess({ nomadUrl: nomad.url, consul: consul.address, keyRoot });

    await agent.waitForLine(/well\/app: Nomad accepted the count 2/, 60_000);
    await agent.waitForLine(/broken\/app: hold: invalid/, 10_000);
    const errors = agent.lines.filter(({ text }) => text.includes('[ERROR]'));
    expect(errors.map(({ text }) => text.replace(/^.*UTC /, ''))).toEqual([
      "[ERROR] client/job_scaling_policies: job broken and group app are not scaled until the job's meta is mended: " +
        'replicator_min is missing; replicator_max is "many", not a whole number of 0 or more; ' +
        'replicator_scalein_cpu is missing beside replicator_scaleout_cpu',
    ]);
    await agent.stop();
  });

  test.each([
    { what: 'image', job: { deploys: true } },
    { what: 'image', job: { deploys: false } },
    { what: 'image', job: { type: 'batch' } },
    { what: 'count', job: { deploys: true } },
    { what: 'count', job: { deploys: false } },
    { what: 'count', job: { type: 'batch' } },
  ] as const)(
    "leaves a user's new $what of a job ($job) as it is, made between our read and our write",
    both,
    async ({ what, job }) => {
      const { startProxy } = await import('../support/fault-proxy.ts');
      const id = `${what}-${'type' in job ? job.type : `deploys-${job.deploys}`}`;
      const mine = { id, heat: 'hot', count: 1, max: 3, ...job } as const;
      await nomad.register(mine);
      const proxy = await startProxy(nomad.url);
      let letGo = (): void => undefined;
      const until = new Promise<void>((resolve) => (letGo = resolve));
      proxy.rule = ({ method, path }) =>
        method === 'PUT' && path.startsWith('/v1/job') ? { kind: 'hold', until } : undefined;
      const agent = startAgentProcess({ nomadUrl: proxy.url, consul: consul.address, keyRoot: `user/${id}` });
      try {
        const held = await eventually('our write', 60_000, () =>
          proxy.log.find(
            (request) =>
              request.method === 'PUT' &&
              (request.path.includes(`/${id}/`) || request.body.includes(`"${id}"`)),
          ),
        );
        await nomad.register(what === 'image' ? { ...mine, image: 'two' } : { ...mine, count: 3 });
        await eventually('the deployment of the user', 10_000, async () => {
          if (!('deploys' in job) || !job.deploys) return true;
          const deployments = (await nomad.get(`/v1/job/${id}/deployments`)) as {
            Status: string;
            JobVersion: number;
          }[];
          return deployments.some((one) => one.Status === 'running') ? true : undefined;
        });
        letGo();
        await eventually('the answer to our write', 10_000, () => held.status);
        expect(held.status).toBeGreaterThanOrEqual(400);
        const after = (await nomad.get(`/v1/job/${id}`)) as {
          TaskGroups: { Count: number; Tasks: { Env: { IMAGE: string } }[] }[];
        };
        expect(after.TaskGroups[0]?.Count).toBe(what === 'count' ? 3 : 1);
        expect(after.TaskGroups[0]?.Tasks[0]?.Env.IMAGE).toBe(what === 'image' ? 'two' : 'one');
        await agent.waitForLine(new RegExp(`${id}/app: scale out from 1 to 2 ended, dropped`), 10_000);
      } finally {
        letGo();
        await agent.stop();
        await proxy.stop();
      }
    },
  );
});
