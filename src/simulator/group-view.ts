import { keyOfJob } from './world/job-types.ts';
import type { Json } from './json-text.ts';
import type { GroupSpec, Job } from './world/job-types.ts';
import type { World } from './world/world.ts';

const BYTES_PER_MB = 1024 * 1024;

/** What each group really is and uses at the moment, seen from inside the world. */
export function groupsOf(world: World): readonly Json[] {
  return world.store.tables.jobs
    .all()
    .filter((job) => !job.stop)
    .flatMap((job) => job.spec.groups.map((group) => viewOf(world, job, group)));
}

function viewOf(world: World, job: Job, group: GroupSpec): Json {
  const { tables } = world.store;
  const own = [...world.store.allocationsOf(keyOfJob(job))].filter((other) => other.group === group.name);
  const running = own.filter((other) => other.clientStatus === 'running' && other.desiredStatus === 'run');
  const samples = running.flatMap((allocation) => {
    const node = tables.nodes.get(allocation.nodeId);
    return node ? world.statistics.sample(allocation, node).tasks : [];
  });
  const count = Math.max(1, running.length);
  const cpuMhz = samples.reduce((sum, sample) => sum + sample.cpuMhz, 0);
  const memoryMb = samples.reduce((sum, sample) => sum + sample.memoryBytes, 0) / BYTES_PER_MB;
  return {
    namespace: job.spec.namespace,
    job: job.spec.id,
    group: group.name,
    count: group.count,
    running: running.length,
    pending: own.filter((other) => other.clientStatus === 'pending' && other.desiredStatus === 'run').length,
    queued: tables.summaries.get(keyOfJob(job))?.groups[group.name]?.queued ?? 0,
    cpuPercent: (cpuMhz / (count * Math.max(1, group.cpuMhz))) * 100,
    memoryPercent: (memoryMb / (count * Math.max(1, group.memoryMb))) * 100,
  };
}
