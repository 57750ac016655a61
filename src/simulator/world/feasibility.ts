import type { Constraint, GroupSpec, Job } from './job-types.ts';
import type { Node } from './types.ts';

/** The value that a constraint's `${…}` stands for on a node; undefined when the node has none. */
export function resolveTarget(node: Node, target: string): string | undefined {
  const name = /^\$\{(.+)\}$/.exec(target)?.[1];
  if (name === undefined) return target;
  if (name.startsWith('attr.')) return node.attributes[name.slice('attr.'.length)];
  if (name.startsWith('meta.')) return node.meta[name.slice('meta.'.length)];
  const known: Readonly<Record<string, string>> = {
    'node.class': node.nodeClass,
    'node.datacenter': node.datacenter,
    'node.unique.id': node.id,
    'node.unique.name': node.name,
  };
  return known[name];
}

const ORDERINGS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compareValues(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function holdsForBoth(operand: string, left: string, right: string): boolean {
  const ordering = ORDERINGS[operand];
  if (ordering) return ordering(compareValues(left, right));
  if (operand === 'regexp') return new RegExp(right).test(left);
  if (operand === 'set_contains' || operand === 'set_contains_all') {
    const have = new Set(left.split(',').map((item) => item.trim()));
    return right.split(',').every((item) => have.has(item.trim()));
  }
  return false;
}

/** True when the node satisfies the constraint; `distinct_hosts` is judged elsewhere, unknown operands never hold. */
export function satisfies(node: Node, constraint: Constraint): boolean {
  const { operand } = constraint;
  if (operand === 'distinct_hosts') return true;
  const left = resolveTarget(node, constraint.leftTarget);
  const right = resolveTarget(node, constraint.rightTarget);
  if (operand === 'is_set') return left !== undefined;
  if (operand === 'is_not_set') return left === undefined;
  if (operand === '=' || operand === '==' || operand === 'is') return left !== undefined && left === right;
  if (operand === '!=' || operand === 'not') return left !== right;
  return left !== undefined && right !== undefined && holdsForBoth(operand, left, right);
}

/** Why a node cannot run the group, as the scheduler names it; undefined when it can. */
export function filterReason(node: Node, job: Job, group: GroupSpec): string | undefined {
  const constraints = [
    ...job.spec.constraints,
    ...group.constraints,
    ...group.tasks.flatMap((task) => task.constraints),
  ];
  const broken = constraints.find((constraint) => !satisfies(node, constraint));
  if (broken) return `${broken.leftTarget} ${broken.operand} ${broken.rightTarget}`;
  if (group.tasks.some((task) => !node.drivers[task.driver]?.healthy)) return 'missing drivers';
  if (group.needsHostVolume) return 'missing compatible host volumes';
  return group.needsDevice ? 'missing devices' : undefined;
}

/** The scope in which two allocations may not share a node. */
export function distinctHosts(job: Job, group: GroupSpec): 'job' | 'group' | null {
  const isDistinct = (constraint: Constraint): boolean =>
    constraint.operand === 'distinct_hosts' && constraint.rightTarget !== 'false';
  if (job.spec.constraints.some(isDistinct)) return 'job';
  return group.constraints.some(isDistinct) ? 'group' : null;
}
