import { guardOf, mergedGuard } from '../consul/radix.ts';
import { keyOfJob } from '../world/job-types.ts';
import type { Change, Store } from '../world/store.ts';

/** The keys of the servers' radix tree of jobs. */
function treeKeys(store: Store): readonly string[] {
  return store.tables.jobs.all().map((job) => treeKey(keyOfJob(job)));
}

function treeKey(key: string): string {
  return `${key}\u0000`;
}

/**
 * What wakes a blocking read of the jobs whose key begins like this: their changes, and every job that
 * comes or goes so near in the tree that it splits or merges the node that is watched.
 */
export function watchJobs(store: Store, beginning: string): (change: Change) => boolean {
  const guard = guardOf(treeKeys(store), beginning);
  return (change) => {
    if (change.table !== 'jobs') return false;
    const key = treeKey(change.key);
    if (key.startsWith(guard)) return true;
    return change.after === undefined && mergedGuard(treeKeys(store), key) === guard;
  };
}

/** What wakes a blocking read of one job: its changes; while there is none, also its neighbours'. */
export function watchJob(store: Store, key: string): (change: Change) => boolean {
  if (!store.tables.jobs.get(key)) return watchJobs(store, treeKey(key));
  return (change) => change.table === 'jobs' && change.key === key;
}
