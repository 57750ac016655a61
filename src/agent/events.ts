import type { PoolDecision, PoolReason } from '../domain/decision/pool-judgement.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import type { PoolOutcome } from '../domain/pool-step.ts';
import type { GroupDecision } from '../domain/decision/group-decision.ts';
import type { GroupOperation } from '../domain/group-operation.ts';
import type { Outcome } from '../domain/advance-group.ts';
import type { PolicyFault } from '../domain/policy/meta.ts';
import type { HoldReason } from '../domain/decision/reason.ts';
import type { Notice } from '../ports/notifier.ts';

/** Everything the agent tells: the log, and later metrics, notifiers and the API, listen to these. */
export type AgentEvent =
  | { readonly kind: 'session-opened'; readonly session: string }
  | { readonly kind: 'session-lost'; readonly session: string; readonly why: string }
  | { readonly kind: 'leading'; readonly lockKey: string; readonly session: string }
  | { readonly kind: 'leadership-ended'; readonly lockKey: string; readonly why: string }
  /** A lock of an agent in a group: its own as a member, or a partition's. */
  | { readonly kind: 'lock-taken'; readonly role: 'member' | 'partition'; readonly lockKey: string }
  | {
      readonly kind: 'lock-left';
      readonly role: 'member' | 'partition';
      readonly lockKey: string;
      readonly why: string;
    }
  /** This agent has become a member of its group. */
  | { readonly kind: 'group-joined'; readonly group: string; readonly id: string }
  /** A member does not act, although it is one; told when the reason changes. */
  | { readonly kind: 'group-barred'; readonly why: string }
  | { readonly kind: 'group-config-refused'; readonly key: string; readonly faults: readonly string[] }
  /** The leader has divided the partitions anew. */
  | { readonly kind: 'partitions-assigned'; readonly moved: number; readonly members: readonly string[] }
  /** A standalone agent does not stand for election while a group has its key root. */
  | { readonly kind: 'standing-barred'; readonly why: string }
  /** `what` could not be done: a list that is followed, a resource that is looked at or changed. */
  | {
      readonly kind: 'service-failed';
      readonly service: string;
      readonly what: string;
      readonly error: Error;
    }
  | { readonly kind: 'service-recovered'; readonly service: string }
  | { readonly kind: 'policy-added'; readonly group: string }
  | { readonly kind: 'policy-changed'; readonly group: string }
  | { readonly kind: 'policy-removed'; readonly group: string }
  | {
      readonly kind: 'policy-invalid';
      readonly job: string;
      readonly group: string;
      readonly faults: readonly PolicyFault[];
    }
  | {
      readonly kind: 'decided';
      readonly group: string;
      readonly decision: GroupDecision;
      /** The verdict before this one, undefined for the first. */
      readonly before: HoldReason | 'scale' | undefined;
    }
  | {
      readonly kind: 'operation-accepted';
      readonly group: string;
      readonly operation: GroupOperation;
      readonly evaluationId: string;
    }
  | { readonly kind: 'operation-stepped'; readonly group: string; readonly text: string }
  | {
      readonly kind: 'operation-ended';
      readonly group: string;
      readonly operation: GroupOperation;
      readonly outcome: Outcome;
      readonly why: string;
      readonly failures: number;
    }
  | { readonly kind: 'failsafe-tripped'; readonly group: string; readonly failures: number }
  | {
      readonly kind: 'state-unreadable';
      readonly group: string;
      readonly key: string;
      readonly fault: string;
    }
  | { readonly kind: 'state-deleted'; readonly group: string }
  /** A resource's rounds fail for a reason of its own; the others go on. */
  | { readonly kind: 'round-failed'; readonly resource: string; readonly error: Error }
  | { readonly kind: 'round-recovered'; readonly resource: string }
  /** How far a resource's round began behind its time, and how long it took. */
  | {
      readonly kind: 'round-ended';
      readonly resource: string;
      readonly lateMs: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'pool-added'; readonly pool: string }
  | { readonly kind: 'pool-changed'; readonly pool: string }
  | { readonly kind: 'pool-removed'; readonly pool: string }
  /** Something about a pool that a person should look at: told when it changes. */
  | { readonly kind: 'pool-noticed'; readonly pool: string; readonly text: string }
  | {
      readonly kind: 'pool-decided';
      readonly pool: string;
      readonly decision: PoolDecision;
      /** The verdict's reason before this one, undefined for the first. */
      readonly before: PoolReason | undefined;
    }
  | { readonly kind: 'pool-operation-begun'; readonly pool: string; readonly operation: PoolOperation }
  | {
      readonly kind: 'pool-operation-stepped';
      readonly pool: string;
      readonly operation: PoolOperation;
      readonly text: string;
    }
  | {
      readonly kind: 'pool-operation-failed';
      readonly pool: string;
      readonly operation: PoolOperation;
      readonly why: string;
      readonly failures: number;
    }
  | {
      readonly kind: 'pool-operation-ended';
      readonly pool: string;
      readonly operation: PoolOperation;
      readonly outcome: PoolOutcome;
      readonly why: string;
      readonly failures: number;
    }
  | { readonly kind: 'instance-terminated'; readonly pool: string; readonly instanceId: string }
  | {
      readonly kind: 'pool-failsafe-tripped';
      readonly pool: string;
      readonly failures: number;
      readonly why: string;
    }
  | {
      readonly kind: 'pool-unreadable';
      readonly pool: string;
      readonly key: string;
      readonly fault: string;
    }
  /** An operator has set or reset a flag for everything; what it was at the start is not told. */
  | {
      readonly kind: 'flag-changed';
      readonly flag: 'failsafe' | 'paused';
      readonly set: boolean;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: 'notice-sent'; readonly notifier: string; readonly notice: Notice }
  /** The first failure since the notifier last did its work: it is tried again. */
  | { readonly kind: 'notice-delayed'; readonly notifier: string; readonly error: Error }
  | {
      readonly kind: 'notice-failed';
      readonly notifier: string;
      readonly notice: Notice;
      readonly error: Error;
    }
  | { readonly kind: 'notice-dropped'; readonly notifier: string; readonly notice: Notice }
  | { readonly kind: 'telemetry-failed'; readonly error: Error }
  | { readonly kind: 'settings-changed'; readonly keys: readonly string[] };

export type Emit = (event: AgentEvent) => void;
