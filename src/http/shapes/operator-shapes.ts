import type { Flag } from '../../domain/flag-document.ts';
import type { OperatorOutcome } from '../../ports/operator-desk.ts';
import type { Schema } from '../schema.ts';
import { flag, list, record, text } from '../shape.ts';

/** A flag for everything, as it stands in Consul. */
export const flagStatus = record<Flag>()('Flag', (field) => ({
  set: field(flag, 'nothing is scaled while it is set', (one) => one.set),
  by: field(text, 'who has set or reset it, empty where it never was', (one) => one.by),
  at: field(text, 'when, RFC 3339', (one) => one.at),
  reason: field(text, 'why', (one) => one.reason),
}));

type Done = Extract<OperatorOutcome, { readonly kind: 'done' }>;

/** What a change has come to. */
export const turned = record<Done>()('Turned', (field) => ({
  changed: field(list(text), 'what was set or reset', (one) => one.changed),
  unchanged: field(list(text), 'what was so already', (one) => one.unchanged),
  notes: field(list(text), 'what holds resources back all the same', (one) => one.notes),
  acknowledged: field(list(text), 'of a pause or its end: members that heed it', (one) => one.acknowledged),
  missing: field(
    list(text),
    'members that do not yet: after a pause they may still send',
    (one) => one.missing,
  ),
}));

const SET: Schema = { type: 'boolean', description: 'true sets it, false resets it' };
const BY: Schema = { type: 'string', maxLength: 128, description: 'who asks for it' };
const REASON: Schema = { type: 'string', maxLength: 256, description: 'why' };
const ID = { type: 'string', maxLength: 512 } as const;

/** The body of PUT /v1/pause. */
export const pauseBody: Schema = {
  title: 'PauseChange',
  type: 'object',
  properties: { set: SET, by: BY, reason: REASON },
  required: ['set'],
  additionalProperties: false,
};

/** The body of PUT /v1/failsafe. */
export const failsafeBody: Schema = {
  title: 'FailsafeChange',
  type: 'object',
  properties: {
    set: SET,
    group: { ...ID, description: 'a task group, or a job: all its groups; without it and `pool` everything' },
    pool: { ...ID, description: 'a worker pool' },
    by: BY,
    reason: REASON,
  },
  required: ['set'],
  additionalProperties: false,
};
