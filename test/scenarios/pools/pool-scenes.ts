import type { PoolEye } from '../../support/scenario-pools.ts';
import type { VirtualCluster } from '../../support/virtual-cluster.ts';
import { scenarioJob } from '../../support/virtual-jobs.ts';

/** Work of so many allocations of 500 MHz, without deployments. */
export function work(count: number, id = 'web'): object {
  return scenarioJob({ id, count, min: 1, max: 50, deploys: false });
}

/** Allocations of any size, without a policy: nothing is reserved for one more of them. */
export function sized(job: {
  readonly id: string;
  readonly count: number;
  readonly cpuMhz: number;
  readonly type?: 'service' | 'batch';
  /** How long each runs; for ever if not given. */
  readonly runsS?: number;
  readonly memoryMb?: number;
  /** Runs on nodes of that class only. */
  readonly nodeClass?: string;
}): object {
  const { id, count, cpuMhz, type = 'service', runsS, memoryMb = 256, nodeClass } = job;
  const constraints = nodeClass === undefined ? {} : { '${node.class}': nodeClass };
  const config =
    runsS === undefined ? { image: 'registry.example/app:1' } : { command: '/bin/sleep', args: [`${runsS}`] };
  const driver = runsS === undefined ? 'docker' : 'exec';
  const tasks = [{ name: 'main', driver, config, cpuMhz, memoryMb }];
  return {
    id,
    type,
    constraints,
    ...(type === 'service' && { update: null }),
    groups: [{ name: 'main', count, tasks }],
  };
}

/** Registers a batch job of one allocation and sees to it that it is placed on the node. */
export async function placeBatch(
  cluster: VirtualCluster,
  eye: PoolEye,
  { node, ...runs }: { readonly node: string; readonly runsS?: number; readonly nodeClass?: string },
): Promise<void> {
  const job = sized({ id: `batch-on-${node}`, type: 'batch', count: 1, cpuMhz: 500, ...runs });
  await placeOn(cluster, eye, { node, job });
}

/** Registers a job while no other node of the pool is open, so that it is placed there. */
export async function placeOn(
  cluster: VirtualCluster,
  eye: PoolEye,
  { node, job }: { readonly node: string; readonly job: object },
): Promise<void> {
  const others = eye.nodes.filter(({ name, status }) => name !== node && status === 'ready');
  const open = others.filter(({ eligible }) => eligible);
  for (const { name } of open) setEligible(cluster, eye, { node: name, eligible: false });
  cluster.registerNow(job);
  await cluster.run(4_000);
  for (const { name } of open) setEligible(cluster, eye, { node: name, eligible: true });
}

/** An operator makes a node eligible, or not. */
export function setEligible(
  cluster: VirtualCluster,
  eye: PoolEye,
  { node, eligible }: { readonly node: string; readonly eligible: boolean },
): void {
  cluster.world.nodes.setEligible(eye.node(node), eligible);
}

/** Whatever happened: nothing with work was shut down by a call, and the desired capacity fell by detaching only. */
export function lossesOf(cluster: VirtualCluster, eye: PoolEye): readonly string[] {
  const lost = cluster.pools.clients.terminations
    .filter(({ by, allocations }) => by !== 'operator' && allocations.length > 0)
    .map(
      ({ node, by, allocations }) =>
        `${node} was ended by ${by} with ${allocations.map((one) => one.jobId).join(', ')}`,
    );
  const falls = eye.wishes.filter((wish) => {
    const [, from = 0, to = 0, by = ''] = /^(\d+)→(\d+) (.+)$/.exec(wish) ?? [];
    return Number(to) < Number(from) && by !== 'DetachInstances' && by !== 'operator';
  });
  return [...lost, ...falls];
}
