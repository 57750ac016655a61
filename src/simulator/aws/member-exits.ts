import { detachActivity, finished, terminationActivity } from './activities.ts';
import { groupOfInstance, memberOf, settingsOf, withMember, withoutMember } from './group-rows.ts';
import { GROUP_TAG, groupKey, isUp } from './types.ts';
import type { CloudContext } from './cloud-context.ts';
import type { Activity, CloudGroup } from './types.ts';

const UNHEALTHY =
  'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.';

/** How instances end and members leave. `settle` is called when a group may lack something afterwards. */
export class MemberExits {
  private readonly context: CloudContext;
  private readonly settle: (key: string) => void;

  constructor(context: CloudContext, settle: (key: string) => void) {
    this.context = context;
    this.settle = settle;
  }

  /** An instance is shut down; its group sees that later by itself. */
  end(id: string, by: string): void {
    const { state, timers } = this.context;
    const instance = state.instance(id);
    if (!instance || !isUp(instance)) return;
    const key = groupOfInstance(instance);
    const { timing } = settingsOf(this.context, key ?? '');
    state.putInstance({ ...instance, state: 'shutting-down' }, by);
    timers.after(timing.terminateMs, () => this.ended(id, by));
    if (key !== undefined) timers.after(timing.healthCheckMs, () => this.findDead(key, id));
  }

  /** The group itself ends a member. */
  terminate(group: CloudGroup, id: string, why: string): void {
    const member = memberOf(group, id);
    if (!member) return;
    const key = groupKey(group);
    const activity = this.note(
      (origin) => terminationActivity(origin, { id, zone: member.zone, why }),
      group,
    );
    this.context.state.putGroup(withMember(group, id, { lifecycle: 'Terminating' }), 'group');
    this.end(id, 'group');
    this.context.timers.after(settingsOf(this.context, key).timing.terminateMs, () => {
      this.leave(key, id, activity);
    });
  }

  /** A member leaves its group and goes on running. */
  detach(group: CloudGroup, id: string): Activity {
    const zone = memberOf(group, id)?.zone ?? '';
    const activity = this.note((origin) => detachActivity(origin, { id, zone }), group);
    const key = groupKey(group);
    this.context.timers.after(settingsOf(this.context, key).timing.detachMs, () => {
      this.leave(key, id, activity);
      this.untag(id);
    });
    return activity;
  }

  private ended(id: string, by: string): void {
    const { state, clock } = this.context;
    const instance = state.instance(id);
    if (instance?.state !== 'shutting-down') return;
    state.putInstance({ ...instance, state: 'terminated', addresses: [], endedMs: clock.now() }, by);
  }

  /** The group looks at a member whose instance has ended behind its back. */
  private findDead(key: string, id: string): void {
    const { state, timers } = this.context;
    const group = state.group(key);
    const member = memberOf(group, id);
    if (!group || !member || member.lifecycle === 'Terminating' || member.lifecycle === 'Detaching') return;
    if (group.suspended.some((name) => name === 'ReplaceUnhealthy' || name === 'HealthCheck')) return;
    const why = { id, zone: member.zone, why: UNHEALTHY };
    const activity = this.note((origin) => terminationActivity(origin, why), group);
    state.putGroup(withMember(group, id, { lifecycle: 'Terminating', isHealthy: false }), 'group');
    timers.after(settingsOf(this.context, key).timing.detachMs, () => this.leave(key, id, activity));
    this.settle(key);
  }

  private leave(key: string, id: string, activity: Activity): void {
    const { state, clock } = this.context;
    const group = state.group(key);
    if (!group || !memberOf(group, id)) return;
    state.putGroup(withoutMember(group, id), 'group');
    state.putActivity(finished(activity, clock.now()));
    this.settle(key);
  }

  private untag(id: string): void {
    const instance = this.context.state.instance(id);
    if (!instance) return;
    const { [GROUP_TAG]: _group, ...tags } = instance.tags;
    this.context.state.putInstance({ ...instance, tags }, 'group');
  }

  private note(
    make: (origin: { group: CloudGroup; id: string; nowMs: number }) => Activity,
    group: CloudGroup,
  ): Activity {
    const { random, clock, state } = this.context;
    const activity = make({ group, id: random.uuid(), nowMs: clock.now() });
    state.putActivity(activity);
    return activity;
  }
}
