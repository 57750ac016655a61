import { type GroupDecision, holdBlind } from '../domain/decision/group-decision.ts';
import type { GroupOperation } from '../domain/group-operation.ts';
import { faultLine } from '../domain/policy/group-policy.ts';
import { afterTrip, withoutFutureTimes } from '../domain/scaling-state.ts';
import { type GroupRef, groupId } from '../domain/snapshot.ts';
import { isPortError } from '../ports/port-error.ts';
import { evaluateGroup, type Evaluation } from './evaluate-group.ts';
import { emptyMemory, type GroupTarget } from './group-context.ts';
import type { PoolContext } from './pool-context.ts';
import { readStored, type StoredGroup } from './stored-group.ts';

/** What would be done about a group. */
export interface PlannedGroup {
  readonly ref: GroupRef;
  /** `<job>/<group>` */
  readonly id: string;
  /** Undefined where something could not be read. */
  readonly decision: GroupDecision | undefined;
  /** What is wrong with the policy or the state, or what could not be read; '' for nothing. */
  readonly detail: string;
  /** It would be continued first. */
  readonly operation: GroupOperation | undefined;
}

/** Groups evaluated at once: their statistics share the connections for them, and each has a deadline. */
const AT_ONCE = 8;

/** Evaluates every group that has a policy, in the order of their ids. */
export async function planGroups(
  context: PoolContext,
  signal: AbortSignal,
): Promise<readonly PlannedGroup[]> {
  const targets = [...context.groups().values()];
  const planned: PlannedGroup[] = [];
  for (let from = 0; from < targets.length; from += AT_ONCE) {
    const some = targets.slice(from, from + AT_ONCE);
    planned.push(...(await Promise.all(some.map((target) => planGroup(context, target, signal)))));
  }
  return planned.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

async function planGroup(
  context: PoolContext,
  target: GroupTarget,
  signal: AbortSignal,
): Promise<PlannedGroup> {
  const { ref, policy } = target;
  const reading = readStored(context.store, context.keys, ref);
  const common = { ref, id: groupId(ref), operation: reading.ok ? reading.stored.operation : undefined };
  if (!reading.ok) {
    return { ...common, decision: holdBlind('state'), detail: `${reading.key}: ${reading.fault}` };
  }
  if (policy.kind === 'invalid') {
    return { ...common, decision: holdBlind('invalid'), detail: faultLine(policy.faults) };
  }
  const group = target.job?.groups.find((one) => one.name === ref.group);
  if (!target.job || !group || policy.kind !== 'policy') {
    return { ...common, decision: undefined, detail: 'the job could not be read' };
  }
  const evaluation = {
    job: target.job,
    group,
    policy: policy.policy,
    stored: settled(context, reading.stored, policy.policy.retryThreshold),
  };
  return { ...common, ...(await decide(context, evaluation, signal)) };
}

async function decide(
  context: PoolContext,
  evaluation: Evaluation,
  signal: AbortSignal,
): Promise<Pick<PlannedGroup, 'decision' | 'detail'>> {
  try {
    const decision = await evaluateGroup(context, emptyMemory(), { evaluation, signal });
    return { decision, detail: '' };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { decision: undefined, detail: error.message };
  }
}

/** The state as a leader would first put it right. */
function settled(context: PoolContext, stored: StoredGroup, retryThreshold: number): StoredGroup {
  const state = afterTrip(withoutFutureTimes(stored.state, context.clock.now()), retryThreshold);
  return { ...stored, state, failsafe: stored.failsafe || state.failsafeMode };
}
