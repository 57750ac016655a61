import type { NodeFacts } from '../node.ts';
import type { ConstraintFacts, PlacementNeeds } from '../snapshot.ts';

/** What of a node, empty or not, keeps a group's allocations away; '' for nothing. Room is not looked at. */
export function unfitFor(node: NodeFacts, needs: PlacementNeeds): string {
  if (needs.unplaceable.length > 0)
    return `asks for ${needs.unplaceable.join(', ')}, which is not understood`;
  if (!needs.datacenters.some((pattern) => isMatch(pattern, node.datacenter))) {
    return `datacenter ${node.datacenter} is none of its own`;
  }
  if (needs.nodePool !== '' && needs.nodePool !== 'all' && needs.nodePool !== node.nodePool) {
    return `node pool ${node.nodePool} is not ${needs.nodePool}`;
  }
  const driver = needs.drivers.find((name) => !node.drivers.includes(name));
  if (driver !== undefined) return `driver ${driver} is missing`;
  const constraint = needs.constraints.find((one) => !isMet(one, node));
  return constraint === undefined ? '' : `constraint ${textOf(constraint)} is not met or not understood`;
}

/** A datacenter as Nomad writes it: `*` stands for anything. */
function isMatch(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

function isMet(constraint: ConstraintFacts, node: NodeFacts): boolean {
  const left = valueOf(constraint.left, node);
  const right = valueOf(constraint.right, node);
  if (left === undefined || right === undefined) return false;
  switch (constraint.operand) {
    case '=':
    case '==':
    case 'is':
      return left === right;
    case '!=':
    case 'not':
      return left !== right;
    default:
      return false;
  }
}

/** A literal, or what a node has at the place that is named; undefined for places nobody knows here. */
function valueOf(text: string, node: NodeFacts): string | undefined {
  const place = /^\$\{(.*)\}$/s.exec(text)?.[1];
  if (place === undefined) return text.includes('${') ? undefined : text;
  const member = /^(attr|meta)\.(.+)$/s.exec(place);
  if (member) return (member[1] === 'attr' ? node.attributes : node.meta)[member[2] ?? ''];
  return placesOf(node).get(place);
}

function placesOf(node: NodeFacts): ReadonlyMap<string, string> {
  return new Map([
    ['node.class', node.nodeClass],
    ['node.datacenter', node.datacenter],
    ['node.pool', node.nodePool],
    ['node.unique.id', node.id],
    ['node.unique.name', node.name],
  ]);
}

function textOf({ left, operand, right }: ConstraintFacts): string {
  return [left, operand, right].filter((part) => part !== '').join(' ');
}
