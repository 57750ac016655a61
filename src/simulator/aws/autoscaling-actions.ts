import { activityXml, groupXml, membershipXml } from './autoscaling-xml.ts';
import { validationError } from './cloud-refusal.ts';
import { pageOf } from './paging.ts';
import { groupKey } from './types.ts';
import { leaf, memberList } from './xml.ts';
import type { AwsAction, AwsCall } from './aws-call.ts';
import type { GroupUpdate } from './cloud.ts';
import type { Page } from './paging.ts';

const MOST_IDS = 50;

/** The actions of Auto Scaling that are served. */
export const AUTOSCALING_ACTIONS: Readonly<Record<string, AwsAction>> = {
  DescribeAutoScalingGroups: describeGroups,
  DescribeAutoScalingInstances: describeInstances,
  DescribeScalingActivities: describeActivities,
  UpdateAutoScalingGroup: updateGroup,
  DetachInstances: detachInstances,
};

function describeGroups(call: AwsCall): string {
  const names = call.form.list('AutoScalingGroupNames');
  const { groups } = call.cloud.view(call.region);
  const wanted = groups.filter(({ name }) => names.length === 0 || names.includes(name));
  const page = pageOf(wanted, ({ name }) => name, sizeOf(call, { otherwise: 50, most: 100 }));
  return paged('AutoScalingGroups', page, page.rows.map(groupXml));
}

function describeInstances(call: AwsCall): string {
  const ids = call.form.list('InstanceIds');
  if (ids.length > MOST_IDS) {
    throw tooMany('instanceIds', MOST_IDS);
  }
  const wanted = call.cloud
    .view(call.region)
    .groups.flatMap((group) => group.members.map((member) => ({ group, member })))
    .filter(({ member }) => ids.length === 0 || ids.includes(member.instanceId));
  const size = sizeOf(call, { otherwise: 50, most: 50 });
  const page = pageOf(wanted, ({ member }) => member.instanceId, size);
  return paged(
    'AutoScalingInstances',
    page,
    page.rows.map(({ group, member }) => membershipXml(group, member)),
  );
}

function describeActivities(call: AwsCall): string {
  const name = call.form.text('AutoScalingGroupName');
  const ids = call.form.list('ActivityIds');
  const { groups, activities } = call.cloud.view(call.region);
  if (name !== '' && !groups.some((group) => group.name === name)) {
    throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  }
  const wanted = activities.filter(
    ({ id, group }) => (name === '' || group === name) && (ids.length === 0 || ids.includes(id)),
  );
  const page = pageOf(wanted, ({ id }) => id, sizeOf(call, { otherwise: 100, most: 100 }));
  return paged('Activities', page, page.rows.map(activityXml));
}

function updateGroup(call: AwsCall): string {
  const change: GroupUpdate = {
    ...given('min', size(call, 'MinSize')),
    ...given('max', size(call, 'MaxSize')),
    ...given('desired', size(call, 'DesiredCapacity')),
  };
  call.cloud.update(neededGroup(call), change, call.action);
  return '';
}

function detachInstances(call: AwsCall): string {
  const key = neededGroup(call);
  const ids = call.form.list('InstanceIds');
  if (!call.form.has('ShouldDecrementDesiredCapacity')) throw missing('shouldDecrementDesiredCapacity');
  if (ids.length === 0) throw missing('instanceIds');
  const decrement = call.form.isTrue('ShouldDecrementDesiredCapacity');
  const activities = call.cloud.detach(key, ids, { decrement, by: call.action });
  return memberList('Activities', activities.map(activityXml));
}

function neededGroup({ form, region }: AwsCall): string {
  const name = form.text('AutoScalingGroupName');
  if (name === '') throw missing('autoScalingGroupName');
  return groupKey({ region, name });
}

function size({ form }: AwsCall, name: string): number | undefined {
  const value = form.whole(name);
  if (value !== undefined && !(value >= 0)) {
    throw validationError(
      `1 validation error detected: Value '${form.text(name)}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value greater than or equal to 0`,
    );
  }
  return value;
}

function given<Key extends string>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  if (value === undefined) return {};
  const only: Partial<Record<Key, number>> = {};
  only[key] = value;
  return only;
}

function sizeOf(
  { form }: AwsCall,
  { otherwise, most }: { readonly otherwise: number; readonly most: number },
): { readonly size: number; readonly token: string } {
  const asked = form.whole('MaxRecords') ?? otherwise;
  if (!(asked >= 1 && asked <= most)) {
    throw validationError(`The MaxRecords parameter must be between 1 and ${most}.`);
  }
  return { size: asked, token: form.text('NextToken') };
}

function paged(list: string, { nextToken }: Page<unknown>, items: readonly string[]): string {
  return `${memberList(list, items)}${nextToken === '' ? '' : leaf('NextToken', nextToken)}`;
}

function missing(name: string): Error {
  return validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

function tooMany(name: string, most: number): Error {
  return validationError(
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
