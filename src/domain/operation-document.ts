import type { GroupOperation } from './group-operation.ts';
import { formatInstant, parseInstant } from './instant.ts';
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
  const faults: string[] = [];
  const read = new FieldReader(new Map<string, unknown>(Object.entries(value)), faults);
  if (read.count('form') !== FORM) faults.push('form');
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
  return faults.length === 0 ? { ok: true, operation } : { ok: false, fault: `${faults[0]} cannot be read` };
}

/** Reads typed members and notes the names of those that do not fit. */
class FieldReader {
  readonly #members: ReadonlyMap<string, unknown>;
  readonly #faults: string[];

  constructor(members: ReadonlyMap<string, unknown>, faults: string[]) {
    this.#members = members;
    this.#faults = faults;
  }

  text(key: string): string {
    const value = this.#members.get(key);
    if (typeof value === 'string') return value;
    return this.#fault(key, '');
  }

  count(key: string): number {
    const value = this.#members.get(key);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    return this.#fault(key, 0);
  }

  time(key: string): number {
    return parseInstant(this.text(key)) ?? this.#fault(key, 0);
  }

  oneOf<T>(key: string, choices: readonly [T, ...T[]]): T {
    const value = this.#members.get(key);
    return choices.find((choice) => choice === value) ?? this.#fault(key, choices[0]);
  }

  #fault<T>(key: string, standIn: T): T {
    this.#faults.push(key);
    return standIn;
  }
}
