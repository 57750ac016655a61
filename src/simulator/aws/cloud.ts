import { Random } from '../random.ts';
import { finished, launchActivity } from './activities.ts';
import { NO_CLOUD_FAULTS } from './cloud-faults.ts';
import { CloudTimers } from './cloud-context.ts';
import { CloudRefusal, validationError } from './cloud-refusal.ts';
import { CloudState } from './cloud-state.ts';
import { GroupKeeper } from './group-keeper.ts';
import { defaultSettings, memberOf, newMember, settingsOf, withMember } from './group-rows.ts';
import { InstanceMaker } from './instance-maker.ts';
import { groupKey } from './types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CloudContext, GroupSettings } from './cloud-context.ts';
import type { CloudFaults } from './cloud-faults.ts';
import type { CloudView } from './cloud-state.ts';
import type { StrayInput } from './instance-maker.ts';
import type { Activity, CloudGroup, CloudInstance } from './types.ts';

export interface CloudOptions {
  readonly clock: Clock;
  readonly seed?: number | string;
}

/** A group to be made. */
export type GroupInput = Pick<CloudGroup, 'name' | 'region' | 'min' | 'max' | 'desired'> &
  Partial<Pick<CloudGroup, 'zones' | 'instanceType' | 'interfaces' | 'suspended' | 'protectsNew'>> & {
    readonly settings?: Partial<GroupSettings>;
  };

/** What UpdateAutoScalingGroup changes; what is left out stays. */
export type GroupUpdate = Partial<Pick<CloudGroup, 'min' | 'max' | 'desired'>>;

/** Most instances that one DetachInstances takes. */
const MOST_DETACHED = 20;

/** Auto Scaling and EC2 in memory, of all regions, moving with the clock it is given. */
export class Cloud {
  readonly state: CloudState;
  readonly context: CloudContext;
  /** What is wrong with the service itself. */
  faults: CloudFaults = NO_CLOUD_FAULTS;
  private readonly keeper: GroupKeeper;
  private readonly maker: InstanceMaker;

  constructor({ clock, seed = 1 }: CloudOptions) {
    const random = new Random(`${seed}/aws`);
    this.state = new CloudState(clock);
    const timers = new CloudTimers(clock, random);
    this.context = { clock, random, state: this.state, timers, settings: new Map() };
    this.maker = new InstanceMaker(clock, random);
    this.keeper = new GroupKeeper(this.context, this.maker);
  }

  /** Makes a group; its members are in service at once. */
  addGroup(input: GroupInput): CloudGroup {
    const { settings, ...rest } = input;
    const defaults = {
      zones: [`${input.region}a`],
      instanceType: 't3.medium',
      interfaces: 1,
      suspended: [],
      protectsNew: false,
    };
    const createdMs = this.context.clock.now();
    const empty: CloudGroup = { ...defaults, ...rest, members: [], createdMs };
    const { zones } = empty;
    const instances = Array.from({ length: empty.desired }, (_, at) =>
      this.maker.forGroup(empty, zones[at % zones.length] ?? '', 'running'),
    );
    const group = {
      ...empty,
      members: instances.map((instance) => newMember(empty, instance, 'InService')),
    };
    this.context.settings.set(groupKey(group), { ...defaultSettings(), ...settings });
    this.state.found({ group, instances, activities: instances.map((one) => this.launchOf(group, one)) });
    return group;
  }

  /** Makes a running instance that belongs to no group. */
  addInstance(input: StrayInput): CloudInstance {
    const instance = this.maker.stray(input);
    this.state.found({ instances: [instance] });
    return instance;
  }

  /** Changes how a group behaves. Throws a CloudRefusal where there is none of that name. */
  configure(key: string, change: Partial<GroupSettings>): void {
    this.needGroup(key);
    Object.assign(settingsOf(this.context, key), change);
  }

  /** Suspends or resumes processes, e.g. `AZRebalance`. */
  suspend(key: string, suspended: readonly string[]): void {
    this.state.putGroup({ ...this.needGroup(key), suspended }, 'operator');
    this.keeper.settle(key);
  }

  /** Scale-in protection of new members, or of one that is there. */
  protect(key: string, protectedIs: boolean, instanceId?: string): void {
    const group = this.needGroup(key);
    const changed =
      instanceId === undefined
        ? { ...group, protectsNew: protectedIs }
        : withMember(group, instanceId, { isProtected: protectedIs });
    this.state.putGroup(changed, 'operator');
    this.keeper.settle(key);
  }

