import { DEFAULT_CLOUD_TIMING } from './cloud-timing.ts';
import { GROUP_TAG, groupKey } from './types.ts';
import type { CloudContext, GroupSettings } from './cloud-context.ts';
import type { CloudGroup, CloudInstance, CloudMember } from './types.ts';

const CAPACITY_MISSING =
  'We currently do not have sufficient t3.medium capacity in the Availability Zone you requested. Our system will be working on provisioning additional capacity. Launching EC2 instance failed.';

/** How a group behaves where nothing else is said. */
export function defaultSettings(): GroupSettings {
  return { timing: DEFAULT_CLOUD_TIMING, failLaunches: 0, launchFailure: CAPACITY_MISSING };
}

/** How the group of the key behaves; instances of no group behave as by default. */
export function settingsOf({ settings }: CloudContext, key: string): GroupSettings {
  return settings.get(key) ?? defaultSettings();
}

/** The group an instance was launched by, as a key; undefined for none. */
export function groupOfInstance(instance: CloudInstance | undefined): string | undefined {
  const name = instance?.tags[GROUP_TAG];
  return instance && name !== undefined ? groupKey({ region: instance.region, name }) : undefined;
}

/** The group with one member changed. */
export function withMember(group: CloudGroup, id: string, change: Partial<CloudMember>): CloudGroup {
  return {
    ...group,
    members: group.members.map((member) => (member.instanceId === id ? { ...member, ...change } : member)),
  };
}

/** The group without a member. */
export function withoutMember(group: CloudGroup, id: string): CloudGroup {
  return { ...group, members: group.members.filter((member) => member.instanceId !== id) };
}

/** The member of that id. */
export function memberOf(group: CloudGroup | undefined, id: string): CloudMember | undefined {
  return group?.members.find((member) => member.instanceId === id);
}

/** A member that has just been launched into the group. */
export function newMember(
  group: CloudGroup,
  instance: CloudInstance,
  lifecycle: CloudMember['lifecycle'],
): CloudMember {
  const { id: instanceId, zone } = instance;
  return { instanceId, zone, lifecycle, isHealthy: true, isProtected: group.protectsNew };
}
