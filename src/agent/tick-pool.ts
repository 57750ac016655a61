import type { PoolDecision } from '../domain/decision/pool-judgement.ts';
import { REASON_TEXT } from '../domain/decision/reason.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import { freeze } from '../domain/pool-operation-phase.ts';
import type { PoolPolicy } from '../domain/policy/pool-policy.ts';
import { afterTrip, type ScalingState, withoutFutureTimes } from '../domain/scaling-state.ts';
import { settleAlarm } from './alarms.ts';
import { beginPoolOperation, isPoolScale } from './begin-pool-operation.ts';
import { evaluatePool, holdPool, type PoolEvaluation } from './evaluate-pool.ts';
import type { PoolContext, PoolMemory, PoolTarget } from './pool-context.ts';
import { resumePoolOperation, tellStepOnce } from './resume-pool-operation.ts';
import { noticesOf } from './pool-notices.ts';
import { keepPoolOperation } from './record-pool-operation.ts';
import { stateChange } from './stored-resource.ts';
import { readStoredPool, type StoredPool } from './stored-pool.ts';

interface Ticking {
  readonly target: PoolTarget;
  readonly signal: AbortSignal;
}

/** One round of a pool: observe, decide, count, then advance its operation or begin one. Leaders only. */
export async function tickPool(context: PoolContext, memory: PoolMemory, of: Ticking): Promise<void> {
  const { target, signal } = of;
  if (context.settings().clusterScalingDisabled || !context.acting.term() || !context.store.ready()) return;
  const before = readOrTell(context, memory, target);
  if (!before) return;
  const evaluation = await evaluatePool(context, { target, stored: before, memory, signal });
  if (evaluation) {
    tellPoolDecision(context, memory, { target, decision: evaluation.decision });
    tellNotice(context, memory, { target, evaluation });
  }
  const stored = await settlePool(context, memory, { target, stored: before, evaluation });
  if (!stored) return;
  if (stored.operation) return moveOperation(context, memory, { ...of, stored, evaluation });
  if (!evaluation?.snapshot || !isPoolScale(evaluation.decision)) return;
  const { decision, snapshot } = evaluation;
  await beginPoolOperation(context, { stored, decision, snapshot });
  const begun = readOrTell(context, memory, target);
  if (begun) await moveOperation(context, memory, { ...of, stored: begun, evaluation });
}

interface Moving extends Ticking {
  readonly stored: StoredPool;
  readonly evaluation: PoolEvaluation | undefined;
}

/** Advances the operation, unless failsafe or a pause freezes it. */
async function moveOperation(context: PoolContext, memory: PoolMemory, of: Moving): Promise<void> {
  const { failsafe, paused, operation } = of.stored;
  if (!operation) return;
  if (failsafe || paused) return freezeOperation(context, memory, { operation, failsafe });
  const asksOut = of.evaluation?.decision.ask.kind === 'out';
  await resumePoolOperation(context, memory, { stored: of.stored, operation, asksOut, signal: of.signal });
}

/** That it was frozen is recorded once: lifted, its phase begins anew. */
async function freezeOperation(
  context: PoolContext,
  memory: PoolMemory,
  of: { readonly operation: PoolOperation; readonly failsafe: boolean },
): Promise<void> {
  const { operation, failsafe } = of;
  const why = REASON_TEXT[failsafe ? 'failsafe' : 'paused'];
  tellStepOnce(context, memory, { operation, text: `frozen in phase ${operation.phase}: ${why}` });
  const next = freeze(operation, why);
  if (next !== operation) await keepPoolOperation(context, { operation, next });
}

/** What KV holds; undefined, told once, when it cannot be read: then nothing is done or overwritten. */
function readOrTell(context: PoolContext, memory: PoolMemory, target: PoolTarget): StoredPool | undefined {
  const { pool } = target;
  const reading = readStoredPool(context.store, context.keys, pool);
  if (reading.ok) {
    memory.toldFault = '';
    return reading.stored;
  }
  const { key, fault } = reading;
  if (memory.toldFault !== fault) context.emit({ kind: 'pool-unreadable', pool, key, fault });
  memory.toldFault = fault;
  tellPoolDecision(context, memory, { target, decision: holdPool('state', `${key}: ${fault}`) });
  return undefined;
}

/** Writes what is due before anything is begun: counters, an average node, a trip, a time from the future. */
async function settlePool(
  context: PoolContext,
  memory: PoolMemory,
  of: {
    readonly target: PoolTarget;
    readonly stored: StoredPool;
    readonly evaluation: PoolEvaluation | undefined;
  },
): Promise<StoredPool | undefined> {
  const { target, stored, evaluation } = of;
  const policy = target.discovered?.policy;
  const known = withoutFutureTimes(evaluation?.state ?? stored.state, context.clock.now());
  const settled =
    policy?.kind === 'policy' ? settleTrip(context, stored, { policy: policy.policy, known }) : known;
  const changes = policy === undefined ? [] : stateChange(stored, settled, context.clock.now());
  const isActing = evaluation !== undefined && isPoolScale(evaluation.decision);
  const isTrip = settled.failsafeMode && !stored.state.failsafeMode;
  if (changes.length === 0 || (isActing && !isTrip)) return stored;
  await context.acting.act((term) => context.store.write(term, changes, stored.seen));
  if (isTrip) {
    const { failureCount: failures } = settled;
    const why = 'the stored failures reach the threshold';
    context.emit({ kind: 'pool-failsafe-tripped', pool: target.pool, failures, why });
  }
  return readOrTell(context, memory, target);
}

/** Failsafe, and the alarm about it. */
function settleTrip(
  context: PoolContext,
  { pool, stateKey: statePath }: StoredPool,
  of: { readonly policy: PoolPolicy; readonly known: ScalingState },
): ScalingState {
  const { retryThreshold, notificationUid: uid } = of.policy;
  const subject = { type: 'worker_pool', id: pool, uid, statePath } as const;
  const state = afterTrip(of.known, retryThreshold);
  return settleAlarm(context.alarms, { subject, state }, context.clock.now());
}

/** What a person should look at although it stops nothing, told when it changes. */
function tellNotice(
  context: PoolContext,
  memory: PoolMemory,
  of: { readonly target: PoolTarget; readonly evaluation: PoolEvaluation },
): void {
  const { target, evaluation } = of;
  const text = noticesOf(target.discovered, evaluation).join('; ');
  if (text !== '' && text !== memory.toldNotice)
    context.emit({ kind: 'pool-noticed', pool: target.pool, text });
  memory.toldNotice = text;
}

function tellPoolDecision(
  context: PoolContext,
  memory: PoolMemory,
  of: { readonly target: PoolTarget; readonly decision: PoolDecision },
): void {
  const { decision, target } = of;
  const { before } = memory;
  const { verdict } = decision;
  memory.before = verdict.kind === 'hold' ? verdict.reason : verdict.because;
  context.emit({ kind: 'pool-decided', pool: target.pool, decision, before });
}
