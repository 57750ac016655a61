import { branch, itemSet, leaf, timeText } from './xml.ts';
import type { CloudInstance, InstanceState } from './types.ts';

const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

const OWNER = '123456789012';

/** `<name>` with the state's code and name. */
export function stateXml(name: string, state: InstanceState): string {
  return branch(name, leaf('code', STATE_CODES[state]), leaf('name', state));
}

/** A reservation of one instance. */
export function reservationXml(instance: CloudInstance): string {
  return [
    leaf('reservationId', `r-${instance.id.slice('i-'.length)}`),
    leaf('ownerId', OWNER),
    branch('groupSet'),
    itemSet('instancesSet', [instanceXml(instance)]),
  ].join('');
}

function instanceXml(instance: CloudInstance): string {
  const [address] = instance.addresses;
  return [
    leaf('instanceId', instance.id),
    leaf('imageId', 'ami-0abcdef0123456789'),
    stateXml('instanceState', instance.state),
    ...(address === undefined
      ? [leaf('privateDnsName', '')]
      : [leaf('privateDnsName', `ip-${address.replaceAll('.', '-')}.ec2.internal`)]),
    leaf('reason', instance.endedMs > 0 ? `User initiated (${timeText(instance.endedMs)})` : ''),
    leaf('amiLaunchIndex', 0),
    leaf('instanceType', instance.type),
    leaf('launchTime', timeText(instance.launchedMs)),
    branch(
      'placement',
      leaf('availabilityZone', instance.zone),
      leaf('groupName', ''),
      leaf('tenancy', 'default'),
    ),
    branch('monitoring', leaf('state', 'disabled')),
    ...(address === undefined ? [] : [leaf('privateIpAddress', address)]),
    leaf('architecture', 'x86_64'),
    leaf('rootDeviceType', 'ebs'),
    leaf('virtualizationType', 'hvm'),
    tagsXml(instance.tags),
    itemSet('networkInterfaceSet', instance.addresses.map(interfaceXml)),
  ].join('');
}

function tagsXml(tags: Readonly<Record<string, string>>): string {
  return itemSet(
    'tagSet',
    Object.entries(tags).map(([key, value]) => `${leaf('key', key)}${leaf('value', value)}`),
  );
}

/** An interface with one address. */
function interfaceXml(address: string, position: number): string {
  return [
    leaf('networkInterfaceId', `eni-0abcdef01234567${String(position).padStart(2, '0')}`),
    leaf('status', 'in-use'),
    leaf('privateIpAddress', address),
    branch('attachment', leaf('deviceIndex', position), leaf('status', 'attached')),
    itemSet('privateIpAddressesSet', [`${leaf('privateIpAddress', address)}${leaf('primary', true)}`]),
  ].join('');
}

/** An instance's checks. */
export function statusXml(instance: CloudInstance): string {
  const status = instance.state === 'running' ? 'ok' : 'not-applicable';
  const details = itemSet('details', [`${leaf('name', 'reachability')}${leaf('status', 'passed')}`]);
  return [
    leaf('instanceId', instance.id),
    leaf('availabilityZone', instance.zone),
    stateXml('instanceState', instance.state),
    branch('systemStatus', leaf('status', status), details),
    branch('instanceStatus', leaf('status', status), details),
  ].join('');
}
