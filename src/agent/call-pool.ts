import { afterAnswer, afterRefusal, type CallRefusal } from '../domain/pool-call.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import type { PoolCall, PoolStep } from '../domain/pool-step.ts';
import { isPortError, type PortError } from '../ports/port-error.ts';
import type { WritePermit } from '../ports/write-permit.ts';
import { isNotLeading } from './acting.ts';
import { momentOf } from './moment.ts';
import type { PoolContext, PoolMemory } from './pool-context.ts';
import { poolPermit } from './pool-permit.ts';
import { endPoolOperation, movePoolOperation } from './record-pool-operation.ts';
import { isStanding, nextRefusal } from './refusal.ts';
import { afterRefusedCall, callName } from './refused-call.ts';
import { poolOperationChange, type StoredPool } from './stored-pool.ts';
import type { Term } from './term.ts';

type CallStep = Extract<PoolStep, { readonly kind: 'call' }>;

/** Records the intent, makes the call, records what came of it. Where nobody can know, the next round looks. */
export async function callPool(
  context: PoolContext,
  term: Term,
  of: { readonly stored: StoredPool; readonly step: CallStep; readonly memory: PoolMemory },
): Promise<void> {
  const { stored, step, memory } = of;
  const operation = step.next;
  const begunAt = momentOf(context.machineClock);
  await context.store.write(term, poolOperationChange(stored, operation), stored.seen);
  try {
    await send(context, {
      operation,
      call: step.call,
      permit: poolPermit(context, term, { pool: stored.pool, begunAt }),
    });
  } catch (error) {
    if (!isPortError(error) || isNotLeading(error)) throw error;
    if (error.kind === 'denied') context.outages.failed(error.detail.service, changeOf(operation), error);
    const isNews = !isStanding(error) || noteRefusal(context, memory, { operation, call: step.call, error });
    return afterFailedCall(context, term, { operation, error, isNews });
  }
  memory.refusal = undefined;
  memory.refusedCall = undefined;
  context.outages.passed(serviceOf(step.call), changeOf(operation));
  if (step.call.kind === 'terminate') {
    context.emit({ kind: 'instance-terminated', pool: stored.pool, instanceId: step.call.instanceId });
  }
  const next = afterAnswer(operation, context.clock.now());
  await movePoolOperation(context, term, { operation, step: { kind: 'move', next, why: '' } });
}

/** Nothing new is begun for a while, and this call is not sent again. False when the same was refused before. */
function noteRefusal(
  { clock }: PoolContext,
  memory: PoolMemory,
  of: { readonly operation: PoolOperation; readonly call: PoolCall; readonly error: PortError },
): boolean {
  const nowMs = clock.monotonicMs();
  const { refusedCall: before } = memory;
  const call = callName(of.operation, of.call);
  const after = afterRefusedCall(before, { call, error: of.error, nowMs });
  memory.refusal = nextRefusal(memory.refusal, nowMs);
  memory.refusedCall = after;
  return before?.call !== call || before.why !== after.why;
}

/** A missing permission is told once, until a call to the same service is let through. */
function changeOf({ pool }: PoolOperation): string {
  return `change pool ${pool}`;
}

function serviceOf({ kind }: PoolCall): 'aws' | 'nomad' {
  return kind === 'drain' || kind === 'undrain' ? 'nomad' : 'aws';
}

interface Sending {
  readonly operation: PoolOperation;
  readonly call: PoolCall;
  readonly permit: WritePermit;
}

function send(context: PoolContext, { operation, call, permit }: Sending): Promise<void> {
  switch (call.kind) {
    case 'set-desired':
      return context.provider.setDesired(operation, call.to, permit);
    case 'detach':
      return context.provider.detach(operation, call.instanceId, permit);
    case 'terminate':
      return context.provider.terminate(operation.region, call.instanceId, permit);
    case 'drain':
      return context.nomad.drain(call.nodeId, permit);
    case 'undrain':
      return context.nomad.undrain(call.nodeId, permit);
  }
}

async function afterFailedCall(
  context: PoolContext,
  term: Term,
  of: { readonly operation: PoolOperation; readonly error: PortError; readonly isNews: boolean },
): Promise<void> {
  const { operation, error } = of;
  const text = error.message;
  const refusal = refusalOf(error);
  if (refusal === undefined) {
    const why = `the outcome is not known and will be looked up: ${text}`;
    context.emit({ kind: 'pool-operation-stepped', pool: operation.pool, operation, text: why });
    return;
  }
  const step = afterRefusal(operation, { refusal, text, nowMs: context.clock.now() });
  if (step.kind === 'end') return endPoolOperation(context, term, { operation, step });
  return movePoolOperation(context, term, { operation, step: of.isNews ? step : { ...step, why: '' } });
}

/** The request was certainly not carried out; undefined where that is not certain. */
function refusalOf({ kind, detail }: PortError): CallRefusal | undefined {
  if (detail.outcomeUnknown === true || detail.service === 'consul') return undefined;
  switch (kind) {
    case 'conflict':
      return isPoolConflict(detail.conflict) ? detail.conflict : 'invalid';
    case 'not-found':
    case 'denied':
    case 'throttled':
    case 'invalid':
    case 'unavailable':
      return kind;
    default:
      return undefined;
  }
}

type PoolConflict = Extract<CallRefusal, 'not-a-member' | 'protected' | 'activity' | 'bounds'>;

function isPoolConflict(conflict: string | undefined): conflict is PoolConflict {
  return ['not-a-member', 'protected', 'activity', 'bounds'].includes(conflict ?? '');
}
