/** EC2's words for what becomes of an instance. */
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';

/** A virtual machine. Times are the wall clock's, milliseconds. */
export interface CloudInstance {
  readonly id: string;
  readonly region: string;
  readonly zone: string;
  readonly type: string;
  /** Private IPv4 addresses, the first that of the first interface. EC2 forgets them at the end. */
  readonly addresses: readonly string[];
  readonly state: InstanceState;
  readonly launchedMs: number;
  /** When it was terminated; 0 while it was not. */
  readonly endedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** `disableApiTermination`: TerminateInstances is refused. */
  readonly isTerminationProtected: boolean;
}

/** The tag that names an instance's Auto Scaling group. */
export const GROUP_TAG = 'aws:autoscaling:groupName';

/** The group's words for what becomes of a member. */
export type Lifecycle = 'Pending' | 'InService' | 'Terminating' | 'Detaching' | 'Standby';

/** An instance as its group sees it. */
export interface CloudMember {
  readonly instanceId: string;
  readonly zone: string;
  readonly lifecycle: Lifecycle;
  readonly isHealthy: boolean;
  /** Scale-in protection: the group itself does not choose it. */
  readonly isProtected: boolean;
}

/** An Auto Scaling group. */
export interface CloudGroup {
  readonly name: string;
  readonly region: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly zones: readonly string[];
  readonly instanceType: string;
  /** Network interfaces of each instance, each with an address. */
  readonly interfaces: number;
  /** Processes that are suspended: `AZRebalance`, `Launch`, `Terminate`, `ReplaceUnhealthy`. */
  readonly suspended: readonly string[];
  /** New instances are protected from scale-in. */
  readonly protectsNew: boolean;
  readonly createdMs: number;
  readonly members: readonly CloudMember[];
}

export type ActivityStatus = 'PreInService' | 'InProgress' | 'Successful' | 'Failed' | 'Cancelled';

/** A scaling activity of a group. Times are the wall clock's, milliseconds; `endMs` 0 while it lasts. */
export interface Activity {
  readonly id: string;
  readonly region: string;
  readonly group: string;
  readonly description: string;
  readonly cause: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: ActivityStatus;
  readonly message: string;
  readonly progress: number;
  readonly zone: string;
}

/** The key of a group. */
export function groupKey({ region, name }: Pick<CloudGroup, 'region' | 'name'>): string {
  return `${region}/${name}`;
}

/** True for members that the desired capacity counts. */
export function isLiving({ lifecycle }: CloudMember): boolean {
  return lifecycle === 'Pending' || lifecycle === 'InService';
}

/** True for an instance that runs, or is about to. */
export function isUp(instance: CloudInstance | undefined): boolean {
  return instance?.state === 'pending' || instance?.state === 'running';
}
