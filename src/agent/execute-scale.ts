import { describeNumbers } from '../domain/decision/describe.ts';
import type { GroupDecision } from '../domain/decision/group-decision.ts';
import { REASON_TEXT } from '../domain/decision/reason.ts';
import { type GroupOperation, toConfirming } from '../domain/group-operation.ts';
import { afterAccepted } from '../domain/scaling-state.ts';
import { groupId, type GroupRef } from '../domain/snapshot.ts';
import type { ScaleAccepted, ScaleRequest } from '../ports/nomad.ts';
import { isPortError, type PortError } from '../ports/port-error.ts';
import { isNotLeading } from './acting.ts';
import type { Evaluation } from './evaluate-group.ts';
import { permitFor } from './group-permit.ts';
import type { GroupMemory } from './group-context.ts';
import { momentOf } from './moment.ts';
import { isCertain, isStanding, nextRefusal } from './refusal.ts';
import type { RoundContext } from './round-context.ts';
import { groupOperationChange, readStored, type StoredGroup } from './stored-group.ts';
import { stateChange } from './stored-resource.ts';
import type { Term } from './term.ts';

type ScaleDecision = GroupDecision & { readonly verdict: { readonly kind: 'scale' } };

/** True for a decision that changes the count. */
export function isScale(decision: GroupDecision): decision is ScaleDecision {
  return decision.verdict.kind === 'scale';
}

/** Records the intent, sends the request, records the outcome. A refusal ends the operation by itself. */
export async function executeScale(
  context: RoundContext,
  memory: GroupMemory,
  of: { readonly evaluation: Evaluation; readonly decision: ScaleDecision },
): Promise<void> {
  const { evaluation, decision } = of;
  const operation = makeOperation(context, evaluation, decision);
  await context.acting.act(async (term) => {
    const begunAt = momentOf(context.machineClock);
    await recordIntent(context, term, { evaluation, operation });
    try {
      const accepted = await context.nomad.scale(
        requestOf(operation, decision),
        permitFor(context, term, { ref: operation, begunAt }),
      );
      memory.refusal = undefined;
      context.outages.passed('nomad', scalingOf(operation));
      await recordAccepted(context, term, { operation, accepted });
    } catch (error) {
      if (!isPortError(error)) throw error;
      if (isStanding(error)) memory.refusal = nextRefusal(memory.refusal, context.clock.monotonicMs());
      if (error.kind === 'denied') context.outages.failed(error.detail.service, scalingOf(operation), error);
      await afterRefusal(context, term, { operation, error });
    }
  });
}

/** What a missing permission is told about, once, until the group's next scaling is let through. */
export function scalingOf(ref: GroupRef): string {
  return `scale ${groupId(ref)}`;
}

function makeOperation(
  context: RoundContext,
  { job, group, policy, stored }: Evaluation,
  { verdict, numbers }: ScaleDecision,
): GroupOperation {
  const nowMs = context.clock.now();
  const figures = numbers ? `; ${describeNumbers(numbers)}` : '';
  return {
    ...stored.ref,
    phase: 'requested',
    direction: verdict.direction,
    from: verdict.from,
    to: verdict.to,
    because: verdict.because,
    message: `Replicator: scale ${verdict.direction} from ${verdict.from} to ${verdict.to}: ${REASON_TEXT[verdict.because]}${figures}`,
    startedMs: nowMs,
    phaseMs: nowMs,
    modifyIndex: job.modifyIndex,
    evaluationId: '',
    deploys: group.deploys,
    retryThreshold: policy.retryThreshold,
  };
}

/** No retry: whatever has changed since the decision was made calls for another decision. */
function recordIntent(
  context: RoundContext,
  term: Term,
  of: { readonly evaluation: Evaluation; readonly operation: GroupOperation },
): Promise<void> {
  const { stored } = of.evaluation;
  const state = stateChange(stored, stored.state, context.clock.now());
  const changes = [...groupOperationChange(stored, of.operation), ...state];
  return context.store.write(term, changes, stored.seen);
}

function requestOf(operation: GroupOperation, decision: ScaleDecision): ScaleRequest {
  const { from, to, modifyIndex, deploys, message } = operation;
  const numbers = eventNumbers(decision);
  return { ...refOf(operation), from, to, modifyIndex, deploys, message, numbers };
}

/** Certainly not carried out: the operation is dropped. Else it stays, and the next round looks. */
async function afterRefusal(
  context: RoundContext,
  term: Term,
  of: { readonly operation: GroupOperation; readonly error: PortError },
): Promise<void> {
  if (isNotLeading(of.error) && (term.ended() || !isCertain(of.error))) return;
  if (isCertain(of.error)) await dropOperation(context, term, of);
  else {
    const text = `the outcome is not known and will be looked up: ${of.error.message}`;
    context.emit({ kind: 'operation-stepped', group: groupId(of.operation), text });
  }
}

async function dropOperation(
  context: RoundContext,
  term: Term,
  of: { readonly operation: GroupOperation; readonly error: PortError },
): Promise<void> {
  await context.store.writeOutcome(term, () =>
    groupOperationChange(storedNow(context, of.operation), undefined),
  );
  const state = storedNow(context, of.operation).state;
  context.emit({
    kind: 'operation-ended',
    group: groupId(of.operation),
    operation: of.operation,
    outcome: 'dropped',
    why: of.error.message,
    failures: state.failureCount,
  });
}

async function recordAccepted(
  context: RoundContext,
  term: Term,
  of: { readonly operation: GroupOperation; readonly accepted: ScaleAccepted },
): Promise<void> {
  const nowMs = context.clock.now();
  const next = toConfirming(of.operation, of.accepted, nowMs);
  await context.store.writeOutcome(term, () => {
    const stored = storedNow(context, of.operation);
    const state = afterAccepted(stored.state, of.operation.direction, nowMs);
    return [...groupOperationChange(stored, next), ...stateChange(stored, state, nowMs)];
  });
  const { evaluationId } = of.accepted;
  context.emit({ kind: 'operation-accepted', group: groupId(next), operation: next, evaluationId });
}

/** What KV holds now, as far as the copy knows. An unreadable state stops here: it is never overwritten. */
export function storedNow(context: RoundContext, operation: GroupOperation): StoredGroup {
  const reading = readStored(context.store, context.keys, refOf(operation));
  if (!reading.ok) throw new Error(`${reading.key}: ${reading.fault}`);
  return reading.stored;
}

/** Only the three names of a reference, whatever else the value has. */
export function refOf({ namespace, jobId, group }: GroupOperation): {
  readonly namespace: string;
  readonly jobId: string;
  readonly group: string;
} {
  return { namespace, jobId, group };
}

function eventNumbers({ verdict, numbers }: ScaleDecision): Record<string, number | string> {
  return {
    reason: verdict.kind === 'scale' ? verdict.because : '',
    ...(numbers?.cpu !== undefined && { cpu_percent: Math.round(numbers.cpu * 10) / 10 }),
    ...(numbers?.mem !== undefined && { mem_percent: Math.round(numbers.mem * 10) / 10 }),
    ...(numbers && {
      measured: numbers.measured,
      running: numbers.running,
      min: numbers.min,
      max: numbers.max,
    }),
  };
}
