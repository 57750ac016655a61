import type { NodeFacts } from '../node.ts';
import type { PoolSnapshot } from '../pool-snapshot.ts';
import { addResources, fitsInto, type Resources, subtractResources } from '../resources.ts';
import {
  type AllocationFacts,
  groupKey,
  type GroupRef,
  isTakingRoom,
  type PlacementNeeds,
} from '../snapshot.ts';
import { unfitFor } from './fits.ts';
import { resourcesOf } from './measure-pool.ts';

/** A node and what is free on it: what a placement is tried against. */
export interface Room {
  readonly node: NodeFacts;
  free: Resources;
  readonly groups: Set<string>;
  readonly jobs: Set<string>;
  readonly ports: Set<number>;
  /** Something runs there of which nobody knows which ports it holds. */
  hasUnknownPorts: boolean;
}

/** The room on a node as it is. Undefined when it is not known what an allocation takes. */
export function roomOn(
  node: NodeFacts,
  snapshot: Pick<PoolSnapshot, 'allocationsOn' | 'groupFacts'>,
): Room | undefined {
  const room = emptyRoom(node);
  for (const one of snapshot.allocationsOn(node.id).filter(isTakingRoom)) {
    const resources = resourcesOf(snapshot, one);
    if (!resources) return undefined;
    occupy(room, one, { resources, ports: snapshot.groupFacts(one)?.needs.staticPorts });
  }
  return room;
}

/** A node with nothing on it. */
export function emptyRoom(node: NodeFacts): Room {
  return {
    node,
    free: node.capacity,
    groups: new Set(),
    jobs: new Set(),
    ports: new Set(),
    hasUnknownPorts: false,
  };
}

/** A copy that can be tried on. */
export function copyRoom(room: Room): Room {
  return { ...room, groups: new Set(room.groups), jobs: new Set(room.jobs), ports: new Set(room.ports) };
}

/** What keeps an allocation of a group away from a room; '' when it fits. */
export function whyNot(room: Room, ref: GroupRef, needs: PlacementNeeds): string {
  const unfit = unfitFor(room.node, needs);
  if (unfit !== '') return unfit;
  if (!fitsInto(needs.resources, room.free)) return 'no room';
  if (needs.distinctHosts === 'group' && room.groups.has(groupKey(ref))) return 'distinct_hosts';
  if (needs.distinctHosts === 'job' && room.jobs.has(jobKey(ref))) return 'distinct_hosts';
  if (needs.staticPorts.length === 0) return '';
  if (room.hasUnknownPorts) return 'ports in use are not known';
  const taken = needs.staticPorts.find((port) => room.ports.has(port));
  return taken === undefined ? '' : `port ${taken} is in use`;
}

/** Takes the room of one allocation. */
export function occupy(
  room: Room,
  ref: GroupRef,
  of: { readonly resources: Resources; readonly ports: readonly number[] | undefined },
): void {
  room.free = subtractResources(room.free, of.resources);
  room.groups.add(groupKey(ref));
  room.jobs.add(jobKey(ref));
  if (of.ports === undefined) room.hasUnknownPorts = true;
  for (const port of of.ports ?? []) room.ports.add(port);
}

function jobKey(ref: GroupRef): string {
  return JSON.stringify([ref.namespace, ref.jobId]);
}

/** The larger of each member: what an allocation has, and what its group asks for by now. */
export function largerOf(one: Resources, other: Resources): Resources {
  return {
    cpuMhz: Math.max(one.cpuMhz, other.cpuMhz),
    memoryMb: Math.max(one.memoryMb, other.memoryMb),
    diskMb: Math.max(one.diskMb, other.diskMb),
  };
}

/** True for allocations that are neither moved nor waited for. */
export function isSystemWork({ jobType }: AllocationFacts): boolean {
  return jobType === 'system' || jobType === 'sysbatch';
}

/** The sum of what several things take, for ordering: the largest share of a node's any member has. */
export function weightOf(resources: Resources, of: Resources): number {
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  const { cpuMhz, memoryMb, diskMb } = addResources(resources);
  return Math.max(share(cpuMhz, of.cpuMhz), share(memoryMb, of.memoryMb), share(diskMb, of.diskMb));
}
