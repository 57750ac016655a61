import { advancePool } from '../../src/domain/advance-pool.ts';
import { afterAnswer, afterRefusal } from '../../src/domain/pool-call.ts';
import type { PoolOperation } from '../../src/domain/pool-operation.ts';
import { decodePoolOperation, encodePoolOperation } from '../../src/domain/pool-operation-document.ts';
import { freeze, thaw, withoutFutureMoments } from '../../src/domain/pool-operation-phase.ts';
import { instancesToRead, nodeToRead, type PoolSight, sightNeeds } from '../../src/domain/pool-sight.ts';
import type { CallStep, EndStep, MoveStep, PoolStep } from '../../src/domain/pool-step.ts';
import { aPoolSight } from './build-pool-operation.ts';
import type { PoolWorld } from './pool-world.ts';

/** What happens to a call: answered; the agent is killed before or after it; it arrives later, or never. */
export type Fate =
  | { readonly kind: 'answered' | 'killed-before' | 'killed-after' }
  | { readonly kind: 'late'; readonly delayMs: number };

export const ANSWERED: Fate = { kind: 'answered' };

/** Does with steps what the agent does, on a world. What is kept goes through the text in KV. */
export class PoolDriver {
  readonly world: PoolWorld;
  operation: PoolOperation | undefined;
  ended: EndStep | undefined;
  failures = 0;
  failsafe = false;
  asksOut = false;
  readonly trail: string[] = [];

  constructor(world: PoolWorld, operation: PoolOperation) {
    this.world = world;
    this.operation = operation;
  }

  /** One round. AWS is read as it was `staleS` seconds ago. */
  tick(fate: Fate, staleS = 0): void {
    const { operation } = this;
    if (!operation) return;
    if (this.failsafe) return this.#keep(freeze(operation, 'failsafe'));
    const settled = withoutFutureMoments(operation, this.world.nowMs);
    if (settled.frozen !== '') return this.#keep(thaw(settled, this.world.nowMs));
    this.#take(advancePool(settled, this.#look(settled, staleS)), fate);
  }

  /** Rounds without faults until the operation is over; failsafe is lifted again and again. */
  finish(rounds: number): void {
    this.asksOut = false;
    for (let round = 0; round < rounds && this.operation; round += 1) {
      if (round % 20 === 19 && this.failsafe) this.lift();
      this.tick(ANSWERED);
      this.world.pass(10);
    }
    this.world.pass(600);
  }

  lift(): void {
    this.failsafe = false;
    this.failures = 0;
  }

  #look(operation: PoolOperation, staleS: number): PoolSight {
    const { world } = this;
    const needs = sightNeeds(operation);
    const cloud = world.look(staleS);
    const group = needs.group ? cloud.group : undefined;
    const ids = instancesToRead(operation, group, world.nowMs);
    const instances = new Map(ids.flatMap((id) => entryOf(cloud.instances, id)));
    const { nodes } = world;
    const nodeId = nodeToRead(operation, { nodes, instances });
    return aPoolSight({
      group,
      instances,
      membership: new Map(needs.membership.flatMap((id) => entryOf(cloud.membership, id))),
      node: nodes.find((node) => node.id === nodeId),
      work: world.workOn(nodeId),
      nodes,
      asksOut: this.asksOut,
      failures: this.failures,
      nowMs: world.nowMs,
    });
  }

  #take(step: PoolStep, fate: Fate): void {
    this.trail.push(`${this.operation?.phase ?? ''}: ${step.why}`);
    switch (step.kind) {
      case 'wait':
        return;
      case 'move':
        return this.#move(step);
      case 'call':
        return this.#call(step, fate);
      case 'end':
        return this.#end(step);
    }
  }

  #call(step: CallStep, fate: Fate): void {
    const { world } = this;
    this.#keep(step.next);
    if (fate.kind === 'killed-before') return;
    world.check(step.call);
    if (fate.kind === 'late') return world.delay(step.call, fate.delayMs);
    const refusal = world.apply(step.call);
    if (fate.kind === 'killed-after') return;
    if (!refusal) return this.#keep(afterAnswer(step.next, world.nowMs));
    this.#take(afterRefusal(step.next, { refusal, text: refusal, nowMs: world.nowMs }), fate);
  }

  #move(step: MoveStep): void {
    if (step.failure) this.#fail();
    if (step.failsafe) this.failsafe = true;
    this.#keep(step.next);
  }

  #end(step: EndStep): void {
    if (step.outcome === 'failure') this.#fail();
    if (step.failsafe) this.failsafe = true;
    if (this.world.pendingCalls > 0) this.world.broken.push('ended while a call may still arrive');
    this.ended = step;
    this.operation = undefined;
  }

  #fail(): void {
    this.failures += 1;
    this.failsafe ||= this.failures >= (this.operation?.retryThreshold ?? 1);
  }

  #keep(next: PoolOperation): void {
    const reading = decodePoolOperation(encodePoolOperation(next));
    if (!reading.ok) throw new Error(reading.fault);
    this.operation = reading.operation;
  }
}

function entryOf<T>(map: ReadonlyMap<string, T>, id: string): [string, T][] {
  const value = map.get(id);
  return value === undefined ? [] : [[id, value]];
}
