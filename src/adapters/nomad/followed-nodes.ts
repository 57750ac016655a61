import type { NodeFacts } from '../../domain/node.ts';
import type { NodesView } from '../../ports/nomad.ts';
import { Bodies } from './bodies.ts';
import type { BodyTools } from './bodies.ts';
import type { NodeChange } from './changes.ts';
import { isQuiet } from './list-feed.ts';
import type { FeedEvent } from './list-feed.ts';
import { ToldStubs } from './told-stubs.ts';
import type { NodeStub } from './wire-node.ts';

type Shown = Omit<NodesView, 'freshMs'>;

/** The nodes of the list, read whole. */
export class FollowedNodes {
  private readonly bodies: Bodies<NodeStub, NodeFacts>;
  private readonly told: ToldStubs<NodeStub>;
  private shown: Shown | undefined;

  constructor(tools: Omit<BodyTools<NodeStub, NodeFacts>, 'keyOf'>) {
    const changed = (): void => {
      this.shown = undefined;
      tools.changed();
    };
    this.told = new ToldStubs(tools.clock);
    this.bodies = new Bodies({ ...tools, changed, keyOf: idOf });
  }

  /** True when all that can be read for now has been. */
  isSettled(): boolean {
    return this.bodies.isSettled();
  }

  take(event: FeedEvent<NodeStub>): void {
    const kept = isQuiet(event) ? this.told.expire(idOf) : undefined;
    if (kept !== undefined) this.bodies.replace(kept, false);
    else if (isQuiet(event)) return;
    else if (event.kind === 'list') this.bodies.replace(this.told.over(event, idOf), event.restarted);
    else this.bodies.update(event.upserts, event.removals);
    this.shown = undefined;
  }

  /** Takes nodes as writes have left them, until the list shows the same or something newer. */
  change(changes: readonly NodeChange[]): void {
    for (const { index, stub, facts } of changes) {
      const isKnown = this.bodies.all().has(stub.id);
      if (this.told.note(stub.id, { index, stub }) || isKnown) this.bodies.offer(stub, facts);
    }
    this.shown = undefined;
  }

  close(): void {
    this.bodies.close();
  }

  view(freshMs: number): NodesView {
    this.shown ??= this.makeView();
    return { ...this.shown, freshMs };
  }

  private makeView(): Shown {
    const known = [...this.bodies.all()].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return {
      all: known.flatMap(([, { stub, facts }]) => (facts === undefined ? [] : [asListed(stub, facts)])),
      unread: known.filter(([, { facts }]) => facts === undefined).map(([id]) => id),
    };
  }
}

function idOf({ id }: NodeStub): string {
  return id;
}

/** While a changed node is read again, it has the standing that the list shows. */
function asListed(stub: NodeStub, facts: NodeFacts): NodeFacts {
  if (stub.modifyIndex <= facts.modifyIndex) return facts;
  const { status, eligible, draining, capacity } = stub;
  return { ...facts, status, eligible, draining, capacity: capacity ?? facts.capacity };
}
