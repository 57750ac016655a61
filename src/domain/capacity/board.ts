import { fitsInto, type Resources, subtractResources } from '../resources.ts';
import type { KnownGroup } from './group-book.ts';
import type { NodeLoad, Placed } from './load.ts';

/** The pool's nodes and what is free on each: what placements are tried on. Never changed by a trial. */
export interface Board {
  readonly loads: readonly NodeLoad[];
  readonly free: readonly Resources[];
  /** Why a node will not do for a group whatever is free on it; '' when it will. Worked out once. */
  readonly against: (group: KnownGroup, at: number) => string;
}

/** A board over the nodes as they are. */
export function openBoard(loads: readonly NodeLoad[]): Board {
  const verdicts = new Map<KnownGroup, (string | undefined)[]>();
  const against = (group: KnownGroup, at: number): string => {
    let known = verdicts.get(group);
    if (!known) verdicts.set(group, (known = []));
    return (known[at] ??= judge(group, loads[at]));
  };
  const free = loads.map(({ node, used }) => subtractResources(node.node.capacity, used));
  return { loads, free, against };
}

function judge({ test }: KnownGroup, load: NodeLoad | undefined): string {
  return load && test ? test.against(load.node.node) : 'its job is not known';
}

/** An allocation that looks for another node. */
export interface Mover extends Placed {
  readonly weight: number;
}

/** One attempt to place movers on the nodes of a board: what it takes is its own. */
export class Trial {
  readonly #board: Board;
  readonly #from: number;
  readonly #free: Resources[];
  readonly #come = new Map<number, Placed[]>();

  constructor(board: Board, from: number) {
    this.#board = board;
    this.#from = from;
    this.#free = [...board.free];
  }

  /** Puts it on the first node that takes it; '' when there is one, else why there is none. */
  place(mover: Mover): string {
    const misfits = new Map<string, number>();
    let full = 0;
    for (let at = 0; at < this.#free.length; at++) {
      const free = this.#free[at];
      if (at === this.#from || !free) continue;
      if (!fitsInto(mover.resources, free)) {
        full += 1;
        continue;
      }
      const why = this.#board.against(mover.group, at) || this.#clash(mover, at);
      if (why === '') {
        this.#take(mover, at);
        return '';
      }
      misfits.set(why, (misfits.get(why) ?? 0) + 1);
    }
    return misfitText(full, misfits);
  }

  #take(mover: Mover, at: number): void {
    const free = this.#free[at];
    if (free) this.#free[at] = subtractResources(free, mover.resources);
    const come = this.#come.get(at);
    if (come) come.push(mover);
    else this.#come.set(at, [mover]);
  }

  #clash({ group }: Mover, at: number): string {
    const { distinctHosts = 'none', staticPorts = [] } = group.needs ?? {};
    if (distinctHosts === 'none' && staticPorts.length === 0) return '';
    const there = this.#board.loads[at]?.placed ?? [];
    return clashWith(group, there) || clashWith(group, this.#come.get(at) ?? []);
  }
}

/** Why a group's allocation may not share a node with those there; '' when it may. */
export function clashWith(group: KnownGroup, there: readonly Pick<Placed, 'group'>[]): string {
  if (!group.needs) return '';
  const { distinctHosts, staticPorts } = group.needs;
  for (const { group: other } of there) {
    if (distinctHosts === 'job' && other.job === group.job) return 'distinct_hosts';
    if (distinctHosts === 'group' && other === group) return 'distinct_hosts';
    if (staticPorts.length === 0) continue;
    if (!other.needs) return `which ports ${other.ref.jobId} holds there is not known`;
    const taken = other.needs.staticPorts.find((port) => staticPorts.includes(port));
    if (taken !== undefined) return `port ${taken} is in use`;
  }
  return '';
}

/** More kinds of misfit are not told. */
const MOST_TOLD = 3;

function misfitText(full: number, misfits: ReadonlyMap<string, number>): string {
  const kinds = [...(full > 0 ? [['no room', full] as const] : []), ...misfits].slice(0, MOST_TOLD);
  if (kinds.length === 0) return 'there is no other node';
  return kinds.map(([why, count]) => `${why} on ${count} other node${count === 1 ? '' : 's'}`).join('; ');
}
