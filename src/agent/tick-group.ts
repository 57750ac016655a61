import { type GroupDecision, holdBlind } from '../domain/decision/group-decision.ts';
import { REASON_TEXT } from '../domain/decision/reason.ts';
import type { GroupOperation } from '../domain/group-operation.ts';
import { afterTrip, withoutFutureTimes } from '../domain/scaling-state.ts';
import { groupId } from '../domain/snapshot.ts';
import { settleAlarm } from './alarms.ts';
import { evaluateGroup, type Evaluation } from './evaluate-group.ts';
import { executeScale, isScale } from './execute-scale.ts';
import type { GroupContext, GroupMemory, GroupTarget } from './group-context.ts';
import type { RoundContext } from './round-context.ts';
import { resumeOperation, tellOnce } from './resume-operation.ts';
import { noteVersion } from './seen-version.ts';
import { readStored, type StoredGroup } from './stored-group.ts';
import { stateChange } from './stored-resource.ts';

/** One round of a group: advance its operation, observe, decide, record, execute. Leaders only. */
export async function tickGroup(
  context: GroupContext,
  memory: GroupMemory,
  of: { readonly target: GroupTarget; readonly signal: AbortSignal },
): Promise<void> {
  const { target, signal } = of;
  if (context.settings().jobScalingDisabled || !context.acting.term() || !context.store.ready()) return;
  const before = readOrTell(context, memory, target);
  if (!before) return;
  if (before.operation) {
    noteOwnVersion(context, memory, before.operation);
    await moveOperation(context, memory, { target, signal, stored: before });
  }
  if (target.policy.kind === 'invalid')
    tellDecision(context, memory, { target, decision: holdBlind('invalid') });
  if (target.policy.kind !== 'policy') return;
  const stored = await settleState(context, memory, target);
  const evaluation = stored && evaluationOf(target, stored);
  if (!evaluation) return;
  const decision = await evaluateGroup(context, memory, { evaluation, signal });
  tellDecision(context, memory, { target, decision });
  if (isScale(decision)) await executeScale(context, memory, { evaluation, decision });
}

function noteOwnVersion(context: RoundContext, memory: GroupMemory, operation: GroupOperation): void {
  if (operation.phase === 'requested') return;
  const nowMs = context.machineClock.monotonicMs();
  memory.ownVersion = noteVersion(memory.ownVersion, operation.modifyIndex, nowMs);
}

/** Advances the operation, unless failsafe or a pause freezes it. */
async function moveOperation(
  context: RoundContext,
  memory: GroupMemory,
  of: { readonly target: GroupTarget; readonly signal: AbortSignal; readonly stored: StoredGroup },
): Promise<void> {
  const { failsafe, paused, operation } = of.stored;
  if (!operation) return;
  if (!failsafe && !paused) return resumeOperation(context, memory, { ...of, operation });
  const text = `the operation is frozen: ${REASON_TEXT[failsafe ? 'failsafe' : 'paused']}`;
  tellOnce(context, memory, { operation, text });
}

/** What KV holds; undefined, told once, when it cannot be read: then nothing is done or overwritten. */
function readOrTell(
  context: RoundContext,
  memory: GroupMemory,
  target: GroupTarget,
): StoredGroup | undefined {
  const reading = readStored(context.store, context.keys, target.ref);
  if (reading.ok) {
    memory.toldFault = '';
    return reading.stored;
  }
  const { key, fault } = reading;
  if (memory.toldFault !== fault) {
    context.emit({ kind: 'state-unreadable', group: groupId(target.ref), key, fault });
  }
  memory.toldFault = fault;
  tellDecision(context, memory, { target, decision: holdBlind('state') });
  return undefined;
}

/** Writes what is due before anything is decided: a first state, a trip, a time from the future. */
async function settleState(
  context: GroupContext,
  memory: GroupMemory,
  target: GroupTarget,
): Promise<StoredGroup | undefined> {
  const stored = readOrTell(context, memory, target);
  if (!stored || target.policy.kind !== 'policy') return undefined;
  const nowMs = context.clock.now();
  const { retryThreshold, notificationUid: uid } = target.policy.policy;
  const known = afterTrip(withoutFutureTimes(stored.state, nowMs), retryThreshold);
  const subject = { type: 'job_group', id: groupId(target.ref), uid, statePath: stored.stateKey } as const;
  const settled = settleAlarm(context.alarms, { subject, state: known }, nowMs);
  const changes = stateChange(stored, settled, nowMs);
  const [first] = changes;
  if (first === undefined) return stored;
  if (first.kind === 'set' && first.index === 0) await context.firstStates.write(context.acting, first);
  else await context.acting.act((term) => context.store.write(term, changes, stored.seen));
  if (settled.failsafeMode && !stored.state.failsafeMode) {
    const group = groupId(target.ref);
    context.emit({ kind: 'failsafe-tripped', group, failures: settled.failureCount });
  }
  return readOrTell(context, memory, target);
}

function evaluationOf(target: GroupTarget, stored: StoredGroup): Evaluation | undefined {
  const group = target.job?.groups.find((one) => one.name === target.ref.group);
  if (!target.job || !group || target.policy.kind !== 'policy') return undefined;
  return { job: target.job, group, policy: target.policy.policy, stored };
}

function tellDecision(
  context: RoundContext,
  memory: GroupMemory,
  of: { readonly target: GroupTarget; readonly decision: GroupDecision },
): void {
  const { decision } = of;
  const before = memory.before;
  memory.before = decision.verdict.kind === 'scale' ? 'scale' : decision.verdict.reason;
  context.emit({ kind: 'decided', group: groupId(of.target.ref), decision, before });
}
