import type { NodeFacts } from './node.ts';
import type { PoolRef } from './worker-pool.ts';

/**
 * A scaling of a worker pool under way, kept in KV so that any agent can finish it. The intent is recorded
 * before each call; one look a tick.
 *
 *   out  requested ──desired ≥ to──▶ launching ──new members──▶ joining ──ready nodes──▶ (success)
 *                                      ▲   ▲                    │ │  │
 *                                      │   └─one left the group─┘ │  │ 5 min, at the retry threshold
 *                                      └──gone── replacing ◀5 min─┘  └─▶ detaching-failed ──in no group──▶
 *                                                                                     (failure, failsafe)
 *        requested: desired ≠ from, refused ▶ (dropped); 1 min ▶ (failure)
 *        launching: 5 min, 10 after a termination ▶ one failure more, stays; desired < to ▶ (dropped)
 *        replacing: joined after all ▶ joining; 10 min ▶ (failure)
 *        detaching-failed: joined after all ▶ joining; 10 min ▶ failsafe, stays
 *
 *   in   draining ──empty──▶ detaching ──in no group──▶ terminating ──terminated──▶ (success)
 *          │  ▲──work is back──┘ │
 *          └──────┬──────────────┘ as long as no detach may be under way
 *                 ▼
 *              undoing ──eligible──▶ (failure | dropped)
 *
 *        draining: 15 min, the pool asks for out, somebody makes the node eligible ▶ undoing;
 *                  refused, ineligible without a drain of ours ▶ (dropped)
 *        detaching: the pool asks for out, eligible, refused ▶ undoing; 10 min, another group ▶ failsafe, stays
 *        terminating: eligible, or work ▶ drained again, stays
 *
 * Failsafe freezes an operation where it is; lifted, its phase begins anew. No end is reached while a call that
 * nobody saw the answer of may still arrive.
 */
export type PoolOperation = OutOperation | InOperation;

interface PoolOperationCommon extends PoolRef {
  readonly provider: string;
  /** The sentence that tells why it was begun. */
  readonly message: string;
  readonly startedMs: number;
  /** When this phase began: its deadline is counted from here. */
  readonly phaseMs: number;
  /** When this phase's call was last accepted; 0 when it was not, or nobody knows. */
  readonly acceptedMs: number;
  /**
   * When this phase's call was last sent, while nobody has seen its answer; 0 for none. Such a call may still
   * arrive: the operation is not ended before LATE_CALL_MS have passed.
   */
  readonly unansweredMs: number;
  /** The same of the call before that one: no later answer settles it. */
  readonly lostMs: number;
  /** Why failsafe froze it, for people; '' while it goes on. */
  readonly frozen: string;
  /** Policy values carried along: an operation is finished even when the pool's last node has gone. */
  readonly retryThreshold: number;
}

export type OutPhase = 'requested' | 'launching' | 'joining' | 'replacing' | 'detaching-failed';

export interface OutOperation extends PoolOperationCommon {
  readonly direction: 'out';
  readonly phase: OutPhase;
  readonly because: 'above' | 'pending';
  readonly from: number;
  readonly to: number;
  /** The group's instances when the operation was begun. */
  readonly members: readonly string[];
  /** The highest CreateIndex of any node when it was begun: nodes above it have registered since. */
  readonly nodeIndex: number;
  /** Instances that came, never joined and were terminated for it; they do not count as new. */
  readonly failed: readonly string[];
  /** The instance that is being replaced or detached; '' in the other phases. */
  readonly target: string;
}

export type InPhase = 'draining' | 'undoing' | 'detaching' | 'terminating';

/** Why a drain is undone: it took too long, the pool asks for out, somebody made the node eligible, AWS refused. */
export type UndoReason = 'timeout' | 'wanted' | 'operator' | 'refused';

export interface InOperation extends PoolOperationCommon {
  readonly direction: 'in';
  readonly phase: InPhase;
  readonly because: 'below';
  /** Bound when the operation was begun: no later phase resolves an address. */
  readonly nodeId: string;
  readonly nodeName: string;
  readonly instanceId: string;
  readonly drainDeadlineMs: number;
  /** Why the drain is undone; '' in the other phases. */
  readonly undo: '' | UndoReason;
}

/** How long after it was sent an unanswered call is believed to be able to arrive. */
export const LATE_CALL_MS = 120_000;

/** How long reads of AWS may show the world as it was: what was accepted is not sent again within it. */
export const STALE_READ_MS = 60_000;

/** Deadlines of the phases, milliseconds. `draining` has its own in the operation. */
export const POOL_DEADLINE_MS = {
  requested: 60_000,
  launching: 5 * 60_000,
  /** `launching` after a termination: a group takes longer to replace than to launch. */
  relaunching: 10 * 60_000,
  joining: 5 * 60_000,
  replacing: 10 * 60_000,
  'detaching-failed': 10 * 60_000,
  undoing: 60_000,
  detaching: 10 * 60_000,
  terminating: 3 * 60_000,
} as const;

type OutBeginning = Pick<
  OutOperation,
  'pool' | 'region' | 'provider' | 'because' | 'from' | 'to' | 'members' | 'message' | 'retryThreshold'
>;

type InBeginning = Pick<
  InOperation,
  | 'pool'
  | 'region'
  | 'provider'
  | 'nodeId'
  | 'nodeName'
  | 'instanceId'
  | 'drainDeadlineMs'
  | 'message'
  | 'retryThreshold'
>;

/** An operation that asks for more instances; `nodes` are all nodes of the cluster. */
export function beginOut(of: OutBeginning, nodes: readonly NodeFacts[], nowMs: number): OutOperation {
  const { pool, region, provider, because, from, to, members, message, retryThreshold } = of;
  return {
    ...fresh({ pool, region, provider, message, retryThreshold }, nowMs),
    direction: 'out',
    phase: 'requested',
    because,
    from,
    to,
    members,
    nodeIndex: nodes.reduce((highest, node) => Math.max(highest, node.createIndex), 0),
    failed: [],
    target: '',
  };
}

/** An operation that removes one node and the instance that is bound to it. */
export function beginIn(of: InBeginning, nowMs: number): InOperation {
  const { pool, region, provider, nodeId, nodeName, instanceId, drainDeadlineMs, message } = of;
  return {
    ...fresh({ pool, region, provider, message, retryThreshold: of.retryThreshold }, nowMs),
    direction: 'in',
    phase: 'draining',
    because: 'below',
    nodeId,
    nodeName,
    instanceId,
    drainDeadlineMs,
    undo: '',
  };
}

function fresh(
  of: Pick<PoolOperationCommon, 'pool' | 'region' | 'provider' | 'message' | 'retryThreshold'>,
  nowMs: number,
): PoolOperationCommon {
  return { ...of, startedMs: nowMs, phaseMs: nowMs, acceptedMs: 0, unansweredMs: 0, lostMs: 0, frozen: '' };
}
