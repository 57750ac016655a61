import type { GroupSummary, Job, JobStatus, JobSummary } from './job-types.ts';
import type { Allocation, ClientStatus } from './types.ts';

const EMPTY: GroupSummary = { complete: 0, failed: 0, lost: 0, queued: 0, running: 0, starting: 0 };

const BIN: Readonly<Record<ClientStatus, keyof GroupSummary>> = {
  pending: 'starting',
  running: 'running',
  complete: 'complete',
  failed: 'failed',
  lost: 'lost',
};

/** The summary of a job with an entry for each of its groups; the same object when nothing was missing. */
export function summaryFor(job: Job, before: JobSummary | undefined, index: number): JobSummary {
  const summary: JobSummary = before ?? {
    namespace: job.spec.namespace,
    jobId: job.spec.id,
    groups: {},
    children: { dead: 0, pending: 0, running: 0 },
    createIndex: index,
    modifyIndex: index,
  };
  const missing = job.spec.groups.filter((group) => !summary.groups[group.name]);
  if (missing.length === 0) return summary;
  const added = Object.fromEntries(missing.map((group) => [group.name, EMPTY]));
  return { ...summary, groups: { ...summary.groups, ...added }, modifyIndex: index };
}

/** The summary after an allocation was placed or its client status changed; undefined when it says nothing new. */
export function countInSummary(
  summary: JobSummary,
  before: Allocation | undefined,
  after: Allocation,
): JobSummary | undefined {
  const group = summary.groups[after.group];
  if (!group || summary.createIndex !== after.job.createIndex) return undefined;
  if (!before) {
    const placed = { ...group, starting: group.starting + 1, queued: Math.max(0, group.queued - 1) };
    return withGroup(summary, after.group, placed);
  }
  if (before.clientStatus === after.clientStatus) return undefined;
  const entered = BIN[after.clientStatus];
  const moved = { ...group, [entered]: group[entered] + 1 };
  const left = BIN[before.clientStatus];
  const leaves = left === 'running' || left === 'starting' || left === 'lost';
  return withGroup(summary, after.group, leaves ? { ...moved, [left]: Math.max(0, moved[left] - 1) } : moved);
}

/** The summary with the queued counts of an evaluation; undefined when they are what it had. */
export function countQueued(
  summary: JobSummary,
  queued: Readonly<Record<string, number>> | null,
): JobSummary | undefined {
  let result: JobSummary | undefined;
  for (const [name, count] of Object.entries(queued ?? {})) {
    const group = summary.groups[name];
    if (group && group.queued !== count)
      result = withGroup(result ?? summary, name, { ...group, queued: count });
  }
  return result;
}

/** A parent's summary after the status of a child changed. */
export function summaryWithChild(
  summary: JobSummary,
  before: JobStatus | null,
  after: JobStatus,
): JobSummary {
  const counts = { ...summary.children, [after]: summary.children[after] + 1 };
  if (before === null) return { ...summary, children: counts };
  return { ...summary, children: { ...counts, [before]: Math.max(0, counts[before] - 1) } };
}

function withGroup(summary: JobSummary, name: string, group: GroupSummary): JobSummary {
  return { ...summary, groups: { ...summary.groups, [name]: group } };
}
