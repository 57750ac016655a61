import { GROUP_TAG, groupKey } from './types.ts';
import { Timeline } from './timeline.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Activity, CloudGroup, CloudInstance, InstanceState, Lifecycle } from './types.ts';

/** One change, told and kept: `seq` counts them, `atMs` is monotonic, `by` names the call or who else did it. */
export type CloudEvent = { readonly seq: number; readonly atMs: number; readonly region: string } & (
  | {
      readonly kind: 'desired';
      readonly group: string;
      readonly from: number;
      readonly to: number;
      readonly by: string;
    }
  | {
      readonly kind: 'member';
      readonly group: string;
      readonly instanceId: string;
      readonly lifecycle: Lifecycle | 'gone';
    }
  | {
      readonly kind: 'instance';
      /** The group it was launched by; '' for none. */
      readonly group: string;
      readonly instanceId: string;
      readonly state: InstanceState;
      readonly by: string;
    }
  | { readonly kind: 'activity'; readonly group: string; readonly activity: Activity }
);

/** What one read sees of one region. */
export interface CloudView {
  readonly groups: readonly CloudGroup[];
  /** Those that EC2 still tells of. */
  readonly instances: readonly CloudInstance[];
  /** Newest first. */
  readonly activities: readonly Activity[];
}

/** Rows that nobody made while the cloud was watched. */
export interface FoundRows {
  readonly group?: CloudGroup;
  readonly instances: readonly CloudInstance[];
  readonly activities?: readonly Activity[];
}

/** EC2 tells of a terminated instance for about an hour. */
const TOLD_AFTER_END_MS = 60 * 60_000;
const HISTORY_LENGTH = 20_000;

/** The rows of the cloud, with their past; every change is told to listeners and kept in `history`. */
export class CloudState {
  readonly history: CloudEvent[] = [];
  private readonly clock: Clock;
  private readonly groups = new Timeline<CloudGroup>();
  private readonly instances = new Timeline<CloudInstance>();
  private readonly activities = new Timeline<Activity>();
  private count = 0;
  private readonly listeners = new Set<(event: CloudEvent) => void>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Calls the listener after every change; the answer ends it. */
  onEvent(listener: (event: CloudEvent) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  group(key: string): CloudGroup | undefined {
    return this.groups.get(key);
  }

  allGroups(): readonly CloudGroup[] {
    return this.groups.all();
  }

  instance(id: string): CloudInstance | undefined {
    return this.instances.get(id);
  }

  allInstances(): readonly CloudInstance[] {
    return this.instances.all();
  }

  activity(id: string): Activity | undefined {
    return this.activities.get(id);
  }

  /** Rows that were there before anybody looked: no event, and no read is too stale for them. */
  found({ group, instances, activities = [] }: FoundRows): void {
    for (const activity of activities) this.activities.put(activity.id, activity, -Infinity);
    for (const instance of instances) this.instances.put(instance.id, instance, -Infinity);
    if (group) this.groups.put(groupKey(group), group, -Infinity);
  }

  putGroup(group: CloudGroup, by: string): void {
    const before = this.groups.get(groupKey(group));
    this.groups.put(groupKey(group), group, this.clock.monotonicMs());
    const { region, name } = group;
    if (before && before.desired !== group.desired) {
      this.tell({ kind: 'desired', region, group: name, from: before.desired, to: group.desired, by });
    }
    for (const { instanceId, lifecycle } of changedMembers(before, group)) {
      this.tell({ kind: 'member', region, group: name, instanceId, lifecycle });
    }
  }

  putInstance(instance: CloudInstance, by: string): void {
    const { id, region, state } = instance;
    const before = this.instances.get(id);
    this.instances.put(id, instance, this.clock.monotonicMs());
    if (before?.state === state) return;
    const group = instance.tags[GROUP_TAG] ?? '';
    this.tell({ kind: 'instance', region, group, instanceId: id, state, by });
  }

  putActivity(activity: Activity): void {
    this.activities.put(activity.id, activity, this.clock.monotonicMs());
    this.tell({ kind: 'activity', region: activity.region, group: activity.group, activity });
  }

  /** What a read of the region sees that is so far behind. */
  view(region: string, lagMs: number): CloudView {
    const asOfMs = lagMs > 0 ? this.clock.monotonicMs() - lagMs : Infinity;
    const isHere = (row: { readonly region: string }): boolean => row.region === region;
    return {
      groups: this.groups
        .all(asOfMs)
        .filter(isHere)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      instances: this.instances.all(asOfMs).filter((one) => isHere(one) && this.isTold(one)),
      activities: this.activities.all(asOfMs).filter(isHere).toReversed(),
    };
  }

  private isTold({ endedMs }: CloudInstance): boolean {
    return endedMs === 0 || this.clock.now() - endedMs < TOLD_AFTER_END_MS;
  }

  private tell(event: Unnumbered<CloudEvent>): void {
    this.count += 1;
    const told = { ...event, seq: this.count, atMs: this.clock.monotonicMs() };
    this.history.push(told);
    if (this.history.length > HISTORY_LENGTH) this.history.splice(0, HISTORY_LENGTH / 10);
    for (const listener of this.listeners) listener(told);
  }
}

type Unnumbered<Event> = Event extends CloudEvent ? Omit<Event, 'seq' | 'atMs'> : never;

function changedMembers(
  before: CloudGroup | undefined,
  after: CloudGroup,
): readonly { readonly instanceId: string; readonly lifecycle: Lifecycle | 'gone' }[] {
  const known = new Map(before?.members.map((member) => [member.instanceId, member.lifecycle]));
  const stays = new Set(after.members.map((member) => member.instanceId));
  const gone = [...known.keys()].filter((id) => !stays.has(id));
  return [
    ...after.members.filter(({ instanceId, lifecycle }) => known.get(instanceId) !== lifecycle),
    ...gone.map((instanceId) => ({ instanceId, lifecycle: 'gone' as const })),
  ];
}
