import { flag, list, maybe, record, text, type WireOf, word } from '../../src/http/shape.ts';
import { decisionEntry } from '../../src/http/shapes/decision-shapes.ts';
import { RESOURCE_TYPE } from '../../src/http/shapes/words.ts';

export type EntryWire = WireOf<typeof decisionEntry>;

/** Why something was decided, the newest decision first. */
export interface Explanation {
  readonly id: string;
  readonly type: 'job_group' | 'worker_pool';
  /** `evaluated`: no agent answers, and it was evaluated once here. */
  readonly source: 'agent' | 'evaluated';
  /** Of the agent that was asked; '' for none. */
  readonly address: string;
  /** False: the agent that acts on it was not heard. */
  readonly isOfActing: boolean;
  readonly decisions: readonly EntryWire[];
  /** What should be known besides, one sentence each. */
  readonly notes: readonly string[];
}

/** `replicator explain --json`. */
export const explanationShape = record<Explanation>()('Explanation', (field) => ({
  id: field(text, 'id of the task group or the pool', (one) => one.id),
  type: field(RESOURCE_TYPE, 'which of them', (one) => one.type),
  source: field(
    word(['agent', 'evaluated']),
    'evaluated: once by this command, as no agent answers',
    (one) => one.source,
  ),
  address: field(maybe(text), 'the agent that was asked', (one) =>
    one.address === '' ? undefined : one.address,
  ),
  acting: field(flag, 'it is the one that acts', (one) => one.isOfActing),
  decisions: field(
    list({ schema: decisionEntry.schema, encode: (entry: EntryWire) => entry }),
    'as in /v1/decisions, the newest first',
    (one) => one.decisions,
  ),
  notes: field(list(text), 'what should be known besides', (one) => one.notes),
}));
