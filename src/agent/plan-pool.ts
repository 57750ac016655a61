import type { PoolDecision } from '../domain/decision/pool-judgement.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import { afterTrip, withoutFutureTimes } from '../domain/scaling-state.ts';
import { evaluatePool, holdPool } from './evaluate-pool.ts';
import { emptyPoolMemory, type PoolContext, type PoolTarget } from './pool-context.ts';
import { noticesOf } from './pool-notices.ts';
import { readStoredPool, type StoredPool } from './stored-pool.ts';

/** What would be done about a worker pool. */
export interface PlannedPool {
  readonly pool: string;
  readonly decision: PoolDecision;
  /** What a person should look at although it stops nothing. */
  readonly notices: readonly string[];
  /** It would be continued first. */
  readonly operation: PoolOperation | undefined;
}

/** Evaluates every pool that nodes or Consul tell of, in the order of their names. */
export async function planPools(context: PoolContext, signal: AbortSignal): Promise<readonly PlannedPool[]> {
  const targets = [...context.pools()].map(([pool, discovered]): PoolTarget => ({ pool, discovered }));
  return Promise.all(targets.map((target) => planPool(context, target, signal)));
}

async function planPool(context: PoolContext, target: PoolTarget, signal: AbortSignal): Promise<PlannedPool> {
  const { pool } = target;
  const reading = readStoredPool(context.store, context.keys, pool);
  if (!reading.ok) {
    const decision = holdPool('state', `${reading.key}: ${reading.fault}`);
    return { pool, decision, notices: [], operation: undefined };
  }
  const stored = settled(context, target, reading.stored);
  const evaluation = await evaluatePool(context, { target, stored, memory: emptyPoolMemory(), signal });
  const decision = evaluation?.decision ?? holdPool('empty', '');
  const notices = evaluation ? noticesOf(target.discovered, evaluation) : [];
  return { pool, decision, notices, operation: stored.operation };
}

/** The state as a leader would first put it right. */
function settled(context: PoolContext, { discovered }: PoolTarget, stored: StoredPool): StoredPool {
  const policy = discovered?.policy;
  if (policy?.kind !== 'policy') return stored;
  const known = withoutFutureTimes(stored.state, context.clock.now());
  const state = afterTrip(known, policy.policy.retryThreshold);
  return { ...stored, state, failsafe: stored.failsafe || state.failsafeMode };
}
