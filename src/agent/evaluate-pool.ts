import { lastNodeOf, modelOf, modelOfLast } from '../domain/capacity/pending.ts';
import { judgeEmpty, judgePool, type PoolJudging } from '../domain/decision/judge-pool.ts';
import { countAsk, decidePool } from '../domain/decision/pool-decision.ts';
import type { PoolDecision, PoolHoldReason } from '../domain/decision/pool-judgement.ts';
import type { DiscoveredPool } from '../domain/discover-pools.ts';
import { faultLine } from '../domain/policy/group-policy.ts';
import type { PoolPolicy } from '../domain/policy/pool-policy.ts';
import type { PoolSnapshot } from '../domain/pool-snapshot.ts';
import type { ScalingState } from '../domain/scaling-state.ts';
import { leftOf, waitsOf } from '../domain/waits.ts';
import type { ClusterView } from '../ports/nomad.ts';
import { isPortError } from '../ports/port-error.ts';
import { hasFreshNodes, observePool } from './observe-pool.ts';
import type { PoolContext, PoolMemory, PoolTarget } from './pool-context.ts';
import type { StoredPool } from './stored-pool.ts';
import { refusedLeftMs } from './refusal.ts';

/** The decision, what it was made from, and the state with its counters moved on. */
export interface PoolEvaluation {
  readonly decision: PoolDecision;
  readonly snapshot?: PoolSnapshot;
  readonly state?: ScalingState;
}

export interface Evaluating {
  readonly target: PoolTarget;
  readonly stored: StoredPool;
  readonly memory: PoolMemory;
  readonly signal: AbortSignal;
}

/** Observes the pool and decides. Reads only. Undefined: only an operation tells of the pool. */
export async function evaluatePool(
  context: PoolContext,
  of: Evaluating,
): Promise<PoolEvaluation | undefined> {
  const { discovered } = of.target;
  if (!discovered) return undefined;
  const fault = policyFault(discovered);
  if (fault !== '' || discovered.policy.kind !== 'policy') return { decision: holdPool('policy', fault) };
  const { policy } = discovered.policy;
  const view = context.view();
  const blind = blindness(context, view);
  if (blind !== '' || !view?.nodes) return { decision: holdPool('unread', blind) };
  try {
    const observing = { policy, members: discovered.members, stored: of.stored, view, signal: of.signal };
    const snapshot = await observePool(context, observing);
    for (const service of ['aws', 'nomad'] as const) context.outages.passed(service, lookAt(policy));
    return judge(context, { ...of, snapshot, source: discovered.source });
  } catch (error) {
    return { decision: holdUnread(context, policy, { error, signal: of.signal }) };
  }
}

/** Why the cluster's work is not seen as it is; '' where it is. */
function blindness(context: PoolContext, view: ClusterView | undefined): string {
  if (!hasFreshNodes(context, view)) return "Nomad's lists are not heard";
  const hidden = view.hiddenNamespaces;
  if (hidden.length === 0) return '';
  return `the jobs of ${hidden.join(', ')} may not be read, and what they use is not seen (namespace:read-job)`;
}

/** A decision for a pool that cannot be judged. */
export function holdPool(reason: PoolHoldReason, detail: string): PoolDecision {
  return {
    verdict: { kind: 'hold', reason },
    ask: { kind: 'none', reason },
    detail,
    cooldownLeftMs: 0,
    backoffLeftMs: 0,
    asked: 0,
    threshold: 0,
  };
}

/** Why the pool is not scaled whatever its numbers are; '' for nothing. */
function policyFault({ policy, isHeld, conflicts }: DiscoveredPool): string {
  if (policy.kind === 'invalid') return faultLine(policy.faults);
  if (!policy.policy.enabled) return 'replicator_enabled is false';
  return isHeld ? conflictLine(conflicts) : '';
}

/** Members that disagree, in one line. */
export function conflictLine(conflicts: DiscoveredPool['conflicts']): string {
  return conflicts.map(({ key, nodes }) => `${nodes.join(', ')} differ in ${key}`).join('; ');
}

function lookAt({ pool }: PoolPolicy): string {
  return `look at pool ${pool}`;
}

interface Judging extends Evaluating {
  readonly snapshot: PoolSnapshot;
  readonly source: DiscoveredPool['source'];
}

function judge(context: PoolContext, of: Judging): PoolEvaluation {
  const { snapshot, stored, memory } = of;
  const { policy, nowMs } = snapshot;
  const judging = judgeEither(of);
  if (judging === undefined) return { decision: holdPool('empty', ''), snapshot };
  if (!judging.ok) return { decision: holdPool('unread', judging.why), snapshot };
  const { judgement } = judging;
  const state = countAsk(withLastNode(of), judgement.ask, policy);
  const refused = refusedLeftMs(memory.refusal, context.clock.monotonicMs());
  const waits = waitsOf(stored.state, { cooldownMs: policy.cooldownMs, nowMs, refusedLeftMs: refused });
  const decision = decidePool(snapshot, judgement, {
    failsafe: stored.failsafe,
    paused: stored.paused,
    operation: stored.operation !== undefined,
    ...leftOf(stored.state, waits),
    waits,
    asked: Math.max(state.scaleOutRequests, state.scaleInRequests),
  });
  return { decision, snapshot, state };
}

/** Undefined for a pool without nodes of which nothing is remembered, or whose policy would not outlive them. */
function judgeEither({ snapshot, stored, source }: Judging): PoolJudging | undefined {
  if (snapshot.nodes.length > 0) return judgePool(snapshot);
  const { lastNode } = stored.state;
  return lastNode && source === 'kv' ? judgeEmpty(snapshot, modelOfLast(lastNode)) : undefined;
}

/** A pool whose policy stands in KV remembers what its nodes are like: it may have none one day. */
function withLastNode({ snapshot, stored, source }: Judging): ScalingState {
  const model = source === 'kv' ? modelOf(snapshot.nodes.map(({ node }) => node)) : undefined;
  return model ? { ...stored.state, lastNode: lastNodeOf(model) } : stored.state;
}

/** Unknown is not zero: nothing is decided on what could not be read. */
function holdUnread(
  context: PoolContext,
  policy: PoolPolicy,
  of: { readonly error: unknown; readonly signal: AbortSignal },
): PoolDecision {
  const { error, signal } = of;
  if (!isPortError(error)) throw error;
  if (isPortError(error, 'not-found') && error.detail.service === 'aws') {
    return holdPool('policy', `there is no Auto Scaling group ${policy.pool} in ${policy.region}`);
  }
  if (!signal.aborted) context.outages.failed(error.detail.service, lookAt(policy), error);
  return holdPool('unread', error.message);
}
