import { branch, leaf, memberList, timeText } from './xml.ts';
import type { Activity, CloudGroup, CloudMember } from './types.ts';

const ACCOUNT = '123456789012';

function template(): string {
  return branch(
    'LaunchTemplate',
    leaf('LaunchTemplateId', 'lt-0abcdef0123456789'),
    leaf('LaunchTemplateName', 'worker'),
    leaf('Version', '1'),
  );
}

/** A member as its group lists it. */
export function memberXml(group: CloudGroup, member: CloudMember): string {
  return [
    leaf('InstanceId', member.instanceId),
    leaf('InstanceType', group.instanceType),
    leaf('AvailabilityZone', member.zone),
    leaf('LifecycleState', member.lifecycle),
    leaf('HealthStatus', member.isHealthy ? 'Healthy' : 'Unhealthy'),
    template(),
    leaf('ProtectedFromScaleIn', member.isProtected),
  ].join('');
}

/** A member as DescribeAutoScalingInstances has it. */
export function membershipXml(group: CloudGroup, member: CloudMember): string {
  return `${leaf('AutoScalingGroupName', group.name)}${memberXml(group, member).replace(
    /<HealthStatus>(.*?)<\/HealthStatus>/,
    (_, status: string) => leaf('HealthStatus', status.toUpperCase()),
  )}`;
}

export function groupXml(group: CloudGroup): string {
  const { region, name } = group;
  const arn = `arn:aws:autoscaling:${region}:${ACCOUNT}:autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/${name}`;
  return [
    leaf('AutoScalingGroupName', name),
    leaf('AutoScalingGroupARN', arn),
    template(),
    leaf('MinSize', group.min),
    leaf('MaxSize', group.max),
    leaf('DesiredCapacity', group.desired),
    leaf('DefaultCooldown', 300),
    memberList('AvailabilityZones', group.zones.map(escaped)),
    branch('LoadBalancerNames'),
    branch('TargetGroupARNs'),
    leaf('HealthCheckType', 'EC2'),
    leaf('HealthCheckGracePeriod', 300),
    memberList(
      'Instances',
      group.members.map((member) => memberXml(group, member)),
    ),
    leaf('CreatedTime', timeText(group.createdMs)),
    memberList('SuspendedProcesses', group.suspended.map(suspendedXml)),
    leaf('VPCZoneIdentifier', 'subnet-0abcdef0123456789'),
    branch('EnabledMetrics'),
    branch('Tags'),
    memberList('TerminationPolicies', ['Default']),
    leaf('NewInstancesProtectedFromScaleIn', group.protectsNew),
    leaf('CapacityRebalance', false),
  ].join('');
}

function suspendedXml(name: string): string {
  return `${leaf('ProcessName', name)}${leaf('SuspensionReason', 'User suspended')}`;
}

function escaped(text: string): string {
  return leaf('x', text).slice('<x>'.length, -'</x>'.length);
}

export function activityXml(activity: Activity): string {
  return [
    leaf('ActivityId', activity.id),
    leaf('AutoScalingGroupName', activity.group),
    leaf('Description', activity.description),
    leaf('Cause', activity.cause),
    leaf('StartTime', timeText(activity.startMs)),
    ...(activity.endMs > 0 ? [leaf('EndTime', timeText(activity.endMs))] : []),
    leaf('StatusCode', activity.status),
    ...(activity.message === '' ? [] : [leaf('StatusMessage', activity.message)]),
    leaf('Progress', activity.progress),
    leaf('Details', JSON.stringify({ 'Availability Zone': activity.zone })),
  ].join('');
}
