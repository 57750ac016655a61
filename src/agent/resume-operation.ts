import { advanceGroup, type OperationStep, type Outcome } from '../domain/advance-group.ts';
import {
  type GroupOperation,
  toConfirming,
  toReverting,
  withoutFuturePhase,
} from '../domain/group-operation.ts';
import {
  afterAccepted,
  afterFailure,
  afterPutBack,
  afterSuccess,
  type ScalingState,
} from '../domain/scaling-state.ts';
import { groupId, type JobFacts, type Rollout } from '../domain/snapshot.ts';
import type { StoreChange } from '../ports/coordination.ts';
import { isPortError, PortError } from '../ports/port-error.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { isFresh } from './freshness.ts';
import { refOf, storedNow } from './execute-scale.ts';
import { isStanding } from './refusal.ts';
import { permitFor } from './group-permit.ts';
import type { GroupMemory, GroupTarget } from './group-context.ts';
import { momentOf } from './moment.ts';
import type { RoundContext } from './round-context.ts';
import { groupOperationChange, isStoredAs, type StoredGroup } from './stored-group.ts';
import { stateChange } from './stored-resource.ts';
import type { Term } from './term.ts';

/** One look at an operation under way, and one step of it. */
export async function resumeOperation(
  context: RoundContext,
  memory: GroupMemory,
  of: Resuming,
): Promise<void> {
  const { operation } = of;
  const view = context.view();
  if (!view || !isFresh(context, view)) {
    return tellOnce(context, memory, { operation, text: "waiting for Nomad's lists" });
  }
  if (await settlePhase(context, operation)) return;
  const job = await observeJob(context, of);
  const rollout = await observeRollout(context, of);
  const allocations = view.allocations(operation);
  const step = advanceGroup(operation, { job, allocations, rollout, nowMs: context.clock.now() });
  if (step.kind === 'wait') return tellOnce(context, memory, { operation, text: step.why });
  await context.acting.act((term) => takeStep(context, term, { operation, step, stored: of.stored }));
}

interface Resuming {
  readonly target: GroupTarget;
  readonly stored: StoredGroup;
  readonly operation: GroupOperation;
  readonly signal: AbortSignal;
}

/** A phase that begins in the future is written down as begun now; the next round goes on from there. */
async function settlePhase(context: RoundContext, operation: GroupOperation): Promise<boolean> {
  const next = withoutFuturePhase(operation, context.clock.now());
  if (next === operation) return false;
  await context.acting.act((term) => record(context, term, { operation, next, change: (state) => state }));
  return true;
}

/** Where the count decides, the leader is asked; while confirming, the shared lists serve. */
async function observeJob(
  context: RoundContext,
  of: { readonly target: GroupTarget; readonly operation: GroupOperation; readonly signal: AbortSignal },
): Promise<JobFacts | undefined> {
  if (of.operation.phase === 'confirming' && of.target.job) return of.target.job;
  return context.nomad.readJob(of.operation, of.signal);
}

function observeRollout(
  context: RoundContext,
  of: { readonly operation: GroupOperation; readonly signal: AbortSignal },
): Promise<Rollout> {
  if (of.operation.phase === 'requested') return Promise.resolve({ deployments: [], evaluations: [] });
  return context.nomad.readRollout(of.operation, of.signal);
}

interface Taking {
  readonly operation: GroupOperation;
  readonly stored: StoredGroup;
  readonly step: Exclude<OperationStep, { readonly kind: 'wait' }>;
}

async function takeStep(context: RoundContext, term: Term, taking: Taking): Promise<void> {
  const { operation, step } = taking;
  const begunAt = momentOf(context.machineClock);
  const permit = permitFor(context, term, { ref: operation, begunAt });
  switch (step.kind) {
    case 'confirm':
      return confirm(context, term, { operation, modifyIndex: step.modifyIndex, why: step.why });
    case 'revert':
      return revert(context, term, { operation, why: step.why });
    case 'fail-deployment':
      await recordIntent(context, term, taking);
      return context.nomad.failDeployment(operation, step.deploymentId, permit);
    case 'put-back':
      await recordIntent(context, term, taking);
      return putBack(context, term, { operation, step, permit });
    case 'end':
      return end(context, term, { operation, outcome: step.outcome, why: step.why });
  }
}

/** Refused when an operator has set a flag since the operation was read: nothing is sent then. */
function recordIntent(context: RoundContext, term: Term, { operation, stored }: Taking): Promise<void> {
  const next = toReverting(operation, context.clock.now());
  return context.store.write(term, groupOperationChange(stored, next), stored.seen);
}

