import { backoffLeftMs, cooldownLeftMs, type ScalingState } from '../domain/scaling-state.ts';
import { groupId } from '../domain/snapshot.ts';
import { runningAllocations } from '../domain/usage/measure-group.ts';
import type { GroupStatus, Page, PageQuery, StoredStatus } from '../ports/status-view.ts';
import type { DecisionRing } from './decision-ring.ts';
import type { Discovered } from './discover-groups.ts';
import type { GroupTarget } from './group-context.ts';
import { createNameOrder, mergeById, pageOf } from './resource-list.ts';
import type { ListSources } from './status-sources.ts';
import { readStored } from './stored-group.ts';
import { readFlags } from './stored-resource.ts';

interface NamedGroup {
  readonly id: string;
  readonly target: GroupTarget;
}

const inOrder = createNameOrder((groups: Discovered): NamedGroup[] =>
  [...groups.values()].map((target) => ({ id: groupId(target.ref), target })),
);

/** The task groups that are asked for. `nowMs`: wall clock of the rounds. */
export function groupPage(
  sources: ListSources,
  of: { readonly ring: DecisionRing; readonly query: PageQuery; readonly nowMs: number },
): Page<GroupStatus> {
  const all = mergeById(inOrder(sources.groups()), orphansOf(sources));
  const { items, ...page } = pageOf(all, of.query);
  return { ...page, items: items.map((one) => groupStatus(sources, one, of)) };
}

/** Groups that only an unfinished operation tells of. */
function orphansOf({ store, keys }: ListSources): readonly NamedGroup[] {
  return store.below(`${keys.root}/operations/`).flatMap(({ key }) => {
    const ref = keys.groupOf(key);
    if (!ref) return [];
    return { id: groupId(ref), target: { ref, job: undefined, policy: { kind: 'none' }, readIndex: 0 } };
  });
}

function groupStatus(
  sources: ListSources,
  { id, target }: NamedGroup,
  { ring, nowMs }: { readonly ring: DecisionRing; readonly nowMs: number },
): GroupStatus {
  const { store, keys } = sources;
  const { ref, policy } = target;
  const isOurs = sources.isOurs('job_group', id);
  const reading = readStored(store, keys, ref);
  const { failsafe, paused } = reading.ok ? reading.stored : readFlags(store, keys);
  const cooldownMs = policy.kind === 'policy' ? policy.policy.cooldownMs : undefined;
  return {
    id,
    ref,
    policy,
    stateKey: keys.groupState(ref),
    isOurs,
    ...countsOf(sources, target),
    failsafe,
    paused,
    stored: reading.ok ? storedStatus(reading.stored, cooldownMs, nowMs) : undefined,
    fault: reading.ok ? undefined : { key: reading.key, text: reading.fault },
    decision: isOurs ? ring.latestOfGroup(id) : undefined,
  };
}

/** The state with what is left of its waits. */
export function storedStatus<Operation>(
  stored: { readonly state: ScalingState; readonly operation: Operation | undefined },
  cooldownMs: number | undefined,
  nowMs: number,
): StoredStatus<Operation> {
  const { state, operation } = stored;
  if (cooldownMs === undefined) {
    return { state, operation, cooldownLeftMs: undefined, backoffLeftMs: undefined };
  }
  return {
    state,
    operation,
    cooldownLeftMs: cooldownLeftMs(state, cooldownMs, nowMs),
    backoffLeftMs: backoffLeftMs(state, cooldownMs, nowMs),
  };
}

function countsOf({ view }: ListSources, { ref, job }: GroupTarget): Pick<GroupStatus, 'count' | 'running'> {
  const count = job?.groups.find(({ name }) => name === ref.group)?.count;
  if (count === undefined) return { count, running: undefined };
  return { count, running: runningAllocations(view()?.allocations(ref) ?? []).length };
}
