import { expect } from 'vitest';
import type { RunningCli } from '../../support/processes.ts';
import {
  roundsPass,
  settledAt,
  settles,
  spreadWork,
  standingOf,
  startPoolAgent,
  startPoolWorld,
} from './pools.ts';

/** The ERROR lines' sentences. */
function errorsOf(agent: RunningCli): readonly string[] {
  return agent.lines.flatMap(({ text }) => /\[ERROR\] (.*)$/.exec(text)?.[1] ?? []);
}

/** Credentials that AWS does not know, then one permission missing after the other. */
export async function beRefused(consul: string): Promise<void> {
  const pool = 'denied';
  const world = await startPoolWorld([{ name: pool, desired: 2 }]);
  await world.run({ id: 'work-1', cpuMhz: 2_500 }, { id: 'work-2', cpuMhz: 2_500 });
  const goWrong = (...calls: readonly object[]): Promise<void> => world.put('/simulator/aws', { calls });
  await goWrong({ mode: 'error', code: 'InvalidClientTokenId', message: 'no such token', status: 403 });
  const agent = startPoolAgent({ nomadUrl: world.url, awsUrl: world.awsUrl, consul, keyRoot: pool });
  await agent.waitForLine(/AWS does not know these credentials/, 30_000);
  await roundsPass(agent, pool, 3);
  await goWrong({ mode: 'deny', actions: ['DescribeAutoScalingGroups'] });
  await agent.waitForLine(/\(autoscaling:DescribeAutoScalingGroups\)/, 15_000);
  await roundsPass(agent, pool, 3);
  expect(standingOf(await world.pool(pool))).toEqual(settledAt(2));
  await goWrong({ mode: 'deny', actions: ['UpdateAutoScalingGroup'] });
  await agent.waitForLine(/aws answers again/, 15_000);
  await agent.waitForLine(/\(autoscaling:UpdateAutoScalingGroup\)/, 30_000);
  await roundsPass(agent, pool, 5);
  expect(standingOf(await world.pool(pool))).toEqual(settledAt(2));
  await agent.waitForLine(/denied: hold: backoff/, 5_000);

  const says = (text: string): unknown => expect.stringContaining(text);
  expect(errorsOf(agent)).toEqual([
    says('AWS does not know these credentials'),
    says('autoscaling:DescribeAutoScalingGroups'),
    says('autoscaling:UpdateAutoScalingGroup'),
  ]);
  // A refused call is made again a minute later.
  await goWrong();
  await settles(world, pool, { n: 3, timeoutMs: 80_000 });
  await agent.waitForLine(/denied: scale out ended, success/, 20_000);
  expect(errorsOf(agent)).toHaveLength(3);
  await agent.stop();
  await world.stop();
}

/** The agent's own node is the least used: it would go first. */
export async function stayAtHome(consul: string): Promise<void> {
  const pool = 'own';
  const world = await startPoolWorld([{ name: pool, desired: 3 }]);
  await world.run(...[3_900, 3_600, 3_600].map((cpuMhz, n) => ({ id: `filler-${n}`, cpuMhz })));
  const others = await world.run({ id: 'work-1', cpuMhz: 400 }, { id: 'work-2', cpuMhz: 400 });
  const [home] = await world.run({ id: 'replicator', cpuMhz: 100 });
  expect(new Set([home, ...others]).size).toBe(3);
  await world.end('filler-0', 'filler-1', 'filler-2');
  const [allocation] = await world.get<{ ID: string }[]>('/v1/job/replicator/allocations');
  const place = { nomadUrl: world.url, awsUrl: world.awsUrl, consul, keyRoot: pool };

  const unknown = '5d1f4a1c-0000-4000-8000-000000000000';
  const lost = startPoolAgent({ ...place, env: { NOMAD_ALLOC_ID: unknown } });
  await lost.waitForLine(/own: hold: protected/, 30_000);
  await roundsPass(lost, pool, 4);
  await lost.stop();
  expect(standingOf(await world.pool(pool))).toEqual(settledAt(3));

  const agent = startPoolAgent({ ...place, env: { NOMAD_ALLOC_ID: allocation?.ID ?? '' } });
  await agent.waitForLine(
    /own: scale in from 3 to 2, .*own-\d stays: protected \(this agent runs on it\)/,
    30_000,
  );
  await settles(world, pool, { n: 2, timeoutMs: 60_000 });
  await roundsPass(agent, pool, 4);
  await agent.stop();
  const { instances } = await world.pool(pool);
  const ready = instances.filter(({ lifecycle }) => lifecycle === 'InService').map(({ node }) => node?.id);
  expect(ready).toHaveLength(2);
  expect(ready).toContain(home);
  await world.stop();
}

/** One pool waits for batch work that does not end; another one, and a job, go out and in meanwhile. */
export async function holdUpNobody(consul: string): Promise<void> {
  const world = await startPoolWorld([
    { name: 'stuck', desired: 3, datacenter: 'slow' },
    { name: 'free', desired: 2 },
  ]);
  await spreadWork(world, { nodes: 3, cpuMhz: 400, type: 'batch', datacenter: 'slow' });
  const usage = { cpuMhz: { kind: 'constant', value: 400, per: 'allocation' }, memoryMb: 40 };
  await world.put('/simulator/load', { job: 'hot', group: 'app', load: usage });
  const agent = startPoolAgent({ nomadUrl: world.url, awsUrl: world.awsUrl, consul, keyRoot: 'two' });
  await agent.waitForLine(/stuck: scale in: draining: work-\d still runs? there/, 40_000);

  await world.run(
    { id: 'big-1', cpuMhz: 2_500 },
    { id: 'big-2', cpuMhz: 2_500 },
    { id: 'hot', cpuMhz: 100, meta: HOT },
  );
  await settles(world, 'free', { n: 3, timeoutMs: 60_000 });
  await agent.waitForLine(/hot\/app: hold: max/, 60_000);
  await world.end('big-1', 'big-2', 'hot');
  await settles(world, 'free', { n: 2, timeoutMs: 60_000 });

  const { instances } = await world.pool('stuck');
  const drained = instances.filter(({ node }) => node?.eligible === false);
  expect(drained.map(({ state, lifecycle, node }) => [state, lifecycle, node?.allocations])).toEqual([
    ['running', 'InService', 1],
  ]);
  await world.end('work-1', 'work-2', 'work-3');
  await settles(world, 'stuck', { n: 2, timeoutMs: 30_000 });
  await agent.stop();
  expect((await world.terminations()).map(({ allocations }) => allocations)).toEqual([[], []]);
  await world.stop();
}

const HOT = {
  replicator_enabled: 'true',
  replicator_min: '1',
  replicator_max: '2',
  replicator_cooldown: '1',
  replicator_scalein_cpu: '50',
  replicator_scaleout_cpu: '200',
};
