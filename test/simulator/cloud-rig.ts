import { Cloud } from '../../src/simulator/aws/cloud.ts';
import { groupKey } from '../../src/simulator/aws/types.ts';
import { VirtualClock } from '../../src/simulator/virtual-clock.ts';
import type { GroupInput } from '../../src/simulator/aws/cloud.ts';
import type { CloudTiming } from '../../src/simulator/aws/cloud-timing.ts';
import type { CloudGroup, CloudInstance, Lifecycle } from '../../src/simulator/aws/types.ts';

/** Everything takes the same time each time. */
export const STEADY_CLOUD: CloudTiming = {
  reactMs: [2_000, 2_000],
  launchMs: [20_000, 20_000],
  bootMs: [30_000, 30_000],
  detachMs: [10_000, 10_000],
  terminateMs: [30_000, 30_000],
  healthCheckMs: [60_000, 60_000],
  retryMs: [40_000, 40_000],
  rebalanceMs: [45_000, 45_000],
};

export const REGION = 'us-east-1';

/** One group in a cloud of its own, in virtual time. */
export interface CloudRig {
  readonly clock: VirtualClock;
  readonly cloud: Cloud;
  readonly key: string;
  group(): CloudGroup;
  /** Ids of members, of those with the lifecycle where one is given. */
  ids(lifecycle?: Lifecycle): readonly string[];
  instance(id: string): CloudInstance;
  /** `status description` of each activity, newest first. */
  told(): readonly string[];
}

export function cloudOf(input: Partial<GroupInput> = {}): CloudRig {
  const clock = new VirtualClock();
  const cloud = new Cloud({ clock, seed: 3 });
  const settings = { timing: STEADY_CLOUD, ...input.settings };
  const made = { name: 'pool', region: REGION, min: 1, max: 5, desired: 2, ...input, settings };
  const key = groupKey(cloud.addGroup(made));
  const group = (): CloudGroup => need(cloud.state.group(key));
  return {
    clock,
    cloud,
    key,
    group,
    ids: (lifecycle) =>
      group()
        .members.filter((member) => lifecycle === undefined || member.lifecycle === lifecycle)
        .map((member) => member.instanceId),
    instance: (id) => need(cloud.state.instance(id)),
    told: () =>
      cloud.state
        .view(REGION, 0)
        .activities.map(({ status, description }) => `${status} ${description.replaceAll(/: i-.*/g, '')}`),
  };
}

export function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is nothing');
  return value;
}
