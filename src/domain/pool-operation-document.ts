import { FieldReader } from './field-reader.ts';
import { formatInstant, ZERO_TIME } from './instant.ts';
import { parseJson } from './json-members.ts';
import type { InOperation, OutOperation, PoolOperation } from './pool-operation.ts';

export type PoolOperationReading =
  { readonly ok: true; readonly operation: PoolOperation } | { readonly ok: false; readonly fault: string };

const FORM = 1;

/** A pool's operation → its text in KV. */
export function encodePoolOperation(operation: PoolOperation): string {
  return JSON.stringify({
    form: FORM,
    resource_type: 'worker_pool',
    pool: operation.pool,
    region: operation.region,
    provider: operation.provider,
    direction: operation.direction,
    phase: operation.phase,
    because: operation.because,
    ...(operation.direction === 'out' ? outMembers(operation) : inMembers(operation)),
    message: operation.message,
    started: formatInstant(operation.startedMs),
    phase_started: formatInstant(operation.phaseMs),
    accepted: moment(operation.acceptedMs),
    unanswered: moment(operation.unansweredMs),
    lost: moment(operation.lostMs),
    frozen: operation.frozen,
    retry_threshold: operation.retryThreshold,
  });
}

function outMembers({ from, to, members, nodeIndex, failed, target }: OutOperation): object {
  return { from, to, members, node_index: nodeIndex, failed, target };
}

function inMembers(operation: InOperation): object {
  return {
    node: operation.nodeId,
    node_name: operation.nodeName,
    instance: operation.instanceId,
    drain_deadline_ms: operation.drainDeadlineMs,
    undo: operation.undo,
  };
}

/** 0 is never: Go's zero time. */
function moment(ms: number): string {
  return ms === 0 ? ZERO_TIME : formatInstant(ms);
}

/** The text in KV → the operation, or the key that makes it unreadable. */
export function decodePoolOperation(text: string): PoolOperationReading {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return { ok: false, fault: 'not a JSON object' };
  const read = new FieldReader(value);
  read.exactly('form', FORM);
  read.exactly('resource_type', 'worker_pool');
  const direction = read.oneOf('direction', ['out', 'in'] as const);
  const operation = direction === 'out' ? readOut(read) : readIn(read);
  return read.fault === undefined
    ? { ok: true, operation }
    : { ok: false, fault: `${read.fault} cannot be read` };
}

function readOut(read: FieldReader): OutOperation {
  return {
    ...readCommon(read),
    direction: 'out',
    phase: read.oneOf('phase', [
      'requested',
      'launching',
      'joining',
      'replacing',
      'detaching-failed',
    ] as const),
    because: read.oneOf('because', ['above', 'pending'] as const),
    from: read.count('from'),
    to: read.count('to'),
    members: read.texts('members'),
    nodeIndex: read.count('node_index'),
    failed: read.texts('failed'),
    target: read.text('target'),
  };
}

function readIn(read: FieldReader): InOperation {
  return {
    ...readCommon(read),
    direction: 'in',
    phase: read.oneOf('phase', ['draining', 'undoing', 'detaching', 'terminating'] as const),
    because: read.oneOf('because', ['below'] as const),
    nodeId: read.text('node'),
    nodeName: read.text('node_name'),
    instanceId: read.text('instance'),
    drainDeadlineMs: read.count('drain_deadline_ms'),
    undo: read.oneOf('undo', ['', 'timeout', 'wanted', 'operator', 'refused'] as const),
  };
}

function readCommon(read: FieldReader) {
  return {
    pool: read.text('pool'),
    region: read.text('region'),
    provider: read.text('provider'),
    message: read.text('message'),
    startedMs: read.time('started'),
    phaseMs: read.time('phase_started'),
    acceptedMs: read.timeOrNever('accepted'),
    unansweredMs: read.timeOrNever('unanswered'),
    lostMs: read.timeOrNever('lost'),
    frozen: read.text('frozen'),
    retryThreshold: read.count('retry_threshold'),
  };
}
