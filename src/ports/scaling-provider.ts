import type { InstanceFacts, PoolGroup, PoolRef } from '../domain/worker-pool.ts';
import type { WritePermit } from './write-permit.ts';

/**
 * Grows and shrinks worker pools. Every method throws PortError only: `not-found` (the group, the instance),
 * `denied` (permission = the missing IAM action), `throttled`, `unavailable`, `timeout`, `invalid`,
 * `cancelled`, `conflict` (`not-a-member`, `protected`, `activity`, `bounds`). An answer without the list it
 * should have is a failure, never an empty list. Reads are tried again by the adapter, writes never are.
 */
export interface ScalingProvider {
  /** One group; calls close together share one request. `not-found` when there is none of that name. */
  readGroup(ref: PoolRef, signal: AbortSignal): Promise<PoolGroup>;
  /** Those of the instances that EC2 knows, by id. Unknown ids are left out, not an error. */
  readInstances(
    region: string,
    instanceIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, InstanceFacts>>;
  /** Running instances by private address; an address nobody has is left out. */
  findByAddress(
    region: string,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly InstanceFacts[]>>;
  /** The group that each instance is in now; an instance in no group is left out. */
  readMembership(
    region: string,
    instanceIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>>;
  /** What the group itself says about its last unsuccessful activity, one line; '' for none. */
  readTrouble(ref: PoolRef, signal: AbortSignal): Promise<string>;
  /** Sets the desired capacity, and nothing else, of a group. One attempt, 5 s deadline. */
  setDesired(ref: PoolRef, to: number, permit: WritePermit): Promise<void>;
  /** Takes an instance out of its group and lowers the desired capacity by one. One attempt, 5 s deadline. */
  detach(ref: PoolRef, instanceId: string, permit: WritePermit): Promise<void>;
  /** Terminates an instance; one that is terminated already is no error. One attempt, 5 s deadline. */
  terminate(region: string, instanceId: string, permit: WritePermit): Promise<void>;
}
