import type { NodeFacts } from '../node.ts';
import type { ConstraintFacts } from '../snapshot.ts';
import { readVersionRange } from './version-range.ts';

/** What of a node constraints may ask for; attributes and meta are undefined where nobody knows them. */
export interface Place extends Pick<
  NodeFacts,
  'id' | 'name' | 'datacenter' | 'nodeClass' | 'nodePool' | 'drivers'
> {
  readonly attributes: NodeFacts['attributes'] | undefined;
  readonly meta: NodeFacts['meta'] | undefined;
}

/** One side of a constraint on a node; `isThere` is false for an attribute or meta key that it lacks. */
interface Side {
  readonly value: string;
  readonly isThere: boolean;
}

/** Answers undefined where it is not known what the node has. */
type Target = (place: Place) => Side | undefined;

/** Why a node does not meet the constraint, '' when it does; undefined for a constraint nobody here understands. */
export type ConstraintTest = (place: Place) => string;

/** A constraint → its test; undefined when an operand or a target is none of those that are understood. */
export function readConstraint(constraint: ConstraintFacts): ConstraintTest | undefined {
  const holds = OPERANDS.get(constraint.operand);
  const left = readTarget(constraint.left);
  const right = readTarget(constraint.right);
  if (!holds || !left || !right) return undefined;
  const text = constraintText(constraint);
  return (place) => {
    const [one, other] = [left(place), right(place)];
    if (!one || !other) return `what ${text} asks for is not known`;
    return holds(one, other) ? '' : `${text} is not met`;
  };
}

/** `constraint ${node.class} = web`. */
export function constraintText({ left, operand, right }: ConstraintFacts): string {
  return ['constraint', left, operand, right].filter((part) => part !== '').join(' ');
}

type Operand = (left: Side, right: Side) => boolean;

/** As the scheduler has it: equal needs both sides, different is met where one is missing. */
const isEqual: Operand = (left, right) => left.isThere && right.isThere && left.value === right.value;
const isDifferent: Operand = (left, right) => left.value !== right.value;

/** Lists stand as texts with commas. */
function listOf({ value }: Side): readonly string[] {
  return value.split(',').map((item) => item.trim());
}

const hasAll: Operand = (left, right) => {
  const there = new Set(listOf(left));
  return left.isThere && right.isThere && listOf(right).every((item) => there.has(item));
};
const hasAny: Operand = (left, right) => {
  const there = new Set(listOf(left));
  return left.isThere && right.isThere && listOf(right).some((item) => there.has(item));
};
const isInRange: Operand = (left, right) =>
  left.isThere && right.isThere && readVersionRange(right.value)?.(left.value) === true;

const OPERANDS: ReadonlyMap<string, Operand> = new Map([
  ['is_set', (left: Side) => left.isThere],
  ['is_not_set', (left: Side) => !left.isThere],
  ['set_contains', hasAll],
  ['set_contains_all', hasAll],
  ['set_contains_any', hasAny],
  ['version', isInRange],
  ['semver', isInRange],
  ['=', isEqual],
  ['==', isEqual],
  ['is', isEqual],
  ['!=', isDifferent],
  ['not', isDifferent],
]);

const PLACES: ReadonlyMap<string, (place: Place) => string> = new Map([
  ['node.class', (place: Place) => place.nodeClass],
  ['node.datacenter', (place: Place) => place.datacenter],
  ['node.pool', (place: Place) => place.nodePool],
  ['node.unique.id', (place: Place) => place.id],
  ['node.unique.name', (place: Place) => place.name],
]);

/** A literal, or the place of a node that it names; undefined for places that are not understood. */
function readTarget(text: string): Target | undefined {
  const name = /^\$\{([^{}]*)\}$/.exec(text)?.[1];
  if (name === undefined) return text.includes('${') ? undefined : () => ({ value: text, isThere: true });
  const place = PLACES.get(name);
  if (place) return (node) => ({ value: place(node), isThere: true });
  const [, table, key = ''] = /^(attr|meta)\.(.+)$/.exec(name) ?? [];
  if (table === undefined) return undefined;
  return (node) => sideOf(table === 'attr' ? node.attributes : node.meta, key);
}

function sideOf(table: Readonly<Record<string, string>> | undefined, key: string): Side | undefined {
  if (!table) return undefined;
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  return { value: value ?? '', isThere: value !== undefined };
}
