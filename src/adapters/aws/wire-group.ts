import type { Activity, AutoScalingGroup, Instance } from '@aws-sdk/client-auto-scaling';
import type { PoolGroup, PoolMember, PoolRef } from '../../domain/worker-pool.ts';
import { need } from './need.ts';

/** A group as AWS describes it. For `parsed`: throws where something needed is not there. */
export function readGroup(ref: PoolRef, wire: AutoScalingGroup): PoolGroup {
  const members = need(wire.Instances, 'Instances').map(readMember);
  const zones = wire.AvailabilityZones ?? members.map(({ zone }) => zone);
  return {
    pool: ref.pool,
    region: ref.region,
    desired: need(wire.DesiredCapacity, 'DesiredCapacity'),
    min: need(wire.MinSize, 'MinSize'),
    max: need(wire.MaxSize, 'MaxSize'),
    members,
    zones: [...new Set(zones)],
    suspended: (wire.SuspendedProcesses ?? []).flatMap(({ ProcessName }) => ProcessName ?? []),
  };
}

function readMember(wire: Instance): PoolMember {
  return {
    instanceId: need(wire.InstanceId, 'InstanceId'),
    zone: need(wire.AvailabilityZone, 'AvailabilityZone'),
    lifecycle: need(wire.LifecycleState, 'LifecycleState'),
    isProtected: need(wire.ProtectedFromScaleIn, 'ProtectedFromScaleIn'),
  };
}

/**
 * The newest activity that failed or was cancelled, as the group itself tells it, with the time it began; '' for
 * none. Activities come newest first.
 */
export function readTrouble(activities: readonly Activity[]): string {
  const failed = activities.find(({ StatusCode }) => StatusCode === 'Failed' || StatusCode === 'Cancelled');
  if (failed === undefined) return '';
  const { StatusMessage, Description, StartTime } = failed;
  const text = StatusMessage === undefined || StatusMessage === '' ? Description : StatusMessage;
  const line = (text ?? '').replaceAll(/\s+/g, ' ').trim();
  return StartTime === undefined ? line : `${line} (${StartTime.toISOString().replace(/\.\d+/, '')})`;
}
