import { describePoolDecision } from '../domain/decision/describe-pool.ts';
import type { PoolDecision, PoolVerdict } from '../domain/decision/pool-judgement.ts';
import { resetCounters } from '../domain/decision/pool-decision.ts';
import { beginIn, beginOut, type PoolOperation } from '../domain/pool-operation.ts';
import type { PoolSnapshot } from '../domain/pool-snapshot.ts';
import type { PoolContext } from './pool-context.ts';
import { stateChange } from './stored-resource.ts';
import { poolOperationChange, type StoredPool } from './stored-pool.ts';

type ScaleVerdict = Exclude<PoolVerdict, { readonly kind: 'hold' }>;
export type PoolScaleDecision = PoolDecision & { readonly verdict: ScaleVerdict };

/** True for a decision that changes the pool. */
export function isPoolScale(decision: PoolDecision): decision is PoolScaleDecision {
  return decision.verdict.kind !== 'hold';
}

interface Beginning {
  readonly stored: StoredPool;
  readonly decision: PoolScaleDecision;
  readonly snapshot: PoolSnapshot;
}

/** Records the operation, and counters that start over. No call is made; a fence that has moved refuses it. */
export async function beginPoolOperation(context: PoolContext, of: Beginning): Promise<void> {
  const { stored } = of;
  const operation = operationOf(context, of);
  const state = resetCounters(stored.state);
  const changes = [
    ...poolOperationChange(stored, operation),
    ...stateChange(stored, state, context.clock.now()),
  ];
  await context.acting.act((term) => context.store.write(term, changes, stored.seen));
  context.emit({ kind: 'pool-operation-begun', pool: stored.pool, operation });
}

function operationOf(context: PoolContext, { decision, snapshot }: Beginning): PoolOperation {
  const { policy, group } = snapshot;
  const { verdict } = decision;
  const common = {
    pool: policy.pool,
    region: policy.region,
    provider: policy.provider,
    message: describePoolDecision(decision),
    retryThreshold: policy.retryThreshold,
  };
  const nowMs = context.clock.now();
  if (verdict.kind === 'in') {
    const { node, instanceId } = verdict;
    const drainDeadlineMs = context.settings().drainDeadlineMs;
    const bound = { nodeId: node.id, nodeName: node.name, instanceId, drainDeadlineMs };
    return beginIn({ ...common, ...bound }, nowMs);
  }
  const { because, from, to } = verdict;
  const members = group.members.map((member) => member.instanceId);
  const nodes = context.view()?.nodes?.all ?? [];
  return beginOut({ ...common, because, from, to, members }, nodes, nowMs);
}
