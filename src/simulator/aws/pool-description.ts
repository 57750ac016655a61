import type { NodeInput } from '../world/node-build.ts';
import type { CloudTiming } from './cloud-timing.ts';

/**
 * How an instance's client comes to the cluster: `ordinary`; `address-only`: it does not know that it runs on EC2,
 * only its address tells; `second-address`: the same, by the address of its last interface; `stranger`: the same, by
 * an address that EC2 does not know; `never`.
 */
export const JOINS = ['ordinary', 'address-only', 'second-address', 'stranger', 'never'] as const;

export type Join = (typeof JOINS)[number];

/** A worker pool of a world: an Auto Scaling group whose instances become nodes. */
export interface PoolDescription {
  readonly name: string;
  readonly region: string;
  readonly min: number;
  readonly max: number;
  /** Members at the start; their nodes are there at once. */
  readonly desired: number;
  readonly zones: readonly string[];
  readonly suspended: readonly string[];
  readonly protectsNew: boolean;
  readonly interfaces: number;
  /** What each node is like; name, address and EC2's attributes are put to it. */
  readonly node: NodeInput;
  /** Client meta of each node. */
  readonly meta: Readonly<Record<string, string>>;
  readonly joins: Join;
  readonly timing: Partial<CloudTiming>;
}
