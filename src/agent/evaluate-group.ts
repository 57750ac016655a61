import { cannotAct, type GateFacts, needsDeployments } from '../domain/decision/gates.ts';
import { decideGroup, type GroupDecision, holdBlind } from '../domain/decision/group-decision.ts';
import { type GroupSnapshot, judgeGroup } from '../domain/decision/judge-group.ts';
import type { GroupPolicy } from '../domain/policy/group-policy.ts';
import { isActiveDeployment, type JobFacts, jobName, type TaskGroupFacts } from '../domain/snapshot.ts';
import { leftOf, type Waits, waitsOf } from '../domain/waits.ts';
import type { ClusterView } from '../ports/nomad.ts';
import { isFresh } from './freshness.ts';
import type { GroupMemory } from './group-context.ts';
import { observeUsage, staleAfterMs } from './observe-usage.ts';
import { refusedLeftMs } from './refusal.ts';
import type { RoundContext } from './round-context.ts';
import { mayLack, mayPrecede, noteVersion } from './seen-version.ts';
import type { StoredGroup } from './stored-group.ts';

/** What an evaluation is made of: the group as discovered and as stored. */
export interface Evaluation {
  readonly job: JobFacts;
  readonly group: TaskGroupFacts;
  readonly policy: GroupPolicy;
  readonly stored: StoredGroup;
}

/** Observes the group and decides. Reads only. */
export async function evaluateGroup(
  context: RoundContext,
  memory: GroupMemory,
  of: { readonly evaluation: Evaluation; readonly signal: AbortSignal },
): Promise<GroupDecision> {
  const { evaluation, signal } = of;
  const { job, group, policy, stored } = evaluation;
  const view = context.view();
  if (!view || !isFresh(context, view)) return holdBlind('no-metrics');
  const known = knownOf(context, memory, { job, view });
  if (known.lacksOwnChange) return holdBlind('operation');
  const allocations = view.allocations(stored.ref);
  const waits = waitsNow(context, memory, { stored, policy });
  const gates = gatesOf(stored, waits);
  const isHeld = cannotAct(gates);
  const askedMs = context.clock.monotonicMs();
  const usage = await observeUsage(context, memory, { job, group, policy, allocations, isHeld, signal });
  const nowMs = context.clock.now();
  const snapshot: GroupSnapshot = { group, allocations, isLate: known.isLate, usage, nowMs };
  const wish = judgeGroup(snapshot, policy);
  const deployment = needsDeployments(wish, gates, policy)
    ? await mayHaveDeployment(context, job, signal)
    : undefined;
  // A process that was stopped meanwhile has measured long ago.
  if (context.clock.monotonicMs() - askedMs > staleAfterMs(context.settings()))
    return holdBlind('no-metrics');
  return decideGroup(snapshot, policy, { wish, gates: { ...gates, deployment }, waits });
}

/** Lists that hang show the group as it was: before its own last scaling, or before the job's present count. */
function knownOf(
  context: RoundContext,
  memory: GroupMemory,
  { job, view }: { readonly job: JobFacts; readonly view: ClusterView },
): { readonly lacksOwnChange: boolean; readonly isLate: boolean } {
  const { freshMs, allocationsIndex } = view;
  memory.version = noteVersion(memory.version, job.modifyIndex, context.machineClock.monotonicMs());
  return {
    lacksOwnChange: mayPrecede(memory.ownVersion, {
      index: job.modifyIndex,
      clusterIndex: allocationsIndex,
      freshMs,
    }),
    isLate: mayLack(memory.version, { index: allocationsIndex, freshMs }),
  };
}

function waitsNow(
  context: RoundContext,
  memory: GroupMemory,
  { stored, policy }: Pick<Evaluation, 'stored' | 'policy'>,
): Waits {
  const refused = refusedLeftMs(memory.refusal, context.clock.monotonicMs());
  return waitsOf(stored.state, {
    cooldownMs: policy.cooldownMs,
    nowMs: context.clock.now(),
    refusedLeftMs: refused,
  });
}

/** As they stand before anything is measured: what holds then holds the whole round. */
function gatesOf(stored: StoredGroup, waits: Waits): Omit<GateFacts, 'deployment'> {
  return {
    failsafe: stored.failsafe,
    paused: stored.paused,
    operation: stored.operation !== undefined,
    ...leftOf(stored.state, waits),
  };
}

/** Unknown counts as one: the round is decided all the same, and holds. */
async function mayHaveDeployment(
  context: RoundContext,
  job: JobFacts,
  signal: AbortSignal,
): Promise<boolean> {
  const what = `deployments of ${jobName(job)}`;
  try {
    const rollout = await context.nomad.readRollout(job, signal);
    context.outages.passed('nomad', what);
    return rollout.deployments.some(isActiveDeployment);
  } catch (error) {
    if (!signal.aborted) context.outages.failed('nomad', what, error);
    return true;
  }
}
