import type { PoolOperation } from '../domain/pool-operation.ts';
import type { PoolStep } from '../domain/pool-step.ts';
import {
  afterFailedDrain,
  afterFailsafe,
  afterFailure,
  afterScaled,
  type ScalingState,
} from '../domain/scaling-state.ts';
import type { StoreChange } from '../ports/coordination.ts';
import { PortError } from '../ports/port-error.ts';
import type { PoolContext } from './pool-context.ts';
import { stateChange } from './stored-resource.ts';
import { isStoredAs, poolOperationChange, readStoredPool, type StoredPool } from './stored-pool.ts';
import type { Term } from './term.ts';

type MoveStep = Extract<PoolStep, { readonly kind: 'move' }>;
type EndStep = Extract<PoolStep, { readonly kind: 'end' }>;

/** Records an operation's next form; a failure on the way is counted, and may trip failsafe. */
export async function movePoolOperation(
  context: PoolContext,
  term: Term,
  of: { readonly operation: PoolOperation; readonly step: MoveStep },
): Promise<void> {
  const { operation, step } = of;
  const nowMs = context.clock.now();
  const change = (state: ScalingState): ScalingState => {
    const counted = step.failure ? afterFailure(state, operation.retryThreshold, nowMs) : state;
    return step.failsafe ? afterFailsafe(counted) : counted;
  };
  const failures = await record(context, term, { operation, next: step.next, change, why: step.why });
  if (step.why === '') return;
  const { pool } = operation;
  if (step.failure) {
    context.emit({ kind: 'pool-operation-failed', pool, operation, why: step.why, failures });
  } else {
    context.emit({ kind: 'pool-operation-stepped', pool, operation: step.next, text: step.why });
  }
}

/** Records that an operation is over, and what that means for the pool. */
export async function endPoolOperation(
  context: PoolContext,
  term: Term,
  of: { readonly operation: PoolOperation; readonly step: EndStep },
): Promise<void> {
  const { operation, step } = of;
  const nowMs = context.clock.now();
  const change = (state: ScalingState): ScalingState => {
    const counted = afterOutcome(state, operation, { step, nowMs });
    const noted =
      step.failedDrain === undefined ? counted : afterFailedDrain(counted, step.failedDrain, nowMs);
    return step.failsafe ? afterFailsafe(noted) : noted;
  };
  const failures = await record(context, term, { operation, next: undefined, change, why: step.why });
  const { pool } = operation;
  const { outcome, why } = step;
  context.emit({ kind: 'pool-operation-ended', pool, operation, outcome, why, failures });
}

function afterOutcome(
  state: ScalingState,
  { retryThreshold }: PoolOperation,
  at: { readonly step: EndStep; readonly nowMs: number },
): ScalingState {
  switch (at.step.outcome) {
    case 'success':
      return afterScaled(state, at.nowMs);
    case 'failure':
      return afterFailure(state, retryThreshold, at.nowMs);
    case 'dropped':
      return state;
  }
}

/** Records an operation's next form without telling of it. */
export async function keepPoolOperation(
  context: PoolContext,
  of: { readonly operation: PoolOperation; readonly next: PoolOperation },
): Promise<void> {
  const { operation, next } = of;
  await context.acting.act((term) =>
    record(context, term, { operation, next, change: (state) => state, why: '' }),
  );
}

interface Recording {
  readonly operation: PoolOperation;
  readonly next: PoolOperation | undefined;
  readonly change: (state: ScalingState) => ScalingState;
  readonly why: string;
}

/**
 * Writes the operation's next form (undefined: it is over) together with the state; answers the failures. One
 * that is no longer stored as it was has been moved on or ended already, by an earlier write whose answer was lost
 * or by somebody else: its outcome is counted once.
 */
async function record(context: PoolContext, term: Term, of: Recording): Promise<number> {
  const { operation, next, change } = of;
  const before = storedNow(context, operation.pool).state;
  await context.store.writeOutcome(term, (): readonly StoreChange[] => {
    const stored = storedNow(context, operation.pool);
    if (!isStoredAs(stored, operation)) throw notStored(operation);
    const changes = stateChange(stored, change(stored.state), context.clock.now());
    return [...poolOperationChange(stored, next), ...changes];
  });
  const after = storedNow(context, operation.pool).state;
  const { failureCount: failures } = after;
  if (after.failsafeMode && !before.failsafeMode) {
    context.emit({ kind: 'pool-failsafe-tripped', pool: operation.pool, failures, why: of.why });
  }
  return failures;
}

/** What KV holds now, as far as the copy knows. An unreadable state stops here: it is never overwritten. */
function storedNow(context: PoolContext, pool: string): StoredPool {
  const reading = readStoredPool(context.store, context.keys, pool);
  if (!reading.ok) throw new Error(`${reading.key}: ${reading.fault}`);
  return reading.stored;
}

function notStored(operation: PoolOperation): PortError {
  const text = 'it is no longer stored as it was';
  const doing = `record the operation of pool ${operation.pool}`;
  return new PortError('conflict', { service: 'consul', doing, text, conflict: 'fence' });
}
