import { describe, expect, test } from 'vitest';
import { filterFields, members } from './wire.ts';
import type { AwsSource, AwsWire } from './wire.ts';
import { all, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Describe calls: what is in the answers, what is left out, pages. */
export function readCases(source: AwsSource): void {
  describe('the protocol', () => {
    protocolCases(source);
  });
  describe('groups', () => {
    groupCases(source);
  });
  describe('instances', () => {
    instanceCases(source);
  });
}

function protocolCases({ open, behavesAsAws }: AwsSource): void {
  test('answers in XML, and names each Auto Scaling request in a header', async () => {
    const wire = open();
    const groups = await wire.call('autoscaling', { Action: 'DescribeAutoScalingGroups' });
    expect(groups).toMatchObject({ status: 200, contentType: expect.stringContaining('text/xml') });
    expect(groups.requestId).not.toBe('');
    expect(groups.xml().name).toBe('DescribeAutoScalingGroupsResponse');
    const instances = await wire.call('ec2', { Action: 'DescribeInstances' });
    expect(instances).toMatchObject({ status: 200, contentType: expect.stringContaining('text/xml') });
    expect(instances.xml().name).toBe('DescribeInstancesResponse');
  });

  test('keeps the regions apart', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 1, desired: 1 });
    expect(await wire.groups([name], wire.aws.otherRegion)).toEqual([]);
    expect(await wire.groups([name])).toHaveLength(1);
  });

  if (behavesAsAws) onlyProtocolCases(open);
}

function onlyProtocolCases(open: AwsSource['open']): void {
  // moto: 500 with an HTML page
  test('refuses an action that it does not know', async () => {
    const wire = open();
    const fields = { Action: 'FlyToTheMoon' };
    expect(await wire.refusal('autoscaling', fields)).toMatchObject({ status: 400, code: 'InvalidAction' });
    expect(await wire.refusal('ec2', fields)).toMatchObject({ status: 400, code: 'InvalidAction' });
  });
}

function groupCases({ open, behavesAsAws }: AwsSource): void {
  test('are described with bounds, desired capacity and members', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 1, max: 4, desired: 2 });
    const group = await wire.group(name);
    const numbers = ['MinSize', 'MaxSize', 'DesiredCapacity'].map((field) => textAt(group, field));
    expect(numbers).toEqual(['1', '4', '2']);
    expect(all(group, 'AvailabilityZones', 'member').length).toBeGreaterThan(0);
    expect(all(group, 'SuspendedProcesses')).toHaveLength(1);
    const instances = all(group, 'Instances', 'member');
    expect(instances).toHaveLength(2);
    for (const instance of instances) expect(memberOf(instance)).toEqual(healthyMember);
  });

  test('have a list of members also when that is empty', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 0 });
    const [instances] = all(await wire.group(name), 'Instances');
    expect(instances?.children).toEqual([]);
  });

  test('that do not exist are left out; the list is there also when it is empty', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 1, desired: 0 });
    const found = await wire.groups([name, 'there-is-no-such-group']);
    expect(found.map((group) => textAt(group, 'AutoScalingGroupName'))).toEqual([name]);
    const action = 'DescribeAutoScalingGroups';
    const none = { Action: action, ...members('AutoScalingGroupNames', ['there-is-no-such-group']) };
    const answer = await wire.ask('autoscaling', none);
    expect(all(answer, `${action}Result`, 'AutoScalingGroups')).toHaveLength(1);
    expect(await wire.groups(['there-is-no-such-group'])).toEqual([]);
  });

  test('come in pages, each once', async () => {
    const wire = open();
    const spec = { min: 0, max: 1, desired: 0 };
    const names = [await wire.aws.makeGroup(spec), await wire.aws.makeGroup(spec)];
    names.push(await wire.aws.makeGroup(spec));
    const seen: (string | undefined)[] = [];
    let token: string | undefined;
    let pages = 0;
    do {
      const page = await groupPage(wire, names, token);
      token = page.token;
      seen.push(...page.names);
      pages += 1;
    } while (token !== undefined && pages < 10);
    expect(pages).toBe(2);
    expect(sorted(seen)).toEqual(sorted(names));
  });

  test('have a list of activities', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 1, desired: 0 });
    const root = await wire.ask('autoscaling', activityFields(name));
    expect(all(root, 'DescribeScalingActivitiesResult', 'Activities')).toHaveLength(1);
  });

  if (behavesAsAws) onlyGroupCases(open);
}

