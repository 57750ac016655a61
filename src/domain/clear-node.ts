import { isWork } from './capacity/work.ts';
import type { NodeFacts } from './node.ts';
import type { PoolOperation } from './pool-operation.ts';
import type { PoolSight } from './pool-sight.ts';
import { type CallStep, makeCall, wait, type WaitStep } from './pool-step.ts';

/** True when nothing runs on the node in question. */
export function isEmpty({ work }: PoolSight): boolean {
  return !work.some(isWork);
}

/** True when what is left on the node has been told to stop: no drain moves it any faster. */
export function isStopping({ work }: PoolSight): boolean {
  return work.filter(isWork).every((one) => one.desiredStatus !== 'run');
}

/** True for a node that may be given work. */
export function isOpen(node: NodeFacts | undefined): boolean {
  return node?.eligible === true;
}

/** What stands against a termination, in words. */
export function workText(sight: PoolSight): string {
  const jobs = [...new Set(sight.work.filter(isWork).map((one) => one.jobId))];
  const open = isOpen(sight.node) ? 'it is eligible' : '';
  if (jobs.length === 0) return open === '' ? 'nothing runs there' : open;
  const names = jobs.length > 5 ? `${jobs.slice(0, 5).join(', ')}, …` : jobs.join(', ');
  const verb = jobs.length === 1 ? 'runs' : 'run';
  return `${names} still ${verb} there${open === '' ? '' : `, ${open}`}`;
}

/**
 * The step that a termination has to wait for: nothing with work, open to work, or still draining is terminated.
 * (Nomad ends a drain only when nothing of any namespace is left, also of those that the token cannot see.)
 */
export function clearFirst(
  operation: PoolOperation,
  sight: PoolSight,
  late: string,
): CallStep | WaitStep | undefined {
  const { node, nowMs } = sight;
  if (!isOpen(node) && isEmpty(sight)) {
    return node?.draining === true ? wait(`not terminated${late}: the drain is not over`) : undefined;
  }
  const why = `not terminated${late}: ${workText(sight)}`;
  if (!node || (!node.eligible && (node.draining || isStopping(sight)))) return wait(why);
  return makeCall(operation, { kind: 'drain', nodeId: node.id }, { why: `${why}: drain again`, nowMs });
}
