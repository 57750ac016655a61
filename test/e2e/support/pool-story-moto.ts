import { expect } from 'vitest';
import { openMoto } from '../../contract/aws/moto.ts';
import { AwsWire, type AwsUnderTest } from '../../contract/aws/wire.ts';
import type { RunningCli } from '../../support/processes.ts';
import { eventually } from './agents.ts';
import { probeConsul } from './consul.ts';
import { type PoolRecord, recordPool } from './pool-recorder.ts';
import { type PoolWorld, roundsPass, settles, startPoolAgent, startPoolWorld } from './pools.ts';

/** Nine jobs on two nodes of moto make it four; six of them go, and so do two nodes. */
export async function followWork(consul: string): Promise<void> {
  const moto = await openMoto();
  try {
    await followWorkOf(moto, consul);
  } finally {
    await moto.stop();
  }
}

const JOBS = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `work-${n}`);

async function followWorkOf(moto: AwsUnderTest, consul: string): Promise<void> {
  const pool = await moto.makeGroup({ min: 1, max: 6, desired: 2 });
  const world = await startPoolWorld([{ name: pool, desired: 2 }], moto.url);
  await settles(world, pool, { n: 2, timeoutMs: 30_000 });
  await world.run(...JOBS.slice(0, 8).map((id) => ({ id, cpuMhz: 1_000 })));
  const record = recordPool({ world, wire: new AwsWire(moto), consul: probeConsul(consul), pool });
  const waiting = world.run({ id: 'work-9', cpuMhz: 1_000 });
  const agent = startPoolAgent({ nomadUrl: world.url, awsUrl: moto.url, consul });
  await waiting;
  await settles(world, pool, { n: 4, timeoutMs: 60_000 });
  await agent.waitForLine(new RegExp(`${pool}: hold: headroom`), 30_000);

  const kept = await oneJobOnEachNode(world);
  await world.end(...JOBS.filter((id) => !kept.includes(id)));
  await eventually('two nodes have gone', 90_000, () =>
    agent.lines.filter(({ text }) => text.includes('scale in ended')).length === 2 ? true : undefined,
  );
  await settles(world, pool, { n: 2, timeoutMs: 10_000 });
  await roundsPass(agent, pool, 3);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  await record.stop();

  await expectSteps(record, world);
  expectLog(agent, pool);
  await expectDocuments({ record, consul, pool });
  expect((await world.terminations()).map(({ allocations }) => allocations)).toEqual([[], []]);
  expect(await running(world)).toEqual(kept.toSorted());
  await world.stop();
}

async function expectSteps(record: PoolRecord, world: PoolWorld): Promise<void> {
  expect(record.faults).toEqual([]);
  expect(record.desired).toEqual([2, 3, 4, 3, 2]);
  const out = ['out requested', 'out launching', 'out joining'];
  const away = ['in draining', 'in detaching', 'in terminating'];
  expect(record.phases).toEqual([...out, ...out, ...away, ...away]);

  // Of the two that came the idle one goes first, then one of those that were there.
  const came = ['member running without a node', 'member running eligible'];
  const goes = ['member running ineligible', 'detached running ineligible', 'detached terminated'];
  const draining = 'member running draining';
  const [idle = '', worked = ''] = (await world.terminations()).map(({ instanceId }) => instanceId);
  const stay = [...record.instances].filter(([id]) => id !== idle && id !== worked);
  expect(stay.map(([, history]) => history)).toEqual([[came[1]], came]);
  expect(record.instances.get(worked)).toEqual([came[1], draining, ...goes]);
  // The drain of an idle node may be over before anybody looks.
  expect(record.instances.get(idle)?.filter((one) => one !== draining)).toEqual([...came, ...goes]);
}