function onlyGroupCases(open: AwsSource['open']): void {
  // moto: always an empty list
  test('tell their activities, the newest first', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 3, desired: 1 });
    await wire.setDesired(name, 2);
    await wire.settle();
    const root = await wire.ask('autoscaling', activityFields(name));
    const activities = all(root, 'DescribeScalingActivitiesResult', 'Activities', 'member');
    const starts = activities.map((activity) => Date.parse(textAt(activity, 'StartTime') ?? ''));
    expect(starts.length).toBeGreaterThanOrEqual(2);
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    const [newest] = activities;
    const fields = ['AutoScalingGroupName', 'StatusCode', 'Description'];
    expect(newest && fields.map((field) => textAt(newest, field))).toEqual([
      name,
      'Successful',
      expect.stringMatching(/^Launching a new EC2 instance/),
    ]);
  });

  // moto: every launch succeeds
  test('tell why a launch failed', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 3, desired: 1 });
    const message = 'We currently do not have sufficient t3.medium capacity.';
    wire.aws.failLaunches?.(name, message);
    await wire.setDesired(name, 2);
    await wire.settle();
    const root = await wire.ask('autoscaling', activityFields(name));
    const activities = all(root, 'DescribeScalingActivitiesResult', 'Activities', 'member');
    const failed = activities.find((activity) => textAt(activity, 'StatusCode') === 'Failed');
    expect(failed && textAt(failed, 'StatusMessage')).toBe(message);
    expect(await wire.desired(name)).toBe(2);
    expect(await wire.memberIds(name)).toHaveLength(1);
  });
}

function instanceCases({ open, behavesAsAws }: AwsSource): void {
  test('are known to be in a group, or left out', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 2 });
    const ids = await wire.memberIds(name);
    const asked = [...ids, await wire.aws.makeStray(), 'i-00000000000000000'];
    const found = await membershipOf(wire, asked);
    expect(sorted(found.map((instance) => textAt(instance, 'InstanceId')))).toEqual(sorted(ids));
    expect(new Set(found.map((instance) => textAt(instance, 'AutoScalingGroupName')))).toEqual(
      new Set([name]),
    );
    expect(await membershipOf(wire, ['i-00000000000000000'])).toEqual([]);
  });

  test('are found by id, and an id that nobody has is left out', async () => {
    const wire = open();
    const name = await wire.aws.makeGroup({ min: 0, max: 2, desired: 2 });
    const ids = await wire.memberIds(name);
    const found = await wire.instances({ 'instance-id': [...ids, 'i-00000000000000000'] });
    expect(sorted(found.map((instance) => textAt(instance, 'instanceId')))).toEqual(sorted(ids));
    for (const instance of found) {
      expect(textAt(instance, 'instanceState', 'name')).toBe('running');
      expect(textAt(instance, 'placement', 'availabilityZone')).toContain(wire.aws.region);
      expect(Date.parse(textAt(instance, 'launchTime') ?? '')).toBeGreaterThan(0);
      expect(textAt(instance, 'privateIpAddress')).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(addressesOf(instance)).toContain(textAt(instance, 'privateIpAddress'));
    }
  });

  test('are found by private address while they run', async () => {
    const wire = open();
    const id = await wire.aws.makeStray();
    const [instance] = await wire.instances({ 'instance-id': [id] });
    const address = (instance && textAt(instance, 'privateIpAddress')) ?? '';
    const filters = {
      'private-ip-address': [address, '198.51.100.77'],
      'instance-state-name': ['running'],
    };
    const found = await wire.instances(filters);
    expect(found.map((each) => textAt(each, 'instanceId'))).toContain(id);
    for (const each of found) expect(textAt(each, 'privateIpAddress')).toBe(address);
    await wire.terminate(id);
    await wire.settle();
    const later = await wire.instances(filters);
    expect(later.map((each) => textAt(each, 'instanceId'))).not.toContain(id);
  });

  test('that nobody has make an empty list, which is there', async () => {
    const wire = open();
    const fields = {
      Action: 'DescribeInstances',
      ...filterFields({ 'private-ip-address': ['198.51.100.77'] }),
    };
    const root = await wire.ask('ec2', fields);
    expect(all(root, 'reservationSet')).toHaveLength(1);
    expect(all(root, 'reservationSet', 'item')).toEqual([]);
  });

  test('come in pages, each once', async () => {
    const wire = open();
    const ids: string[] = [];
    while (ids.length < 7) ids.push(await wire.aws.makeStray());
    const filters = filterFields({ 'instance-id': ids });
    const first = await wire.ask('ec2', { Action: 'DescribeInstances', ...filters, MaxResults: '5' });
    const token = textAt(first, 'nextToken') ?? '';
    expect(token).not.toBe('');
    const second = await wire.ask('ec2', {
      Action: 'DescribeInstances',
      ...filters,
      MaxResults: '5',
      NextToken: token,
    });
    const seen = [first, second].flatMap((page) => idsOf(page));
    expect(sorted(seen)).toEqual(sorted(ids));
    expect(textAt(second, 'nextToken') ?? '').toBe('');
  });

  if (behavesAsAws) onlyInstanceCases(open);
}

