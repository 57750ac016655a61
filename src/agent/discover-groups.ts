import { parseGroupPolicy } from '../domain/policy/group-policy.ts';
import { isScalable } from '../domain/policy/scalable.ts';
import { groupId, groupKey, type GroupRef, type JobFacts, jobName } from '../domain/snapshot.ts';
import type { ClusterView } from '../ports/nomad.ts';
import type { Emit } from './events.ts';
import type { GroupTarget } from './group-context.ts';

/** The groups that have a policy, valid or not, by `groupKey`. */
export type Discovered = ReadonlyMap<string, GroupTarget>;

/**
 * The groups of a view. Groups of jobs that have not changed are taken over as they are; what was added,
 * changed, removed or is invalid is told once. A job that is listed but could not be read just now keeps its
 * groups, without facts: nothing is decided on them until it has been read.
 */
export function discoverGroups(known: Discovered, view: ClusterView, emit: Emit): Discovered {
  const found = new Map<string, GroupTarget>();
  for (const job of view.jobs.filter(isScalable)) {
    for (const group of job.groups) {
      const ref: GroupRef = { namespace: job.namespace, jobId: job.jobId, group: group.name };
      const before = known.get(groupKey(ref));
      if (before?.job === job) found.set(groupKey(ref), before);
      else discover(found, { before, job, ref }, emit);
    }
  }
  for (const [key, target] of known) {
    if (found.has(key)) continue;
    if (view.isUnread(target.ref)) found.set(key, { ...target, job: undefined });
    else if (target.policy.kind === 'policy') emit({ kind: 'policy-removed', group: groupId(target.ref) });
  }
  return found;
}

function discover(
  found: Map<string, GroupTarget>,
  of: { readonly before: GroupTarget | undefined; readonly job: JobFacts; readonly ref: GroupRef },
  emit: Emit,
): void {
  const { before, job, ref } = of;
  const meta = job.groups.find((group) => group.name === ref.group)?.meta ?? {};
  const policy = parseGroupPolicy(meta);
  if (policy.kind === 'none') return;
  const id = groupId(ref);
  found.set(groupKey(ref), { ref, job, policy, readIndex: job.modifyIndex });
  const isNewJob = before?.readIndex !== job.modifyIndex;
  if (policy.kind === 'invalid') {
    if (isNewJob)
      emit({ kind: 'policy-invalid', job: jobName(job), group: ref.group, faults: policy.faults });
  } else if (before?.policy.kind !== 'policy') emit({ kind: 'policy-added', group: id });
  else if (JSON.stringify(before.policy) !== JSON.stringify(policy))
    emit({ kind: 'policy-changed', group: id });
}
