import type { NodeFacts } from '../node.ts';
import type { LastNode } from '../pool-snapshot.ts';
import {
  addResources,
  divideResources,
  NO_RESOURCES,
  type Resources,
  subtractResources,
} from '../resources.ts';
import type { Place } from './constraint.ts';

/** An empty node as a pool would get it: what pending work is tried on. It has no name of its own yet. */
export interface ModelNode extends Place {
  readonly capacity: Resources;
  /** True for the model of a pool without nodes: attributes and meta are forgotten. */
  readonly isRemembered: boolean;
}

/**
 * The newest node of a pool with an average node's resources, less what system jobs take of it (a new node
 * runs them too); undefined for a pool without nodes.
 */
export function modelOf(
  nodes: readonly NodeFacts[],
  systemUsed: Resources = NO_RESOURCES,
): ModelNode | undefined {
  const [newest] = nodes.toSorted((one, other) => other.createIndex - one.createIndex);
  if (!newest) return undefined;
  const { datacenter, nodeClass, nodePool, drivers, meta } = newest;
  const average = divideResources(addResources(...nodes.map((node) => node.capacity)), nodes.length);
  const common = Object.entries(newest.attributes).filter(([name]) => !name.startsWith('unique.'));
  return {
    id: '',
    name: '',
    datacenter,
    nodeClass,
    nodePool,
    drivers,
    meta,
    attributes: Object.fromEntries(common),
    capacity: subtractResources(average, systemUsed),
    isRemembered: false,
  };
}

/** The node that a pool without nodes last had on average. */
export function modelOfLast({ capacity, datacenter, nodeClass, drivers }: LastNode): ModelNode {
  return {
    id: '',
    name: '',
    datacenter,
    nodeClass,
    nodePool: 'default',
    drivers,
    meta: undefined,
    attributes: undefined,
    capacity,
    isRemembered: true,
  };
}

/** What a pool remembers of its nodes. */
export function lastNodeOf({ capacity, datacenter, nodeClass, drivers }: ModelNode): LastNode {
  const { cpuMhz, memoryMb, diskMb } = capacity;
  const rounded: Resources = {
    cpuMhz: Math.round(cpuMhz),
    memoryMb: Math.round(memoryMb),
    diskMb: Math.round(diskMb),
  };
  return { capacity: rounded, datacenter, nodeClass, drivers };
}