function expectLog(agent: RunningCli, pool: string): void {
  const told = agent.lines.flatMap(({ text }) => {
    const [, sentence] = /\[INFO\] (?:core\/cluster_scaling|cloud\/aws): (.*)$/.exec(text) ?? [];
    return sentence === undefined
      ? []
      : [sentence.replaceAll(/i-[0-9a-f]{17}/g, 'i-…').replaceAll(/-\d \(/g, '-n (')];
  });
  const news = told.filter((one) => /: scale (?:in|out) (?:from|ended)|terminated$/.test(one));
  const numbers = (nodes: number, used: string): unknown =>
    expect.stringMatching(new RegExp(`\\[nodes ${nodes} of ${nodes} .*, cpu used ${used} allowed, `));
  expect(news).toHaveLength(10);
  const begun = news.filter((one) => one.includes(' from '));
  expect(begun).toEqual([
    numbers(2, '8000 of 4000'),
    numbers(3, '9000 of 8000'),
    numbers(4, '3000 of 12000'),
    numbers(3, '3000 of 8000'),
  ]);
  expect(news.map((one) => one.replace(/ \[.*/, ''))).toEqual([
    `${pool}: scale out from 2 to 3: pending, work waits for room that new nodes would have`,
    `${pool}: scale out ended, success: i-… joined as ready nodes`,
    `${pool}: scale out from 3 to 4: above, the work reaches what may be used with fault tolerance and reserve`,
    `${pool}: scale out ended, success: i-… joined as ready nodes`,
    `${pool}: scale in from 4 to 3, ${pool}-n (i-…) goes: below, one node fewer still has room enough`,
    `${pool}: the instance i-… is being terminated`,
    `${pool}: scale in ended, success: ${pool}-n (i-…) is terminated`,
    `${pool}: scale in from 3 to 2, ${pool}-n (i-…) goes: below, one node fewer still has room enough`,
    `${pool}: the instance i-… is being terminated`,
    `${pool}: scale in ended, success: ${pool}-n (i-…) is terminated`,
  ]);
  const bad = agent.lines.filter(({ text }) => /\[(?:WARN|ERROR)\]/.test(text));
  expect(bad.map(({ text }) => text)).toEqual([]);
}

async function expectDocuments(of: {
  readonly record: PoolRecord;
  readonly consul: string;
  readonly pool: string;
}): Promise<void> {
  const { record, consul, pool } = of;
  const common = { form: 1, resource_type: 'worker_pool', pool, region: 'us-east-1', provider: 'aws' };
  const [first, , , second, , , third] = record.documents;
  expect(first).toMatchObject({
    ...common,
    because: 'pending',
    from: 2,
    to: 3,
    message: expect.stringContaining('pending'),
  });
  expect(second).toMatchObject({ ...common, because: 'above', from: 3, to: 4 });
  expect(second?.['members']).toHaveLength(3);
  expect(third).toMatchObject({ ...common, because: 'below', node_name: `${pool}-4`, undo: '', frozen: '' });
  const keys = await probeConsul(consul).keys(`replicator/config/`);
  const path = `replicator/config/state/nodes/${pool}`;
  expect(Object.keys(keys).filter((key) => key.includes(pool))).toEqual([path]);
  const state = JSON.parse(keys[path] ?? '') as Record<string, unknown>;
  expect(state).toMatchObject({
    failsafe_mode: false,
    failure_count: 0,
    resource_name: pool,
    resource_type: 'worker_pool',
    scalein_requests: 0,
    scaleout_requests: 0,
    state_path: path,
  });
  expect(Date.now() - Date.parse(state['last_scaling_event'] as string)).toBeLessThan(60_000);
}

interface AllocationRow {
  readonly JobID: string;
  readonly NodeID: string;
  readonly ClientStatus: string;
}

async function allocations(world: PoolWorld): Promise<readonly AllocationRow[]> {
  const rows = await world.get<AllocationRow[]>('/v1/allocations');
  return rows.filter(({ JobID }) => JOBS.includes(JobID));
}

/** One job on each node that has any. */
async function oneJobOnEachNode(world: PoolWorld): Promise<readonly string[]> {
  const rows = (await allocations(world)).filter(({ ClientStatus }) => ClientStatus === 'running');
  return [...new Map(rows.map(({ NodeID, JobID }) => [NodeID, JobID])).values()];
}

/** Jobs that run; fails where an allocation was lost or failed. */
async function running(world: PoolWorld): Promise<readonly string[]> {
  const rows = await allocations(world);
  expect(rows.filter(({ ClientStatus }) => /lost|failed/.test(ClientStatus))).toEqual([]);
  return rows
    .filter(({ ClientStatus }) => ClientStatus === 'running')
    .map(({ JobID }) => JobID)
    .toSorted();
}
