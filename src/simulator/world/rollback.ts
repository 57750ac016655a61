import { jobKey, keyOfJob } from './job-types.ts';
import type { Job } from './job-types.ts';
import type { Store } from './store.ts';
import type { Deployment } from './types.ts';
import type { Write } from './write.ts';

/** What a failing deployment falls back to, and how the servers say it. */
export interface Rollback {
  readonly to: Job | null;
  readonly description: string;
}

/** The version that a failed deployment returns to; null when no group asks for it. */
export function rollbackFor(store: Store, deployment: Deployment, description: string): Rollback | null {
  const wants = Object.values(deployment.groups).some(
    (group) => group.autoRevert && group.healthy < group.desiredTotal,
  );
  if (!wants) return null;
  const key = jobKey(deployment.namespace, deployment.jobId);
  const current = store.tables.jobs.get(key);
  const stable = store.tables.versions
    .get(key)
    ?.find((job) => job.stable && job.version < deployment.jobVersion);
  if (!stable || !current) {
    return { to: null, description: `${description} - no stable job version to auto revert to` };
  }
  if (stable.spec.text === current.spec.text) {
    const same = `not rolling back to stable job version ${stable.version} as current job has same specification`;
    return { to: null, description: `${description} - ${same}` };
  }
  return { to: stable, description: `${description} - rolling back to job version ${stable.version}` };
}

/** Registers an older version anew, as the current one; answers the version it reverted to. */
export function revert(store: Store, tx: Write, { to, nowNs }: { to: Job; nowNs: bigint }): number {
  const current = store.tables.jobs.get(keyOfJob(to));
  tx.putJob({
    ...to,
    stable: true,
    stop: false,
    status: current?.status ?? to.status,
    version: (current?.version ?? to.version) + 1,
    submitTimeNs: nowNs,
    createIndex: current?.createIndex ?? to.createIndex,
    modifyIndex: tx.index,
    jobModifyIndex: tx.index,
  });
  return to.version;
}
