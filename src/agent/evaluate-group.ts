import { needsDeployments, type GateFacts } from '../domain/decision/gates.ts';
import { decideGroup, type GroupDecision, holdBlind } from '../domain/decision/group-decision.ts';
import { type GroupSnapshot, judgeGroup } from '../domain/decision/judge-group.ts';
import type { GroupPolicy } from '../domain/policy/group-policy.ts';
import { backoffLeftMs, cooldownLeftMs } from '../domain/scaling-state.ts';
import { isActiveDeployment, type JobFacts, jobName, type TaskGroupFacts } from '../domain/snapshot.ts';
import { type GroupUsage, measureGroup, runningAllocations } from '../domain/usage/measure-group.ts';
import { isStale, rememberSamples } from '../domain/usage/sample-memory.ts';
import type { ClusterView } from '../ports/nomad.ts';
import { isFresh } from './freshness.ts';
import type { GroupMemory } from './group-context.ts';
import type { RoundContext } from './round-context.ts';
import { mayLack, noteVersion } from './seen-version.ts';
import type { StoredGroup } from './stored-group.ts';

/** What an evaluation is made of: the group as discovered and as stored. */
export interface Evaluation {
  readonly job: JobFacts;
  readonly group: TaskGroupFacts;
  readonly policy: GroupPolicy;
  readonly stored: StoredGroup;
}

/** A sample that stands still for two intervals, at least this long, is no measurement any more. */
const STALE_AT_LEAST_MS = 30_000;
/** How long what was measured of a group does that is in failsafe, or paused. */
const FROZEN_MS = 60_000;

/** Observes the group and decides. Reads only. */
export async function evaluateGroup(
  context: RoundContext,
  memory: GroupMemory,
  of: { readonly evaluation: Evaluation; readonly signal: AbortSignal },
): Promise<GroupDecision> {
  const { job, group, policy, stored } = of.evaluation;
  const view = context.view();
  if (!view || !isFresh(context, view)) return holdBlind('no-metrics');
  const known = knownOf(context, memory, { job, view });
  if (known.lacksOwnChange) return holdBlind('operation');
  const allocations = view.allocations(stored.ref);
  const usage = await usageOf(context, memory, { ...of, allocations });
  const nowMs = context.clock.now();
  const snapshot: GroupSnapshot = { group, allocations, isLate: known.isLate, usage, nowMs };
  const wish = judgeGroup(snapshot, policy);
  const stateGates = gatesOf(stored, policy, nowMs);
  const refusedMs = Math.max(0, (memory.refusal?.untilMs ?? 0) - context.clock.monotonicMs());
  const gates = { ...stateGates, backoffLeftMs: Math.max(stateGates.backoffLeftMs, refusedMs) };
  const deployment = needsDeployments(wish, gates, policy)
    ? await mayHaveDeployment(context, job, of.signal)
    : undefined;
  return decideGroup(snapshot, policy, { wish, gates: { ...gates, deployment } });
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
    lacksOwnChange: mayLack(memory.ownVersion, { index: job.modifyIndex, freshMs }),
    isLate: mayLack(memory.version, { index: allocationsIndex, freshMs }),
  };
}

interface Observing {
  readonly evaluation: Evaluation;
  readonly allocations: ReturnType<ClusterView['allocations']>;
  readonly signal: AbortSignal;
}

/** A group that nobody may scale until a person says so is measured once a minute; its numbers are shown as they were. */
async function usageOf(context: RoundContext, memory: GroupMemory, of: Observing): Promise<GroupUsage> {
  const { failsafe, paused } = of.evaluation.stored;
  const nowMs = context.clock.monotonicMs();
  const { measured } = memory;
  if ((failsafe || paused) && measured && nowMs - measured.atMs < FROZEN_MS) return measured.usage;
  const usage = await observeUsage(context, memory, of);
  memory.measured = { atMs: nowMs, usage };
  return usage;
}

async function observeUsage(
  context: RoundContext,
  memory: GroupMemory,
  of: Observing,
): Promise<GroupUsage> {
  const { policy, group } = of.evaluation;
  const intervalMs = context.settings().jobScalingIntervalMs;
  const running = runningAllocations(of.allocations);
  const asked = group.count === 0 ? [] : running.filter((one) => one.clientStatus === 'running');
  const readings = await context.nomad.readUsage(asked, context.settings().usageDeadlineMs, of.signal);
  const nowMs = context.clock.monotonicMs();
  memory.samples = rememberSamples(memory.samples, readings, nowMs);
  const staleAfterMs = Math.max(STALE_AT_LEAST_MS, 2 * intervalMs);
  return measureGroup(group, running, {
    judged: { cpu: policy.cpu !== undefined, mem: policy.mem !== undefined },
    readingOf: ({ id }) =>
      isStale(memory.samples.get(id), nowMs, staleAfterMs) ? undefined : readings.get(id),
  });
}

function gatesOf(stored: StoredGroup, policy: GroupPolicy, nowMs: number): Omit<GateFacts, 'deployment'> {
  return {
    failsafe: stored.failsafe,
    paused: stored.paused,
    operation: stored.operation !== undefined,
    backoffLeftMs: backoffLeftMs(stored.state, policy.cooldownMs, nowMs),
    cooldownLeftMs: cooldownLeftMs(stored.state, policy.cooldownMs, nowMs),
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
