import type { NodeFacts } from '../domain/node.ts';
import type {
  AllocationFacts,
  GroupRef,
  JobFacts,
  JobRef,
  QueuedGroup,
  Rollout,
  TaskGroupFacts,
  UsageReading,
} from '../domain/snapshot.ts';
import type { PortError } from './port-error.ts';
import type { WritePermit } from './write-permit.ts';

/** The cluster as the shared lists show it. A new value for each change; never mutated. */
export interface ClusterView {
  /** Jobs of kinds that can be scaled, read whole, in the order of namespace and id. */
  readonly jobs: readonly JobFacts[];
  /** Nomad's index of the list of allocations: what came after it is not among them. */
  readonly allocationsIndex: number;
  /** Allocations of a group, terminal ones included until Nomad forgets them. */
  allocations(ref: GroupRef): readonly AllocationFacts[];
  /** True for every job in the list, also those that cannot be scaled. */
  knows(ref: JobRef): boolean;
  /** True for a job that can be scaled but is not among `jobs`, because it could not be read just now. */
  isUnread(ref: JobRef): boolean;
  /** Namespaces with jobs that the token may list and not read: their allocations are in no list. */
  readonly hiddenNamespaces: readonly string[];
  /** Clock.monotonicMs() when the servers were last heard to be in touch with their leader: jobs, allocations. */
  readonly freshMs: number;
  /** The client nodes; undefined while they are not followed or have never been heard. */
  readonly nodes: NodesView | undefined;
  /** Allocations on a node, terminal ones included until Nomad forgets them. */
  allocationsOn(nodeId: string): readonly AllocationFacts[];
  /** One allocation by its id. */
  allocation(id: string): AllocationFacts | undefined;
  /**
   * The group as its job has it, of service and batch jobs of every kind; a child of a periodic or
   * parameterized job is looked up at its parent. Undefined where it could not be read.
   */
  groupFacts(ref: GroupRef): TaskGroupFacts | undefined;
  /** Groups with allocations that wait for room, in the order of namespace, job and group. */
  readonly queued: readonly QueuedGroup[];
}

/** The client nodes as their list shows them. */
export interface NodesView {
  /** Nodes read whole, in the order of their ids. A node that could never be read is left out. */
  readonly all: readonly NodeFacts[];
  /** Ids of listed nodes that could not be read whole so far. */
  readonly unread: readonly string[];
  /** Clock.monotonicMs() when the servers were last heard to be in touch with their leader: nodes. */
  readonly freshMs: number;
}

/** What is followed beside jobs and allocations. */
export interface FollowScope {
  readonly nodes: boolean;
}

/** What following the lists tells while it goes on. */
export interface ClusterListener {
  /** A view differs from the last in jobs, allocations or nodes, or its freshness has been renewed. */
  changed(view: ClusterView): void;
  /** A list could not be read; it is tried again with backoff for ever. Told once per outage and list. */
  failed(list: string, error: PortError): void;
  /** A list that had failed is answered again. */
  recovered(list: string): void;
}

/** Sets one group's count. Refused by PortError `conflict` when the job is not as it was decided upon. */
export interface ScaleRequest extends GroupRef {
  readonly from: number;
  readonly to: number;
  /** JobFacts.modifyIndex that the decision was made on. */
  readonly modifyIndex: number;
  /** TaskGroupFacts.deploys: selects the scale endpoint instead of registering the job again. */
  readonly deploys: boolean;
  /** One sentence for Nomad's scaling events. */
  readonly message: string;
  /** The decision's numbers for Nomad's scaling events. */
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** Nomad's answer to an accepted change. */
export interface ScaleAccepted {
  /** The job's new JobModifyIndex. */
  readonly modifyIndex: number;
  readonly evaluationId: string;
}

/**
 * Nomad's API as far as scaling needs it. Every method throws PortError only: `not-found`, `denied`
 * (permission named), `throttled`, `unavailable`, `timeout`, `invalid`, `cancelled`, `conflict`
 * (`job-changed`, `deployment-active`, `bounds`). Reads are tried again by the adapter, writes never are.
 */
export interface Nomad {
  /** Follows jobs and allocations, and nodes if wanted, until stopped: the answer stops it and waits for its end. */
  follow(listener: ClusterListener, scope: FollowScope): () => Promise<void>;
  /** Reads statistics, one request an allocation, at most `deadlineMs` in all: a late answer is `missing`. */
  readUsage(
    allocations: readonly AllocationFacts[],
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, UsageReading>>;
  /** Deployments and evaluations of a job; calls close together share one request. May be a moment old. */
  readRollout(ref: JobRef, signal: AbortSignal): Promise<Rollout>;
  /** The job as the leader has it (no stale read); undefined when there is none. */
  readJob(ref: JobRef, signal: AbortSignal): Promise<JobFacts | undefined>;
  /** The lowest version among the servers, `1.0.18`; undefined where it is not told. May be some minutes old. */
  readVersion(signal: AbortSignal): Promise<string | undefined>;
  /** Sets a count. One attempt, 5 s deadline. */
  scale(request: ScaleRequest, permit: WritePermit): Promise<ScaleAccepted>;
  /** Fails a running deployment. One attempt, 5 s deadline. */
  failDeployment(ref: JobRef, deploymentId: string, permit: WritePermit): Promise<void>;
  /** The node as the leader has it (no stale read); undefined when there is none. */
  readNode(nodeId: string, signal: AbortSignal): Promise<NodeFacts | undefined>;
  /** A node's allocations as the leader has them (no stale read), `resources` and `jobType` always told. */
  readNodeAllocations(nodeId: string, signal: AbortSignal): Promise<readonly AllocationFacts[]>;
  /** Drains a node without a deadline of Nomad's own, and makes it ineligible. One attempt, 5 s deadline. */
  drain(nodeId: string, permit: WritePermit): Promise<void>;
  /** Ends a drain and makes the node eligible. One attempt, 5 s deadline. */
  undrain(nodeId: string, permit: WritePermit): Promise<void>;
}
