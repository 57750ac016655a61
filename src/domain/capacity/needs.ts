import { fitsInto, type Resources } from '../resources.ts';
import type { PlacementNeeds } from '../snapshot.ts';
import { type ConstraintTest, constraintText, type Place, readConstraint } from './constraint.ts';

/** A group's needs made ready to be tried on many nodes. Room, ports and neighbours are not looked at. */
export interface NeedsTest {
  /** Why no node at all will do; '' for nothing. */
  readonly fault: string;
  /** Why this node will not do, whatever is free on it; '' when it will. */
  readonly against: (place: Place) => string;
}

/** Reads the needs once. What is not understood fits nowhere, and the text says what it is. */
export function compileNeeds(needs: PlacementNeeds): NeedsTest {
  const datacenters = needs.datacenters.map(readPattern);
  const tests = needs.constraints.map((one) => ({ one, test: readConstraint(one) }));
  const known = tests.flatMap(({ test }) => test ?? []);
  const odd = tests.find(({ test }) => test === undefined)?.one;
  const fault = faultOf(needs, odd && `${constraintText(odd)} is not understood`);
  return { fault, against: (place) => fault || againstPlace(needs, place, { datacenters, known }) };
}

/** Why one allocation with these needs does not fit a node with so much room; '' when it does. */
export function fitsNode(needs: PlacementNeeds, place: Place, room: Resources): string {
  const against = compileNeeds(needs).against(place);
  if (against !== '') return against;
  return fitsInto(needs.resources, room) ? '' : 'no room';
}

function faultOf({ unplaceable }: PlacementNeeds, odd: string | undefined): string {
  if (unplaceable.length > 0) return `asks for ${unplaceable.join(', ')}, which is not understood`;
  return odd ?? '';
}

function againstPlace(
  needs: PlacementNeeds,
  place: Place,
  compiled: { readonly datacenters: readonly Pattern[]; readonly known: readonly ConstraintTest[] },
): string {
  if (!compiled.datacenters.some((isMatch) => isMatch(place.datacenter))) {
    return `datacenter ${place.datacenter} is none of its own`;
  }
  if (!['', 'all', place.nodePool].includes(needs.nodePool)) {
    return `node pool ${place.nodePool} is not ${needs.nodePool}`;
  }
  const driver = needs.drivers.find((name) => !place.drivers.includes(name));
  if (driver !== undefined) return `driver ${driver} is missing`;
  for (const test of compiled.known) {
    const against = test(place);
    if (against !== '') return against;
  }
  return '';
}

type Pattern = (name: string) => boolean;

/** A datacenter as a job names it: `*` stands for anything. */
function readPattern(pattern: string): Pattern {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  const expression = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => expression.test(name);
}
