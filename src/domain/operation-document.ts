import { FieldReader } from './field-reader.ts';
import type { GroupOperation } from './group-operation.ts';
import { formatInstant } from './instant.ts';
import { parseJson } from './json-members.ts';

export type OperationReading =
  { readonly ok: true; readonly operation: GroupOperation } | { readonly ok: false; readonly fault: string };

const FORM = 1;

/** A group's operation → its text in KV. */
export function encodeGroupOperation(operation: GroupOperation): string {
  return JSON.stringify({
    form: FORM,
    resource_type: 'job_group',
    namespace: operation.namespace,
    job: operation.jobId,
    group: operation.group,
    phase: operation.phase,
    direction: operation.direction,
    from: operation.from,
    to: operation.to,
    because: operation.because,
    message: operation.message,
    started: formatInstant(operation.startedMs),
    phase_started: formatInstant(operation.phaseMs),
    job_modify_index: operation.modifyIndex,
    evaluation_id: operation.evaluationId,
    deploys: operation.deploys,
    retry_threshold: operation.retryThreshold,
  });
}

/** The text in KV → the operation, or the key that makes it unreadable. */
export function decodeGroupOperation(text: string): OperationReading {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return { ok: false, fault: 'not a JSON object' };
  const read = new FieldReader(value);
  read.exactly('form', FORM);
  const operation: GroupOperation = {
    namespace: read.text('namespace'),
    jobId: read.text('job'),
    group: read.text('group'),
    phase: read.oneOf('phase', ['requested', 'confirming', 'reverting'] as const),
    direction: read.oneOf('direction', ['out', 'in'] as const),
    from: read.count('from'),
    to: read.count('to'),
    because: read.oneOf('because', ['above', 'below', 'bounds'] as const),
    message: read.text('message'),
    startedMs: read.time('started'),
    phaseMs: read.time('phase_started'),
    modifyIndex: read.count('job_modify_index'),
    evaluationId: read.text('evaluation_id'),
    deploys: read.oneOf('deploys', [true, false] as const),
    retryThreshold: read.count('retry_threshold'),
  };
  return read.fault === undefined
    ? { ok: true, operation }
    : { ok: false, fault: `${read.fault} cannot be read` };
}
