import type { AllocationFacts, UsageReading } from '../../domain/snapshot.ts';
import type { Clock } from '../../ports/clock.ts';
import { isPortError, PortError } from '../../ports/port-error.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { parseAnswer } from './json.ts';
import type { NodeUsage } from './node-usage.ts';
import type { StatisticsQuestion, StatisticsReader } from './statistics.ts';
import { readUsage } from './wire-usage.ts';

/** One reading of statistics: of what, for how long, and what may end it sooner. */
export interface UsageRequest {
  readonly allocations: readonly AllocationFacts[];
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Who reads. `nodes`: asked first, where usage is read by node. */
export interface UsageReaders {
  readonly reader: StatisticsReader;
  readonly nodes: NodeUsage | undefined;
}

/**
 * Reads statistics, one request an allocation, or of what a node does not publish. What cannot be read by the deadline is `missing` with
 * its reason; only the caller's own signal makes it throw (PortError `cancelled`).
 */
export async function readUsages(
  request: UsageRequest,
  by: UsageReaders,
  clock: Clock,
): Promise<ReadonlyMap<string, UsageReading>> {
  const deadline = startDeadline(clock, request.deadlineMs, [request.signal]);
  try {
    const read = request.allocations.map(
      async (allocation) => [allocation.id, await readOne(allocation, by, deadline)] as const,
    );
    const readings = await Promise.all(read);
    if (request.signal.aborted) {
      throw new PortError('cancelled', { service: 'nomad', doing: 'read statistics', text: 'stopped' });
    }
    return new Map(readings);
  } finally {
    deadline.release();
  }
}

async function readOne(
  allocation: AllocationFacts,
  { reader, nodes }: UsageReaders,
  deadline: Deadline,
): Promise<UsageReading> {
  const published = (await nodes?.tryRead(allocation.nodeId, deadline.signal))?.get(allocation.id);
  if (published) return published;
  const question = questionOf(allocation);
  const group = JSON.stringify([allocation.namespace, allocation.jobId, allocation.group]);
  const counts = [`group ${group}`, `node ${allocation.nodeId}`];
  try {
    const text = await reader.read(question, { lane: counts.join(' '), counts }, deadline.signal);
    return parseAnswer(text, { ...question, mutating: false }, (value) => readUsage(value, text));
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { kind: 'missing', why: whyOf(error, deadline) };
  }
}

function questionOf(allocation: AllocationFacts): StatisticsQuestion {
  return {
    doing: `read statistics of allocation ${allocation.id}`,
    permission: 'namespace:read-job',
    path: `/v1/client/allocation/${encodeURIComponent(allocation.id)}/stats`,
    query: { namespace: allocation.namespace },
  };
}

function whyOf(error: PortError, deadline: Deadline): string {
  if (error.kind === 'timeout' || deadline.passed()) return 'timeout';
  return /No path to node/.test(error.detail.text) ? 'no path to node' : error.detail.text;
}
