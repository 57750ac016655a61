import type { Instance } from '@aws-sdk/client-ec2';
import type { InstanceFacts } from '../../domain/worker-pool.ts';
import { need } from './need.ts';

/** An instance as EC2 describes it. For `parsed`: throws where something needed is not there. */
export function readInstance(wire: Instance): InstanceFacts {
  return {
    instanceId: need(wire.InstanceId, 'InstanceId'),
    state: need(wire.State?.Name, 'State'),
    addresses: addressesOf(wire),
    launchedMs: need(wire.LaunchTime, 'LaunchTime').getTime(),
    zone: wire.Placement?.AvailabilityZone ?? '',
  };
}

/** Private IPv4 addresses: the instance's own, then every one of every interface, each once. */
function addressesOf({ PrivateIpAddress, NetworkInterfaces }: Instance): readonly string[] {
  const more = (NetworkInterfaces ?? []).flatMap((each) => [
    each.PrivateIpAddress,
    ...(each.PrivateIpAddresses ?? []).map((address) => address.PrivateIpAddress),
  ]);
  return [...new Set([PrivateIpAddress, ...more].flatMap((address) => (address ? [address] : [])))];
}
