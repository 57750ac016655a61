import type { PoolOperation } from './pool-operation.ts';
import { freeze, mayArriveLate, sending } from './pool-operation-phase.ts';

/** A mutating call of an operation. */
export type PoolCall =
  | { readonly kind: 'set-desired'; readonly to: number }
  | { readonly kind: 'detach'; readonly instanceId: string }
  | { readonly kind: 'terminate'; readonly instanceId: string }
  | { readonly kind: 'drain'; readonly nodeId: string }
  | { readonly kind: 'undrain'; readonly nodeId: string };

/** How an operation ended: only `failure` counts against the pool. */
export type PoolOutcome = 'success' | 'failure' | 'dropped';

export interface WaitStep {
  readonly kind: 'wait';
  readonly why: string;
}

/** Record only. `failure`: one more is counted. `failsafe`: it is set, and the operation is kept as it is. */
export interface MoveStep {
  readonly kind: 'move';
  readonly next: PoolOperation;
  readonly why: string;
  readonly failure?: true;
  readonly failsafe?: true;
}

/** Record `next` as the intent, then make the call. */
export interface CallStep {
  readonly kind: 'call';
  readonly call: PoolCall;
  readonly next: PoolOperation;
  readonly why: string;
}

export interface EndStep {
  readonly kind: 'end';
  readonly outcome: PoolOutcome;
  readonly why: string;
  readonly failsafe?: true;
  /** The node whose drain failed: it is not chosen again for an hour. */
  readonly failedDrain?: string;
}

/** What is to be done next about an operation. */
export type PoolStep = WaitStep | MoveStep | CallStep | EndStep;

export function wait(why: string): WaitStep {
  return { kind: 'wait', why };
}

export function move(next: PoolOperation, why: string): MoveStep {
  return { kind: 'move', next, why };
}

export function end(outcome: PoolOutcome, why: string): EndStep {
  return { kind: 'end', outcome, why };
}

/** Records the intent of the call, then makes it. */
export function makeCall(
  operation: PoolOperation,
  call: PoolCall,
  of: { readonly why: string; readonly nowMs: number },
): CallStep {
  return { kind: 'call', call, next: sending(operation, of.nowMs), why: of.why };
}

/** Failsafe is set at once, and the operation stays where it is. */
export function trip(operation: PoolOperation, why: string): MoveStep {
  return { ...move(freeze(operation, why), why), failsafe: true };
}

/** No end is reached while a call that nobody saw the answer of may still arrive. */
export function endLater(
  operation: PoolOperation,
  { nowMs }: { readonly nowMs: number },
  step: EndStep,
): EndStep | WaitStep {
  if (!mayArriveLate(operation, nowMs)) return step;
  return wait(`${step.why}; a call whose answer was lost may still arrive, waiting for that`);
}
