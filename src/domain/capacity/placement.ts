import { largerOf, resourcesText, weightOf } from '../resources.ts';
import { groupId } from '../snapshot.ts';
import { type Board, type Mover, Trial } from './board.ts';
import type { Placed } from './load.ts';

/** Whether all work on a node fits on the others; else the first that does not, and why. */
export type PlacementProof =
  { readonly ok: true } | { readonly ok: false; readonly what: string; readonly why: string };

/**
 * Proves by first-fit decreasing that the work of the board's node number `from` fits on its other nodes. An
 * allocation needs what it was given or what its group asks for by now, whichever is more.
 */
export function provePlacement(board: Board, from: number): PlacementProof {
  const { placed = [], node } = board.loads[from] ?? {};
  const movers: Mover[] = [];
  for (const one of placed) {
    if (one.isSystem) continue;
    const { needs, test } = one.group;
    if (!needs || !test) return misfit(one, 'its job is not known');
    if (test.fault !== '') return misfit(one, test.fault);
    const resources = largerOf(needs.resources, one.resources);
    const weight = node ? weightOf(resources, node.node.capacity) : 0;
    movers.push({ ...one, resources, weight });
  }
  return placeAll(movers, new Trial(board, from));
}

function placeAll(movers: readonly Mover[], trial: Trial): PlacementProof {
  for (const mover of movers.toSorted((one, other) => other.weight - one.weight)) {
    const why = trial.place(mover);
    if (why !== '') return misfit(mover, why);
  }
  return { ok: true };
}

function misfit({ group, resources }: Placed, why: string): PlacementProof {
  return { ok: false, what: `${groupId(group.ref)} (${resourcesText(resources)})`, why };
}
