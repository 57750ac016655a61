import { msOfNs } from './time.ts';
import { isActive, isEvalTerminal, isTerminal } from './types.ts';
import { keyOfJob } from './job-types.ts';
import { write } from './write.ts';
import type { Context } from './context.ts';
import type { Allocation, Evaluation } from './types.ts';

/** Removes what has been over for long, as the servers do: evaluations, allocations, deployments, dead jobs, nodes that are down. */
export function collectGarbage(context: Context): void {
  const { store, timing } = context;
  const before = context.clock.now() - timing.gcEvaluationsMs;
  const isOld = (row: { readonly modifyTimeNs: bigint }): boolean => msOfNs(row.modifyTimeNs) < before;
  const isOver = (allocation: Allocation): boolean =>
    isTerminal(allocation) &&
    allocation.clientStatus !== 'running' &&
    isOld(allocation) &&
    !isWanted(context, allocation);
  const allocations = store.tables.allocations.all().filter(isOver);
  const removed = new Set(allocations.map((allocation) => allocation.id));
  const inUse = new Set(
    store.tables.allocations
      .all()
      .flatMap((allocation) => (removed.has(allocation.id) ? [] : [allocation.evalId])),
  );
  const evaluations = store.tables.evaluations
    .all()
    .filter(
      (evaluation: Evaluation) =>
        isEvalTerminal(evaluation) && isOld(evaluation) && !inUse.has(evaluation.id),
    );
  const deployments = oldDeployments(context, removed);
  const jobs = deadJobs(context);
  const nodes = deadNodes(context);
  if (removed.size + evaluations.length + deployments.length + jobs.length + nodes.length === 0) return;
  write(store, (tx) => {
    for (const id of removed) tx.remove('allocations', id);
    for (const { id } of evaluations) tx.remove('evaluations', id);
    for (const id of deployments) tx.remove('deployments', id);
    for (const key of jobs) tx.removeJob(key);
    for (const id of nodes) tx.remove('nodes', id);
  });
}

/** Batch work that ended well is kept while its job lives: without it the work would be done again. */
function isWanted({ store }: Context, allocation: Allocation): boolean {
  const job = store.job(allocation.namespace, allocation.jobId);
  return job !== undefined && !job.stop && job.spec.type === 'batch' && allocation.desiredStatus === 'run';
}

function oldDeployments({ store }: Context, removed: ReadonlySet<string>): readonly string[] {
  const inUse = new Set(
    store.tables.allocations.all().flatMap((other) => (removed.has(other.id) ? [] : [other.deploymentId])),
  );
  const latest = new Set(
    store.tables.jobs.all().flatMap((job) => store.latestDeployment(keyOfJob(job))?.id ?? []),
  );
  return store.tables.deployments
    .all()
    .filter((deployment) => !isActive(deployment) && !inUse.has(deployment.id) && !latest.has(deployment.id))
    .map((deployment) => deployment.id);
}

/** Stopped jobs, and batch jobs that are through; not those whose groups merely stand at 0. */
function deadJobs({ store, clock, timing }: Context): readonly string[] {
  const before = clock.now() - timing.gcJobsMs;
  return store.tables.jobs
    .all()
    .filter((job) => job.status === 'dead' && (job.stop || job.spec.type === 'batch'))
    .filter((job) => msOfNs(job.submitTimeNs) < before)
    .map(keyOfJob);
}

/** Nodes that have been down for long, with nothing left there that is to run. */
function deadNodes({ store, clock, timing }: Context): readonly string[] {
  const before = clock.now() - timing.gcNodesMs;
  return store.tables.nodes
    .all()
    .filter((node) => node.status === 'down' && node.statusUpdatedAtS * 1000 < before)
    .filter((node) => store.tables.allocations.grouped('node', node.id).every(isTerminal))
    .map((node) => node.id);
}
