import type { PoolSnapshot } from '../pool-snapshot.ts';
import type { Resources } from '../resources.ts';
import { type AllocationFacts, groupId, isTakingRoom, type PlacementNeeds } from '../snapshot.ts';
import { copyRoom, isSystemWork, largerOf, occupy, type Room, weightOf, whyNot } from './room.ts';

/** Whether everything on a node fits on others; else the first that does not, and why. */
export type PlacementProof = { readonly ok: true } | { readonly ok: false; readonly why: string };

interface Mover {
  readonly allocation: AllocationFacts;
  readonly needs: PlacementNeeds;
  readonly weight: number;
}

/** True for an allocation that a drain has to move or to wait for: it runs, or is about to, whatever is desired. */
export function isWork(allocation: AllocationFacts): boolean {
  const isLive = allocation.clientStatus === 'running' || allocation.clientStatus === 'pending';
  return isLive && !isSystemWork(allocation);
}

/** Proves by first-fit decreasing that the work of a node fits into the rooms of the others. */
export function provePlacement(
  nodeId: string,
  rooms: readonly Room[],
  snapshot: Pick<PoolSnapshot, 'allocationsOn' | 'groupFacts'>,
): PlacementProof {
  const movers: Mover[] = [];
  const scale = rooms[0]?.node.capacity;
  for (const allocation of snapshot.allocationsOn(nodeId)) {
    if (isSystemWork(allocation) || !isTakingRoom(allocation)) continue;
    const needs = needsOf(snapshot, allocation);
    if (!needs) return { ok: false, why: `${groupId(allocation)}: its job is not known` };
    if (!scale) return { ok: false, why: `${groupId(allocation)}: there is no other node` };
    movers.push({ allocation, needs, weight: weightOf(needs.resources, scale) });
  }
  return placeAll(movers, rooms);
}

function placeAll(movers: readonly Mover[], rooms: readonly Room[]): PlacementProof {
  const touched = new Map<Room, Room>();
  for (const { allocation, needs } of movers.toSorted((one, other) => other.weight - one.weight)) {
    const found = rooms.find((room) => whyNot(touched.get(room) ?? room, allocation, needs) === '');
    if (!found)
      return {
        ok: false,
        why: `${groupId(allocation)} ${bestReason(rooms, touched, { allocation, needs })}`,
      };
    const trial = touched.get(found) ?? copyRoom(found);
    touched.set(found, trial);
    occupy(trial, allocation, { resources: needs.resources, ports: needs.staticPorts });
  }
  return { ok: true };
}

/** `no room` says most where some node would do otherwise. */
function bestReason(
  rooms: readonly Room[],
  touched: ReadonlyMap<Room, Room>,
  of: Pick<Mover, 'allocation' | 'needs'>,
): string {
  const reasons = rooms.map((room) => whyNot(touched.get(room) ?? room, of.allocation, of.needs));
  const [first = 'there is no other node'] = reasons;
  return reasons.includes('no room')
    ? `(${sizeText(of.needs.resources)}) finds no room`
    : `does not fit: ${first}`;
}

function sizeText({ cpuMhz, memoryMb, diskMb }: Resources): string {
  return `${cpuMhz} MHz, ${memoryMb} MB, disk ${diskMb} MB`;
}

/** What it was given or what its group asks for by now, whichever is more; undefined for an unknown group. */
function needsOf(
  { groupFacts }: Pick<PoolSnapshot, 'groupFacts'>,
  allocation: AllocationFacts,
): PlacementNeeds | undefined {
  const needs = groupFacts(allocation)?.needs;
  if (!needs) return undefined;
  const { resources } = allocation;
  return resources ? { ...needs, resources: largerOf(needs.resources, resources) } : needs;
}
