import { failedLaunchActivity, finished, launchActivity, protectedActivity } from './activities.ts';
import { memberOf, newMember, settingsOf, withMember } from './group-rows.ts';
import { MemberExits } from './member-exits.ts';
import { groupKey, isLiving } from './types.ts';
import { chooseVictim, isUneven, shortestZone } from './zones.ts';
import type { CloudContext } from './cloud-context.ts';
import type { InstanceMaker } from './instance-maker.ts';
import type { Activity, CloudGroup } from './types.ts';

const SURPLUS =
  'an instance was taken out of service in response to a difference between desired and actual capacity.';

/** Keeps every group at its desired capacity and even over its zones. */
export class GroupKeeper {
  readonly exits: MemberExits;
  private readonly context: CloudContext;
  private readonly maker: InstanceMaker;
  /** Launches that are ordered and have no instance yet, by group. */
  private readonly orders = new Map<string, number>();
  /** Groups that have one more than desired, to even out their zones. */
  private readonly evening = new Set<string>();
  /** Groups that will look again whether their zones are even. */
  private readonly looking = new Set<string>();

  constructor(context: CloudContext, maker: InstanceMaker) {
    this.context = context;
    this.maker = maker;
    this.exits = new MemberExits(context, (key) => this.settle(key));
  }

  /** Orders what the group lacks, ends what it has too many of. */
  settle(key: string): void {
    const group = this.context.state.group(key);
    if (!group) return;
    const living = group.members.filter(isLiving);
    const ordered = this.orders.get(key) ?? 0;
    const isMoving = ordered > 0 || living.some(({ lifecycle }) => lifecycle === 'Pending');
    if (!isMoving) this.evening.delete(key);
    const target = this.targetOf(key, group);
    const missing = target - living.length - ordered;
    for (let count = 0; count < missing; count += 1) this.order(key, group);
    if (living.length > target) this.shrink(group, living.length - target);
    else if (missing === 0 && !isMoving) this.lookAtZones(key, group);
  }

  private targetOf(key: string, group: CloudGroup): number {
    return group.desired + (this.evening.has(key) ? 1 : 0);
  }

  private order(key: string, group: CloudGroup): void {
    if (group.suspended.includes('Launch')) return;
    this.orders.set(key, (this.orders.get(key) ?? 0) + 1);
    this.context.timers.after(settingsOf(this.context, key).timing.reactMs, () => {
      const open = (this.orders.get(key) ?? 1) - 1;
      this.orders.set(key, open);
      const now = this.context.state.group(key);
      if (!now || now.suspended.includes('Launch')) return;
      if (now.members.filter(isLiving).length + open < this.targetOf(key, now)) this.launch(key, now);
    });
  }

  private launch(key: string, group: CloudGroup): void {
    const { state, timers } = this.context;
    const { timing, failLaunches } = settingsOf(this.context, key);
    const zone = shortestZone(group);
    if (failLaunches > 0) {
      this.failLaunch(key, group, zone);
      return;
    }
    const instance = this.maker.forGroup(group, zone, 'pending');
    const activity = launchActivity(this.origin(group), { id: instance.id, zone });
    state.putInstance(instance, 'group');
    const members = [...group.members, newMember(group, instance, 'Pending')];
    state.putGroup({ ...group, members }, 'group');
    state.putActivity(activity);
    timers.after(timing.launchMs, () => this.enterService(key, instance.id, activity));
  }

  private failLaunch(key: string, group: CloudGroup, zone: string): void {
    const settings = settingsOf(this.context, key);
    settings.failLaunches -= 1;
    const why = { text: settings.launchFailure, zone };
    this.context.state.putActivity(failedLaunchActivity(this.origin(group), why));
    this.context.timers.after(settings.timing.retryMs, () => this.settle(key));
  }

  private enterService(key: string, id: string, activity: Activity): void {
    const { state, clock } = this.context;
    const [group, instance] = [state.group(key), state.instance(id)];
    if (instance?.state !== 'pending') return;
    state.putInstance({ ...instance, state: 'running' }, 'group');
    if (group && memberOf(group, id)?.lifecycle === 'Pending') {
      state.putGroup(withMember(group, id, { lifecycle: 'InService' }), 'group');
      state.putActivity(finished(activity, clock.now()));
    }
    this.settle(key);
  }

  /** Ends so many members of the group's own choice. */
  private shrink(group: CloudGroup, count: number): void {
    if (group.suspended.includes('Terminate')) return;
    const { state } = this.context;
    const candidates = group.members.filter(isLiving).map((member) => ({
      member,
      launchedMs: state.instance(member.instanceId)?.launchedMs ?? 0,
    }));
    const victim = chooseVictim(candidates);
    if (!victim) {
      state.putActivity(protectedActivity(this.origin(group)));
      return;
    }
    this.exits.terminate(group, victim.instanceId, SURPLUS);
    const now = state.group(groupKey(group));
    if (count > 1 && now) this.shrink(now, count - 1);
  }

  private lookAtZones(key: string, group: CloudGroup): void {
    if (!mayEvenOut(group) || this.looking.has(key)) return;
    this.looking.add(key);
    this.context.timers.after(settingsOf(this.context, key).timing.rebalanceMs, () => {
      this.looking.delete(key);
      const now = this.context.state.group(key);
      if (!now || !mayEvenOut(now) || (this.orders.get(key) ?? 0) > 0) return;
      this.evening.add(key);
      this.order(key, now);
    });
  }

  private origin(group: CloudGroup): { group: CloudGroup; id: string; nowMs: number } {
    return { group, id: this.context.random.uuid(), nowMs: this.context.clock.now() };
  }
}

function mayEvenOut(group: CloudGroup): boolean {
  return group.zones.length > 1 && !group.suspended.includes('AZRebalance') && isUneven(group);
}