  /** Puts a member into standby, where the group does not count it, or takes it back. */
  setStandby(key: string, instanceId: string, isStandby: boolean): void {
    const group = this.needGroup(key);
    const lifecycle = isStandby ? 'Standby' : 'InService';
    const desired = group.desired + (isStandby ? -1 : 1);
    this.state.putGroup({ ...withMember(group, instanceId, { lifecycle }), desired }, 'operator');
    this.keeper.settle(key);
  }

  /** UpdateAutoScalingGroup. Throws a CloudRefusal. */
  update(key: string, change: GroupUpdate, by: string): void {
    const group = this.needGroup(key);
    const { min, max } = { min: group.min, max: group.max, ...change };
    if (min > max) throw validationError('Max bound must be greater than or equal to min bound');
    const desired = change.desired ?? Math.min(max, Math.max(min, group.desired));
    if (desired < min || desired > max) {
      throw validationError(
        `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
      );
    }
    this.state.putGroup({ ...group, min, max, desired }, by);
    this.keeper.settle(key);
  }

  /** DetachInstances: all of them or none. Throws a CloudRefusal. */
  detach(
    key: string,
    instanceIds: readonly string[],
    { decrement, by }: { readonly decrement: boolean; readonly by: string },
  ): readonly Activity[] {
    const group = this.needGroup(key);
    if (instanceIds.length > MOST_DETACHED) {
      throw validationError(
        'List exceeds the maximum number of instances to detach. Please retry your request with fewer instances.',
      );
    }
    checkDetachable(group, instanceIds);
    const desired = group.desired - (decrement ? instanceIds.length : 0);
    if (decrement && desired < group.min) throw belowMinimum(group, instanceIds.length);
    let leaving: CloudGroup = { ...group, desired };
    for (const id of instanceIds) leaving = withMember(leaving, id, { lifecycle: 'Detaching' });
    this.state.putGroup(leaving, by);
    const activities = instanceIds.map((id) => this.keeper.exits.detach(leaving, id));
    this.keeper.settle(key);
    return activities;
  }

  /** TerminateInstances: all of them or none; answers each as it was before. Throws a CloudRefusal. */
  terminate(region: string, instanceIds: readonly string[], by: string): readonly CloudInstance[] {
    const before = instanceIds.map((id) => this.needInstance(region, id));
    const kept = before.find(({ isTerminationProtected }) => isTerminationProtected);
    if (kept) {
      throw new CloudRefusal(
        'OperationNotPermitted',
        `The instance '${kept.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
    for (const { id } of before) this.keeper.exits.end(id, by);
    return before;
  }

  /** What a read of the region sees now, late as the faults have it. */
  view(region: string): CloudView {
    const { staleMs } = this.faults;
    return this.state.view(region, staleMs[1] > 0 ? this.context.random.between(staleMs) : 0);
  }

  /** Ends its timers. */
  stop(): void {
    this.context.timers.stop();
  }

  private launchOf(group: CloudGroup, instance: CloudInstance): Activity {
    const { random, clock } = this.context;
    const origin = { group, id: random.uuid(), nowMs: clock.now() };
    return finished(launchActivity(origin, instance), origin.nowMs);
  }

  private needGroup(key: string): CloudGroup {
    const group = this.state.group(key);
    if (!group) throw validationError('AutoScalingGroup name not found - null');
    return group;
  }

  private needInstance(region: string, id: string): CloudInstance {
    if (!/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
      throw new CloudRefusal('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
    }
    const instance = this.state.view(region, 0).instances.find((one) => one.id === id);
    if (!instance) throw noInstances([id]);
    return instance;
  }
}

/** The refusal of ids that EC2 does not know. */
export function noInstances(ids: readonly string[]): CloudRefusal {
  const [one] = ids;
  const text = ids.length > 1 ? `IDs '${ids.join(', ')}' do` : `ID '${one}' does`;
  return new CloudRefusal('InvalidInstanceID.NotFound', `The instance ${text} not exist`);
}

function checkDetachable(group: CloudGroup, instanceIds: readonly string[]): void {
  for (const id of instanceIds) {
    const member = memberOf(group, id);
    if (!member) throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    if (member.lifecycle !== 'InService' && member.lifecycle !== 'Standby') {
      throw validationError(`The instance ${id} is not in InService or Standby.`);
    }
  }
}

function belowMinimum({ name, min, max, desired }: CloudGroup, count: number): CloudRefusal {
  const what = count === 1 ? '1 instance' : `${count} instances`;
  return validationError(
    `AutoScalingGroup ${name} has min-size=${min}, max-size=${max}, and desired-size=${desired}. To detach ${what}, please update the AutoScalingGroup sizes appropriately.`,
  );
}