async function confirm(
  context: RoundContext,
  term: Term,
  of: { readonly operation: GroupOperation; readonly modifyIndex: number; readonly why: string },
): Promise<void> {
  const nowMs = context.clock.now();
  const next = toConfirming(of.operation, { modifyIndex: of.modifyIndex, evaluationId: '' }, nowMs);
  await record(context, term, {
    operation: of.operation,
    next,
    change: (state) => afterAccepted(state, of.operation.direction, nowMs),
  });
  context.emit({ kind: 'operation-stepped', group: groupId(next), text: `taken up again: ${of.why}` });
}

async function revert(
  context: RoundContext,
  term: Term,
  of: { readonly operation: GroupOperation; readonly why: string },
): Promise<void> {
  const { operation } = of;
  const next = toReverting(operation, context.clock.now());
  await record(context, term, { operation, next, change: (state) => state });
  const text = `no-room: ${of.why}; the count goes back to ${operation.from}`;
  context.emit({ kind: 'operation-stepped', group: groupId(operation), text });
}

async function putBack(
  context: RoundContext,
  term: Term,
  of: {
    readonly operation: GroupOperation;
    readonly step: Extract<OperationStep, { readonly kind: 'put-back' }>;
    readonly permit: WritePermit;
  },
): Promise<void> {
  const { operation, step } = of;
  const message = `Replicator: back from ${operation.to} to ${step.count}: the cluster had no room`;
  const { modifyIndex, deploys } = step;
  const change = { from: operation.to, to: step.count, modifyIndex, deploys, message };
  try {
    await context.nomad.scale({ ...refOf(operation), ...change, numbers: { reason: 'no-room' } }, of.permit);
  } catch (error) {
    if (!isPortError(error) || !isStanding(error)) throw error;
    const why = `the count stays at ${operation.to}: ${error.message}`;
    await end(context, term, { operation, outcome: 'no-room', why });
  }
}

async function end(
  context: RoundContext,
  term: Term,
  of: { readonly operation: GroupOperation; readonly outcome: Outcome; readonly why: string },
): Promise<void> {
  const { operation, outcome, why } = of;
  const nowMs = context.clock.now();
  const before = storedNow(context, operation).state;
  const change = (state: ScalingState): ScalingState => afterOutcome(state, operation, { outcome, nowMs });
  await record(context, term, { operation, next: undefined, change });
  const after = storedNow(context, operation).state;
  const group = groupId(operation);
  context.emit({ kind: 'operation-ended', group, operation, outcome, why, failures: after.failureCount });
  if (after.failsafeMode && !before.failsafeMode) {
    context.emit({ kind: 'failsafe-tripped', group, failures: after.failureCount });
  }
}

function afterOutcome(
  state: ScalingState,
  operation: GroupOperation,
  at: { readonly outcome: Outcome; readonly nowMs: number },
): ScalingState {
  switch (at.outcome) {
    case 'success':
      return afterSuccess(state);
    case 'failure':
      return afterFailure(state, operation.retryThreshold, at.nowMs);
    case 'no-room':
      return afterPutBack(state, at.nowMs);
    case 'dropped':
      return state;
  }
}

/**
 * Writes the operation's next form (undefined: it is over) together with the state. One that is no longer stored
 * as it was has been moved on or ended already, by an earlier write whose answer was lost or by somebody else: its
 * outcome is counted once.
 */
function record(
  context: RoundContext,
  term: Term,
  of: {
    readonly operation: GroupOperation;
    readonly next: GroupOperation | undefined;
    readonly change: (state: ScalingState) => ScalingState;
  },
): Promise<void> {
  const nowMs = context.clock.now();
  return context.store.writeOutcome(term, (): readonly StoreChange[] => {
    const stored = storedNow(context, of.operation);
    if (!isStoredAs(stored, of.operation)) throw notStored(of.operation);
    const changes = stateChange(stored, of.change(stored.state), nowMs);
    return [...groupOperationChange(stored, of.next), ...changes];
  });
}

function notStored(operation: GroupOperation): PortError {
  const text = 'it is no longer stored as it was';
  const doing = `record the operation of ${groupId(operation)}`;
  return new PortError('conflict', { service: 'consul', doing, text, conflict: 'fence' });
}

/** An operation that goes on by itself, and why: told when it changes. */
export function tellOnce(
  context: RoundContext,
  memory: GroupMemory,
  of: { readonly operation: GroupOperation; readonly text: string },
): void {
  const step = `${of.operation.startedMs} ${of.text}`;
  if (memory.toldStep === step) return;
  memory.toldStep = step;
  context.emit({ kind: 'operation-stepped', group: groupId(of.operation), text: of.text });
}
