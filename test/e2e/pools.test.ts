import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMoto } from '../contract/aws/moto.ts';
import { AwsWire } from '../contract/aws/wire.ts';
import { needsConsul, needsMoto } from '../support/needs.ts';
import type { RunningCli } from '../support/processes.ts';
import { startConsul } from '../support/real-consul.ts';
import { eventually, position } from './support/agents.ts';
import { probeConsul } from './support/consul.ts';
import { recordPool } from './support/pool-recorder.ts';
import {
  type PoolWorld,
  settledAt,
  settles,
  spreadWork,
  standingOf,
  startPoolAgent,
  startPoolWorld,
} from './support/pools.ts';

const both = { ...needsConsul, ...needsMoto };

/** Lines of a level, without their time. */
function linesOf(agent: RunningCli, level: string, from = 0): readonly string[] {
  const lines = agent.lines.slice(from).filter(({ text }) => text.includes(`[${level}]`));
  return lines.map(({ text }) => text.replace(/^.*?\[/, '['));
}

/** Resolves after so many more rounds of the pool. */
async function roundsPass(agent: RunningCli, pool: string, count: number): Promise<void> {
  for (let rounds = 0; rounds < count; rounds += 1) {
    await agent.waitForLine(new RegExp(`cluster_scaling: ${pool}: (hold|scale)`), 15_000, position(agent));
  }
}

describe('worker pools, with real processes and a real Consul', () => {
  let consul: Awaited<ReturnType<typeof startConsul>>;

  beforeAll(async () => {
    if (needsConsul.skip === true) return;
    consul = await startConsul();
  });
  afterAll(async () => {
    await consul?.stop();
  });

  test(
    'a pool of moto follows its work out and in, one step at a time, and no work is lost',
    both,
    async () => {
      const moto = await openMoto();
      try {
        const wire = new AwsWire(moto);
        const pool = await moto.makeGroup({ min: 1, max: 6, desired: 2 });
        const world = await startPoolWorld([{ name: pool, desired: 2 }], moto.url);
        await settles(world, pool, { n: 2, timeoutMs: 20_000 });
        const probe = probeConsul(consul.address);
        const record = recordPool({ world, wire, consul: probe, pool });
        const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `work-${n}`);
        await world.run(...ids.slice(0, 8).map((id) => ({ id, cpuMhz: 1_000 })));
        const agent = startPoolAgent({ nomadUrl: world.url, awsUrl: moto.url, consul: consul.address });

        const waiting = world.run({ id: 'work-9', cpuMhz: 1_000 });
        await settles(world, pool, { n: 4, timeoutMs: 60_000 });
        await waiting;
        await agent.waitForLine(new RegExp(`${pool}: hold: headroom`), 15_000);

        const kept = await oneJobOnEachNode(world, ids);
        await world.end(...ids.filter((id) => !kept.includes(id)));
        await settles(world, pool, { n: 3, timeoutMs: 60_000 });
        await settles(world, pool, { n: 2, timeoutMs: 60_000 });
        await eventually('both scalings in have ended', 30_000, () =>
          agent.lines.filter(({ text }) => text.includes('scale in ended')).length === 2 ? true : undefined,
        );
        await roundsPass(agent, pool, 3);
        expect(await agent.stop()).toEqual({ code: 0, signal: null });
        await record.stop();

        expect(record.faults).toEqual([]);
        expect(record.desired).toEqual([2, 3, 4, 3, 2]);
        const out = ['out requested', 'out launching', 'out joining'];
        const away = ['in draining', 'in detaching', 'in terminating'];
        expect(record.phases).toEqual([...out, ...out, ...away, ...away]);
        // One of the first two stays; of the two that came the idle one goes first, then the other of the first two.
        const came = ['member running without a node', 'member running eligible'];
        const goes = ['member running ineligible', 'detached running ineligible', 'detached terminated'];
        const [idle, worked] = (await world.terminations()).map(({ instanceId }) => instanceId);
        const histories = [...record.instances];
        const stay = histories.filter(([id]) => id !== idle && id !== worked).map(([, history]) => history);
        expect(stay).toEqual([[came[1]], came]);
        const draining = 'member running draining';
        expect(record.instances.get(worked ?? '')).toEqual([came[1], draining, ...goes]);
        expect(record.instances.get(idle ?? '')?.filter((one) => one !== draining)).toEqual([
          ...came,
          ...goes,
        ]);
        console.log(
          agent.lines
            .filter(({ text }) => /\[(INFO|WARN|ERROR)\]/.test(text))
            .map(({ text }) => text)
            .join('\n'),
        );
        console.log(JSON.stringify(await probe.keys('replicator/config'), null, 1));
        await world.stop();
      } finally {
        await moto.stop();
      }
    },
  );

  test(
    'what AWS refuses is one ERROR line that names what is missing, and scaling goes on when it is there',
    needsConsul,
    async () => {
      const world = await startPoolWorld([{ name: 'denied', desired: 2 }]);
      await world.run({ id: 'work-1', cpuMhz: 2_500 }, { id: 'work-2', cpuMhz: 2_500 });
      await world.put('/simulator/aws', {
        calls: [{ mode: 'error', code: 'InvalidClientTokenId', message: 'no such token', status: 403 }],
      });
      const keyRoot = 'denied';
      const agent = startPoolAgent({
        nomadUrl: world.url,
        awsUrl: world.awsUrl,
        consul: consul.address,
        keyRoot,
      });
      await agent.waitForLine(/denied: hold: unread/, 30_000);
      await roundsPass(agent, 'denied', 3);
      const deny = (...actions: string[]): Promise<void> =>
        world.put('/simulator/aws', { calls: [{ mode: 'deny', actions }] });
      await deny('DescribeAutoScalingGroups');
      await agent.waitForLine(/DescribeAutoScalingGroups/, 15_000);
      await roundsPass(agent, 'denied', 3);
      await deny('UpdateAutoScalingGroup');
      await agent.waitForLine(/aws answers again/, 15_000);
      await agent.waitForLine(/UpdateAutoScalingGroup/, 30_000);
      await roundsPass(agent, 'denied', 6);
      console.log(
        agent.lines
          .filter(({ text }) => /denied|aws/.test(text))
          .map(({ text }) => text)
          .join('\n'),
      );
      expect(linesOf(agent, 'ERROR')).toEqual([]);
      expect(standingOf(await world.pool('denied'))).toEqual(settledAt(2));
      await agent.stop();
      await world.stop();
    },
  );

  test(
    'the node that the agent itself runs on stays; one that is not known stops all removal',
    needsConsul,
    async () => {
      const world = await startPoolWorld([{ name: 'own', desired: 3 }]);
      // The agent's node is the least used: it would go first.
      await world.run(...[3_900, 3_600, 3_600].map((cpuMhz, n) => ({ id: `filler-${n}`, cpuMhz })));
      const [ownNode] = await world.run({ id: 'replicator', cpuMhz: 100 });
      const others = await world.run({ id: 'work-1', cpuMhz: 400 }, { id: 'work-2', cpuMhz: 400 });
      expect(new Set([ownNode, ...others]).size).toBe(3);
      await world.end('filler-0', 'filler-1', 'filler-2');
      const [allocation] = await world.get<{ ID: string }[]>('/v1/job/replicator/allocations');
      const place = { nomadUrl: world.url, awsUrl: world.awsUrl, consul: consul.address, keyRoot: 'own' };

      const lost = startPoolAgent({
        ...place,
        env: { NOMAD_ALLOC_ID: '5d1f4a1c-0000-4000-8000-000000000000' },
      });
      await lost.waitForLine(/own: hold: protected/, 30_000);
      await roundsPass(lost, 'own', 4);
      await lost.stop();
      expect(standingOf(await world.pool('own'))).toEqual(settledAt(3));

      const agent = startPoolAgent({ ...place, env: { NOMAD_ALLOC_ID: allocation?.ID ?? '' } });
      await settles(world, 'own', { n: 2, timeoutMs: 60_000 });
      await agent.waitForLine(/own: scale in ended, success/, 15_000);
      await roundsPass(agent, 'own', 4);
      await agent.stop();
      const { instances } = await world.pool('own');
      const ready = instances
        .filter(({ lifecycle }) => lifecycle === 'InService')
        .map(({ node }) => node?.id);
      console.log(
        agent.lines
          .filter(({ text }) => /own:/.test(text))
          .map(({ text }) => text)
          .join('\n'),
      );
      expect(ready).toHaveLength(2);
      expect(ready).toContain(ownNode);
      await world.stop();
    },
  );

  test('a pool that drains for an hour holds up no other pool and no job', needsConsul, async () => {
    const world = await startPoolWorld([
      { name: 'stuck', desired: 3, datacenter: 'slow' },
      { name: 'free', desired: 2 },
    ]);
    await spreadWork(world, { nodes: 3, cpuMhz: 400, type: 'batch', datacenter: 'slow' });
    await world.put('/simulator/load', {
      job: 'hot',
      group: 'app',
      load: { cpuMhz: { kind: 'constant', value: 400, per: 'allocation' }, memoryMb: 40 },
    });
    const place = { nomadUrl: world.url, awsUrl: world.awsUrl, consul: consul.address, keyRoot: 'two' };
    const agent = startPoolAgent(place);
    await agent.waitForLine(/stuck: scale in: draining: work-\d still run there/, 40_000);

    const meta = {
      replicator_enabled: 'true',
      replicator_min: '1',
      replicator_max: '3',
      replicator_cooldown: '1',
      replicator_scalein_cpu: '50',
      replicator_scaleout_cpu: '200',
    };
    await world.run(
      { id: 'big-1', cpuMhz: 2_500 },
      { id: 'big-2', cpuMhz: 2_500 },
      { id: 'hot', cpuMhz: 100, meta },
    );
    await settles(world, 'free', { n: 3, timeoutMs: 60_000 });
    await agent.waitForLine(/hot\/app: hold: max/, 60_000);
    await agent.waitForLine(/free: scale out ended, success/, 15_000);
    await world.end('big-1', 'big-2', 'hot');
    await settles(world, 'free', { n: 2, timeoutMs: 60_000 });
    console.log(
      agent.lines
        .filter(({ text }) => /stuck:|free:/.test(text))
        .map(({ text }) => text)
        .join('\n'),
    );

    const drained = (await world.pool('stuck')).instances.filter(({ node }) => node?.eligible === false);
    expect(drained.map(({ state, lifecycle, node }) => [state, lifecycle, node?.allocations])).toEqual([
      ['running', 'InService', 1],
    ]);
    await world.end('work-1', 'work-2', 'work-3');
    await settles(world, 'stuck', { n: 2, timeoutMs: 30_000 });
    await agent.stop();
    expect((await world.terminations()).map(({ allocations }) => allocations)).toEqual([[], []]);
    await world.stop();
  });
});

/** Ids of one job on each node that has any. */
async function oneJobOnEachNode(world: PoolWorld, ids: readonly string[]): Promise<readonly string[]> {
  type Row = { readonly JobID: string; readonly NodeID: string; readonly ClientStatus: string };
  const rows = await world.get<Row[]>('/v1/allocations');
  const kept = new Map<string, string>();
  for (const { JobID, NodeID, ClientStatus } of rows) {
    if (ids.includes(JobID) && ClientStatus === 'running') kept.set(NodeID, JobID);
  }
  return [...kept.values()];
}
