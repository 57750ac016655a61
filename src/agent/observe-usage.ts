import type { GroupPolicy } from '../domain/policy/group-policy.ts';
import type { AllocationFacts, JobFacts, TaskGroupFacts } from '../domain/snapshot.ts';
import { type GroupUsage, measureGroup, runningAllocations } from '../domain/usage/measure-group.ts';
import { isStale, rememberSamples } from '../domain/usage/sample-memory.ts';
import type { GroupMemory } from './group-context.ts';
import type { RoundContext } from './round-context.ts';
import type { AgentSettings } from './settings.ts';

/** What is measured. `isHeld`: whatever is found, the group does not act in this round. */
export interface Observing {
  readonly job: JobFacts;
  readonly group: TaskGroupFacts;
  readonly policy: GroupPolicy;
  readonly allocations: readonly AllocationFacts[];
  readonly isHeld: boolean;
  readonly signal: AbortSignal;
}

const STALE_AT_LEAST_MS = 30_000;
/** For so long what was measured is shown of a group that cannot act. */
const HELD_MS = 60_000;

/** A sample that is older, or has stood still for longer, is no measurement any more: two intervals, at least 30 s. */
export function staleAfterMs({ jobScalingIntervalMs }: AgentSettings): number {
  return Math.max(STALE_AT_LEAST_MS, 2 * jobScalingIntervalMs);
}

/**
 * Usage of the group, one request for each running allocation. A group that cannot act, whose job and running
 * allocations are the same, is asked once a minute; never answered from memory is one that may act.
 */
export async function observeUsage(
  context: RoundContext,
  memory: GroupMemory,
  of: Observing,
): Promise<GroupUsage> {
  const running = runningAllocations(of.allocations);
  const subject = subjectOf(of, running);
  const nowMs = context.clock.monotonicMs();
  const { measured } = memory;
  if (of.isHeld && measured?.subject === subject && nowMs - measured.atMs < HELD_MS) return measured.usage;
  const usage = await measureNow(context, memory, { ...of, running });
  memory.measured = usage.measured < usage.running ? undefined : { subject, atMs: nowMs, usage };
  return usage;
}

function subjectOf({ job, policy }: Observing, running: readonly AllocationFacts[]): string {
  const judged = `${policy.cpu !== undefined} ${policy.mem !== undefined}`;
  return [job.modifyIndex, judged, ...running.map(({ id, clientStatus }) => `${id} ${clientStatus}`)].join();
}

async function measureNow(
  context: RoundContext,
  memory: GroupMemory,
  of: Observing & { readonly running: readonly AllocationFacts[] },
): Promise<GroupUsage> {
  const { policy, group, running } = of;
  const settings = context.settings();
  const asked = group.count === 0 ? [] : running.filter((one) => one.clientStatus === 'running');
  const readings = await context.nomad.readUsage(asked, settings.usageDeadlineMs, of.signal);
  const nowMs = context.clock.monotonicMs();
  memory.samples = rememberSamples(memory.samples, readings, nowMs);
  const staleMs = staleAfterMs(settings);
  return measureGroup(group, running, {
    judged: { cpu: policy.cpu !== undefined, mem: policy.mem !== undefined },
    readingOf: ({ id }) => (isStale(memory.samples.get(id), nowMs, staleMs) ? undefined : readings.get(id)),
  });
}
