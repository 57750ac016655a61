import type { GroupDecision } from '../domain/decision/group-decision.ts';
import type { PoolDecision } from '../domain/decision/pool-judgement.ts';
import type { DiscoveredPool } from '../domain/discover-pools.ts';
import type { Flag } from '../domain/flag-document.ts';
import type { GroupOperation } from '../domain/group-operation.ts';
import type { HealthFault, RoundFacts, ServiceFacts } from '../domain/health.ts';
import type { GroupPolicyReading } from '../domain/policy/group-policy.ts';
import type { PoolOperation } from '../domain/pool-operation.ts';
import type { ResourceType, ScalingState } from '../domain/scaling-state.ts';
import type { GroupRef } from '../domain/snapshot.ts';

/** Who holds the leader's lock, as last heard: Consul's session, and the Consul node it belongs to. '' where unknown. */
export interface LeaderStatus {
  readonly session: string;
  readonly node: string;
}

/** Whether the agent does what it should. */
export interface Health {
  readonly role: 'leader' | 'follower';
  /** Empty for a fit agent. */
  readonly faults: readonly HealthFault[];
  readonly services: readonly ServiceFacts[];
  readonly rounds: readonly RoundFacts[];
}

/** One agent. What is not known of another one is undefined. */
export interface MemberStatus {
  /** Its service id, standalone the name of its machine. Undefined: an agent of which only the lock tells. */
  readonly id: string | undefined;
  /** The name of its machine, '' where unknown. */
  readonly name: string;
  /** Where its HTTP API is, `host:port`. */
  readonly address: string | undefined;
  /** '' where unknown. */
  readonly session: string;
  /** The Consul node of its session, '' where unknown. */
  readonly node: string;
  /** Holds its session. */
  readonly alive: boolean;
  readonly ready: boolean | undefined;
  readonly isLeader: boolean;
  /** Numbers of the partitions whose locks it holds. */
  readonly partitions: readonly number[];
}

/** The agents. `group` is undefined for standalone ones. */
export interface Members {
  readonly group: string | undefined;
  readonly members: readonly MemberStatus[];
}

/** A run of decisions of one resource that came to the same: how often, since when, and the last one of them. */
export type DecisionEntry = DecisionRun &
  (
    | { readonly type: 'job_group'; readonly decision: GroupDecision }
    | { readonly type: 'worker_pool'; readonly decision: PoolDecision }
  );

/** `sequence` is that of the last decision of the run: it only ever grows, over restarts too. */
export interface DecisionRun {
  readonly sequence: number;
  /** As people name the resource. */
  readonly id: string;
  readonly count: number;
  /** Wall clock, milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What Consul holds of a resource, at this moment. */
export interface StoredStatus<Operation> {
  readonly state: ScalingState;
  /** Milliseconds left; undefined without a policy that says how long it takes. */
  readonly cooldownLeftMs: number | undefined;
  readonly backoffLeftMs: number | undefined;
  readonly operation: Operation | undefined;
}

interface ResourceStatus<Operation> {
  readonly id: string;
  readonly stateKey: string;
  /** True when this agent acts on it: only then `decision` is there. */
  readonly isOurs: boolean;
  /** Of the resource or of everything. */
  readonly failsafe: boolean;
  readonly paused: boolean;
  readonly stored: StoredStatus<Operation> | undefined;
  /** Why `stored` is not there: a key that cannot be read. */
  readonly fault: { readonly key: string; readonly text: string } | undefined;
}

/** A task group that has a policy, valid or not, or an operation. */
export interface GroupStatus extends ResourceStatus<GroupOperation> {
  readonly ref: GroupRef;
  readonly policy: GroupPolicyReading;
  /** The desired count in the job, and what runs; undefined where the job is not known. */
  readonly count: number | undefined;
  readonly running: number | undefined;
  readonly decision: Extract<DecisionEntry, { readonly type: 'job_group' }> | undefined;
}

/** A worker pool that nodes, KV or an operation tell of; the last without `discovered`. */
export interface PoolStatus extends ResourceStatus<PoolOperation> {
  readonly discovered: DiscoveredPool | undefined;
  readonly decision: Extract<DecisionEntry, { readonly type: 'worker_pool' }> | undefined;
}

/** Which resources: the one called `id`, or `limit` of them after `after`, in the order of their names. */
export interface PageQuery {
  readonly id: string | undefined;
  readonly after: string;
  readonly limit: number;
}

/** `next`: what to ask for after this; undefined at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next: string | undefined;
}

/** Runs after `since`, oldest first; without it the newest. */
export interface DecisionQuery {
  readonly since: number | undefined;
  readonly type: ResourceType | undefined;
  readonly id: string | undefined;
  readonly limit: number;
}

export interface DecisionPage {
  readonly entries: readonly DecisionEntry[];
  /** What to ask for next. */
  readonly next: number;
  /** False when some that were asked for have been dropped. */
  readonly isComplete: boolean;
}

/** An option as it stands, without secrets, and where its value comes from. */
export interface SettingStatus {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[] | undefined;
  readonly from: 'flag' | 'file' | 'env' | 'default';
  /** `-http-port`, `NOMAD_ADDR`, or `file:line`; '' for a default. */
  readonly where: string;
}

/** The agent about itself. */
export interface SelfStatus {
  /** As among the members. */
  readonly id: string;
  /** Undefined for a standalone agent. */
  readonly group: string | undefined;
  readonly version: string;
  readonly startedMs: number;
  readonly uptimeMs: number;
  readonly servers: { readonly nomad: string | undefined; readonly consul: string | undefined };
  /** What this agent does not do, one sentence each. */
  readonly off: readonly string[];
  readonly settings: readonly SettingStatus[];
  /** Keys whose value was changed by a reload and takes effect with a restart. */
  readonly pending: readonly string[];
}

/** Everything that can be asked of an agent. Nothing here waits: it is read from memory. */
export interface StatusView {
  leader(): LeaderStatus;
  health(): Health;
  /** False for a process that is stuck. */
  isAlive(): boolean;
  members(): Members;
  groups(query: PageQuery): Page<GroupStatus>;
  pools(query: PageQuery): Page<PoolStatus>;
  decisions(query: DecisionQuery): DecisionPage;
  /** The flags for everything. */
  failsafe(): Flag;
  paused(): Flag;
  self(): SelfStatus;
}
