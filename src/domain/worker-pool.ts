/** Names a worker pool: its Auto Scaling group has the pool's name. */
export interface PoolRef {
  readonly pool: string;
  readonly region: string;
}

/** An instance as its group lists it. */
export interface PoolMember {
  readonly instanceId: string;
  readonly zone: string;
  /** The group's own word: `Pending`, `InService`, `Terminating`, `Standby`, `Detaching`, … */
  readonly lifecycle: string;
  /** Scale-in protection: the operator wants it kept. */
  readonly isProtected: boolean;
}

/** An Auto Scaling group at one moment. Reads may be some seconds behind the last write. */
export interface PoolGroup extends PoolRef {
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  readonly members: readonly PoolMember[];
  readonly zones: readonly string[];
  /** Suspended processes, e.g. `AZRebalance`, `Launch`. */
  readonly suspended: readonly string[];
}

/** `pending running shutting-down terminated stopping stopped`: EC2's words. */
export interface InstanceFacts {
  readonly instanceId: string;
  readonly state: string;
  /** Every private IPv4 address of every interface. */
  readonly addresses: readonly string[];
  readonly launchedMs: number;
  readonly zone: string;
}

/** True for an instance that is gone or going: it runs no work any more. */
export function isInstanceGone(instance: InstanceFacts | undefined): boolean {
  return instance === undefined || instance.state === 'terminated';
}

/** True for members that count as the group's own: neither leaving nor set aside by an operator. */
export function isLivingMember(member: PoolMember): boolean {
  return !/^(?:Terminat|Detach)/.test(member.lifecycle);
}
