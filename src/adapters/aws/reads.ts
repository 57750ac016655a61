import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { Filter } from '@aws-sdk/client-ec2';
import type { InstanceFacts, PoolRef } from '../../domain/worker-pool.ts';
import { attemptOf } from './caller.ts';
import type { Caller } from './caller.ts';
import { need, parsed } from './need.ts';
import { readPages } from './pages.ts';
import { readTrouble } from './wire-group.ts';
import { readInstance } from './wire-instance.ts';

/** Most names or ids that one request of Auto Scaling takes. */
export const MOST_NAMES = 50;
/** Most values that a filter of EC2 takes. */
export const MOST_FILTER_VALUES = 200;

const PAGE_GROUPS = 100;
const PAGE_INSTANCES = 1_000;
const PAGE_ACTIVITIES = 20;

/** Groups of a region by name, as AWS describes them; what there is not is left out. At most 50 names. */
export async function describeGroups(
  caller: Caller,
  region: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, AutoScalingGroup>> {
  const AutoScalingGroupNames = [...names];
  const groups = await readPages(
    caller,
    {
      service: 'autoscaling',
      region,
      action: 'DescribeAutoScalingGroups',
      doing: `read ${listed('group', names)} in ${region}`,
      list: 'AutoScalingGroups',
      sendPage: (client, NextToken, options) =>
        client.describeAutoScalingGroups(
          { AutoScalingGroupNames, MaxRecords: PAGE_GROUPS, NextToken },
          options,
        ),
      items: (output) => output.AutoScalingGroups,
      next: (output) => output.NextToken,
    },
    caller.closing,
  );
  return new Map(groups.map((group) => [group.AutoScalingGroupName ?? '', group]));
}

/** The group of each instance that is in one. At most 50 ids. */
export async function describeMembership(
  caller: Caller,
  region: string,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const call = {
    service: 'autoscaling',
    region,
    action: 'DescribeAutoScalingInstances',
    doing: `read the groups of ${listed('instance', instanceIds)} in ${region}`,
    list: 'AutoScalingInstances',
  } as const;
  const found = await readPages(
    caller,
    {
      ...call,
      sendPage: (client, NextToken, options) =>
        client.describeAutoScalingInstances({ InstanceIds: [...instanceIds], NextToken }, options),
      items: (output) => output.AutoScalingInstances,
      next: (output) => output.NextToken,
    },
    caller.closing,
  );
  return parsed(attemptOf(call, false), () => {
    const named = found.map(
      ({ InstanceId, AutoScalingGroupName }) =>
        [need(InstanceId, 'InstanceId'), need(AutoScalingGroupName, 'AutoScalingGroupName')] as const,
    );
    return new Map(named);
  });
}

/** What the group says about its newest activity that failed; '' for none. One page, no more. */
export async function describeTrouble(caller: Caller, ref: PoolRef, signal: AbortSignal): Promise<string> {
  const output = await caller.read(
    {
      service: 'autoscaling',
      region: ref.region,
      action: 'DescribeScalingActivities',
      doing: `read the activities of group ${ref.pool}`,
      send: (client, options) =>
        client.describeScalingActivities(
          { AutoScalingGroupName: ref.pool, MaxRecords: PAGE_ACTIVITIES },
          options,
        ),
      fault: ({ Activities }) => (Activities === undefined ? 'no Activities in the answer' : undefined),
    },
    signal,
  );
  return readTrouble(output.Activities ?? []);
}

/** Instances that EC2 knows, by id. At most 200 ids. A filter does not fail on ids that nobody has. */
export async function describeInstances(
  caller: Caller,
  region: string,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, InstanceFacts>> {
  const filters = [{ Name: 'instance-id', Values: [...instanceIds] }];
  const doing = `read ${listed('instance', instanceIds)} in ${region}`;
  const found = await filterInstances(caller, { region, doing, filters });
  return new Map(found.map((instance) => [instance.instanceId, instance]));
}

/** Running instances by the private address asked for. At most 200 addresses. */
export async function describeByAddress(
  caller: Caller,
  region: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, readonly InstanceFacts[]>> {
  const filters = [
    { Name: 'private-ip-address', Values: [...addresses] },
    { Name: 'instance-state-name', Values: ['running'] },
  ];
  const doing = `find instances by ${listed('address', addresses)} in ${region}`;
  const found = await filterInstances(caller, { region, doing, filters });
  const pairs = addresses.map(
    (address) => [address, found.filter((each) => each.addresses.includes(address))] as const,
  );
  return new Map(pairs.filter(([, instances]) => instances.length > 0));
}

interface Search {
  readonly region: string;
  readonly doing: string;
  readonly filters: Filter[];
}

async function filterInstances(caller: Caller, search: Search): Promise<readonly InstanceFacts[]> {
  const { filters: Filters, ...rest } = search;
  const call = { service: 'ec2', action: 'DescribeInstances', list: 'Reservations', ...rest } as const;
  const reservations = await readPages(
    caller,
    {
      ...call,
      sendPage: (client, NextToken, options) =>
        client.describeInstances({ Filters, MaxResults: PAGE_INSTANCES, NextToken }, options),
      items: (output) => output.Reservations,
      next: (output) => output.NextToken,
    },
    caller.closing,
  );
  return parsed(attemptOf(call, false), () =>
    reservations.flatMap(({ Instances }) => need(Instances, 'Instances').map(readInstance)),
  );
}

/** `group a`, `3 groups`. */
function listed(what: string, names: readonly string[]): string {
  const [first = ''] = names;
  const plural = what.endsWith('s') ? `${what}es` : `${what}s`;
  return names.length === 1 ? `${what} ${first}` : `${names.length} ${plural}`;
}
