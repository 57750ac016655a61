import type { GroupDecision } from '../domain/decision/group-decision.ts';
import type { GroupOperation } from '../domain/group-operation.ts';
import type { Outcome } from '../domain/advance-group.ts';
import type { PolicyFault } from '../domain/policy/meta.ts';
import type { HoldReason } from '../domain/decision/reason.ts';

/** Everything the agent tells: the log, and later metrics, notifiers and the API, listen to these. */
export type AgentEvent =
  | { readonly kind: 'session-opened'; readonly session: string }
  | { readonly kind: 'session-lost'; readonly session: string; readonly why: string }
  | { readonly kind: 'leading'; readonly lockKey: string; readonly session: string }
  | { readonly kind: 'leadership-ended'; readonly lockKey: string; readonly why: string }
  | { readonly kind: 'service-failed'; readonly service: string; readonly error: Error }
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
  | { readonly kind: 'tick-failed'; readonly group: string; readonly error: Error }
  | { readonly kind: 'settings-changed'; readonly keys: readonly string[] };

export type Emit = (event: AgentEvent) => void;
