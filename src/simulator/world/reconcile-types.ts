import type { GroupSpec, Job } from './job-types.ts';
import type { Allocation, Deployment, DeploymentState, Node } from './types.ts';

export interface ReconcileInput {
  readonly job: Job | undefined;
  /** All allocations of the job, terminal ones included. */
  readonly allocations: readonly Allocation[];
  readonly nodeOf: (id: string) => Node | undefined;
  /** The deployment made last, if any. */
  readonly deployment: Deployment | undefined;
  readonly nowNs: bigint;
  readonly evalId: string;
  readonly isBatch: boolean;
  readonly newId: () => string;
}

export interface StopRequest {
  readonly allocation: Allocation;
  readonly description: string;
  /** Set when the client can no longer say it itself. */
  readonly isLost: boolean;
}

export interface PlaceRequest {
  readonly name: string;
  readonly group: GroupSpec;
  readonly previous: Allocation | null;
  readonly isReschedule: boolean;
  /** Stopped only when its replacement finds a node. */
  readonly replaces: Allocation | null;
}

export interface DesiredUpdates {
  ignore: number;
  place: number;
  migrate: number;
  stop: number;
  inPlaceUpdate: number;
  destructiveUpdate: number;
}

export interface DeploymentUpdate {
  readonly deploymentId: string;
  readonly status: DeploymentState;
  readonly description: string;
}

/** What has to be done so that the cluster runs what the job says. */
export interface Reconciliation {
  readonly stops: StopRequest[];
  readonly places: PlaceRequest[];
  readonly inPlace: Allocation[];
  /** Failed allocations that are replaced at a later time, by that time. */
  readonly delayed: { readonly allocation: Allocation; readonly atNs: bigint }[];
  readonly desired: Record<string, DesiredUpdates>;
  readonly deploymentUpdates: DeploymentUpdate[];
  deployment: Deployment | null;
}

export const NOT_NEEDED = 'alloc not needed due to job update';
export const MIGRATING = 'alloc is being migrated';
/** Of system jobs, which do not move. */
export const TAINTED = 'alloc not needed as node is tainted';
export const UPDATING = 'alloc is being updated due to job update';
export const LOST = 'alloc is lost since its node is down';
export const RESCHEDULED = 'alloc was rescheduled because it failed';
