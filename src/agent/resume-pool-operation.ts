import { advancePool } from '../domain/advance-pool.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import { thaw, withoutFutureMoments } from '../domain/pool-operation-phase.ts';
import type { PoolStep } from '../domain/pool-step.ts';
import type { PoolContext, PoolMemory } from './pool-context.ts';
import { hasFreshNodes } from './observe-pool.ts';
import { observeSight } from './observe-sight.ts';
import { callPool } from './call-pool.ts';
import { callName } from './refused-call.ts';
import { endPoolOperation, keepPoolOperation, movePoolOperation } from './record-pool-operation.ts';
import type { StoredPool } from './stored-pool.ts';
import type { Term } from './term.ts';

interface Resuming {
  readonly stored: StoredPool;
  readonly operation: PoolOperation;
  readonly asksOut: boolean;
  readonly signal: AbortSignal;
}

/** One look at an operation under way, and one step of it. */
export async function resumePoolOperation(
  context: PoolContext,
  memory: PoolMemory,
  of: Resuming,
): Promise<void> {
  const { operation, stored, asksOut, signal } = of;
  const view = context.view();
  if (!hasFreshNodes(context, view)) {
    return tellStepOnce(context, memory, { operation, text: "waiting for Nomad's lists" });
  }
  if (await settleMoments(context, operation)) return;
  const failures = stored.state.failureCount;
  const sight = await observeSight(context, { operation, nodes: view.nodes, asksOut, failures, signal });
  const step = advancePool(operation, sight);
  if (step.kind === 'wait') return tellStepOnce(context, memory, { operation, text: step.why });
  if (step.kind === 'call' && isHeldBack(context, memory, callName(operation, step.call))) return;
  await context.acting.act((term) => takeStep(context, term, { operation, step, stored, memory }));
}

/** It was refused not long ago: that has been told. */
function isHeldBack({ clock }: PoolContext, { refusedCall }: PoolMemory, call: string): boolean {
  return refusedCall?.call === call && clock.monotonicMs() < refusedCall.untilMs;
}

/** Lifted from failsafe, or begun in the future: written down as begun now; the next round goes on from there. */
async function settleMoments(context: PoolContext, operation: PoolOperation): Promise<boolean> {
  const nowMs = context.clock.now();
  const settled = withoutFutureMoments(operation, nowMs);
  const next = settled.frozen === '' ? settled : thaw(settled, nowMs);
  if (next === operation) return false;
  await keepPoolOperation(context, { operation, next });
  return true;
}

interface Taking {
  readonly operation: PoolOperation;
  readonly stored: StoredPool;
  readonly step: Exclude<PoolStep, { readonly kind: 'wait' }>;
  readonly memory: PoolMemory;
}

async function takeStep(context: PoolContext, term: Term, taking: Taking): Promise<void> {
  const { operation, step } = taking;
  switch (step.kind) {
    case 'move':
      return movePoolOperation(context, term, { operation, step });
    case 'call':
      if (taking.memory.refusedCall?.call !== callName(operation, step.call)) {
        tellStepOnce(context, taking.memory, { operation, text: step.why });
      }
      return callPool(context, term, { stored: taking.stored, step, memory: taking.memory });
    case 'end':
      return endPoolOperation(context, term, { operation, step });
  }
}

/** An operation that goes on by itself, and why: told when it changes. */
export function tellStepOnce(
  context: PoolContext,
  memory: PoolMemory,
  of: { readonly operation: PoolOperation; readonly text: string },
): void {
  const { operation, text } = of;
  const step = `${operation.startedMs} ${operation.phase} ${text}`;
  if (memory.toldStep === step) return;
  memory.toldStep = step;
  context.emit({ kind: 'pool-operation-stepped', pool: operation.pool, operation, text });
}
