import type { Keys } from '../domain/keys.ts';
import type { ResourceType, ScalingState } from '../domain/scaling-state.ts';
import { groupId, type GroupRef } from '../domain/snapshot.ts';
import { decodeFlag } from '../domain/flag-document.ts';
import type { Discovered } from './discover-groups.ts';
import type { MemberReading } from './locks.ts';
import type { AgentReadings, OperationReading, ResourceReading } from './measure-state.ts';
import type { Subject } from './notice.ts';
import type { Pools } from './pool-context.ts';
import { readStored } from './stored-group.ts';
import { readStoredPool } from './stored-pool.ts';
import type { Store } from './store.ts';

/** What can be asked of an agent at any time; it reads nothing but memory. */
export interface AgentAnswers extends AgentReadings {
  /** The members of its group; none standalone. */
  members(): readonly MemberReading[];
  /** What is known of a resource that has a policy, by the name people give it. */
  about(type: ResourceType, id: string): Pick<Subject, 'uid' | 'statePath'> | undefined;
}

/** What the answers are taken from. */
export interface AnswerSources {
  readonly store: Store;
  readonly keys: Keys;
  readonly groups: () => Discovered;
  readonly pools: () => Pools;
  readonly leading: () => boolean;
  readonly leaseLeftMs: () => number;
  readonly members: () => readonly MemberReading[];
}

/** Answers of one agent. */
export function createAnswers(of: AnswerSources): AgentAnswers {
  const { store, keys, leading, leaseLeftMs, members } = of;
  return {
    leading,
    members,
    leaseLeftMs,
    failsafe: () => decodeFlag(store.get(keys.failsafe)?.value).set,
    paused: () => decodeFlag(store.get(keys.paused)?.value).set,
    resources: () => [...groupReadings(of), ...poolReadings(of)],
    operations: () => operationReadings(of),
    about: (type, id) => (type === 'job_group' ? aboutGroup(of, id) : aboutPool(of, id)),
  };
}

function* groupReadings({ store, keys, groups }: AnswerSources): Iterable<ResourceReading> {
  for (const { ref } of groups().values()) {
    const reading = readStored(store, keys, ref);
    yield { type: 'job_group', id: groupId(ref), state: reading.ok ? failuresOf(reading.stored) : undefined };
  }
}

function* poolReadings({ store, keys, pools }: AnswerSources): Iterable<ResourceReading> {
  for (const pool of pools().keys()) {
    const reading = readStoredPool(store, keys, pool);
    yield { type: 'worker_pool', id: pool, state: reading.ok ? failuresOf(reading.stored) : undefined };
  }
}

function failuresOf({ state }: { readonly state: ScalingState }): ResourceReading['state'] {
  return { failures: state.failureCount, failsafe: state.failsafeMode };
}

function* operationReadings({ store, keys }: AnswerSources): Iterable<OperationReading> {
  for (const { key } of store.below(`${keys.root}/operations/`)) {
    const ref = keys.groupOf(key);
    const pool = ref ? undefined : keys.poolOf(key);
    const phase = ref ? groupPhase(store, keys, ref) : poolPhase(store, keys, pool);
    if (phase !== undefined) yield { type: ref ? 'job_group' : 'worker_pool', phase };
  }
}

function groupPhase(store: Store, keys: Keys, ref: GroupRef): string | undefined {
  const reading = readStored(store, keys, ref);
  return reading.ok ? reading.stored.operation?.phase : undefined;
}

function poolPhase(store: Store, keys: Keys, pool: string | undefined): string | undefined {
  const reading = pool === undefined ? undefined : readStoredPool(store, keys, pool);
  return reading?.ok ? reading.stored.operation?.phase : undefined;
}

function aboutGroup({ groups, keys }: AnswerSources, id: string): ReturnType<AgentAnswers['about']> {
  for (const { ref, policy } of groups().values()) {
    if (groupId(ref) !== id) continue;
    const uid = policy.kind === 'policy' ? policy.policy.notificationUid : '';
    return { uid, statePath: keys.groupState(ref) };
  }
  return undefined;
}

function aboutPool({ pools, keys }: AnswerSources, id: string): ReturnType<AgentAnswers['about']> {
  const policy = pools().get(id)?.policy;
  const uid = policy?.kind === 'policy' ? policy.policy.notificationUid : '';
  return { uid, statePath: keys.poolState(id) };
}