function onlyInstanceCases(open: AwsSource['open']): void {
  // moto: any size will do
  test('are refused in pages of less than five', async () => {
    const wire = open();
    const fields = { Action: 'DescribeInstances', MaxResults: '4' };
    expect(await wire.refusal('ec2', fields)).toMatchObject({ status: 400, code: 'InvalidParameterValue' });
  });
}

const healthyMember = {
  id: expect.stringMatching(/^i-[0-9a-f]{17}$/),
  lifecycle: 'InService',
  isProtected: 'false',
  zone: expect.stringMatching(/^[a-z]{2}-[a-z]+-\d[a-z]$/),
};

function memberOf(instance: XmlElement): Record<string, string | undefined> {
  return {
    id: textAt(instance, 'InstanceId'),
    lifecycle: textAt(instance, 'LifecycleState'),
    isProtected: textAt(instance, 'ProtectedFromScaleIn'),
    zone: textAt(instance, 'AvailabilityZone'),
  };
}

async function groupPage(
  wire: AwsWire,
  names: readonly string[],
  token: string | undefined,
): Promise<{ readonly names: readonly (string | undefined)[]; readonly token: string | undefined }> {
  const action = 'DescribeAutoScalingGroups';
  const root = await wire.ask('autoscaling', {
    Action: action,
    MaxRecords: '2',
    ...members('AutoScalingGroupNames', names),
    ...(token === undefined ? {} : { NextToken: token }),
  });
  const groups = all(root, `${action}Result`, 'AutoScalingGroups', 'member');
  return {
    names: groups.map((group) => textAt(group, 'AutoScalingGroupName')),
    token: textAt(root, `${action}Result`, 'NextToken'),
  };
}

function activityFields(name: string): Record<string, string> {
  return { Action: 'DescribeScalingActivities', AutoScalingGroupName: name, MaxRecords: '20' };
}

async function membershipOf(wire: AwsWire, ids: readonly string[]): Promise<readonly XmlElement[]> {
  const action = 'DescribeAutoScalingInstances';
  const root = await wire.ask('autoscaling', { Action: action, ...members('InstanceIds', ids) });
  return all(root, `${action}Result`, 'AutoScalingInstances', 'member');
}

function addressesOf(instance: XmlElement): readonly (string | undefined)[] {
  const interfaces = all(instance, 'networkInterfaceSet', 'item');
  return interfaces
    .flatMap((each) => all(each, 'privateIpAddressesSet', 'item'))
    .map((each) => textAt(each, 'privateIpAddress'));
}

function idsOf(page: XmlElement): readonly (string | undefined)[] {
  const instances = all(page, 'reservationSet', 'item', 'instancesSet', 'item');
  return instances.map((instance) => textAt(instance, 'instanceId'));
}

function sorted(values: readonly (string | undefined)[]): readonly string[] {
  return values.map(String).toSorted((a, b) => a.localeCompare(b));
}
