import { addResources } from '../../domain/resources.ts';
import type { ConstraintFacts, PlacementNeeds } from '../../domain/snapshot.ts';
import { fieldsOf, listOf, numberOf, textOf } from './json.ts';
import type { Fields } from './json.ts';

/** Where a network's ports are, as far as every node has it. */
const PLAIN_MODES: readonly string[] = ['', 'none', 'host', 'bridge'];
/** Go's words for false, which turn `distinct_hosts` off. */
const OFF: readonly string[] = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** Reads what one allocation of a group asks of its node. All tasks count, whenever they run. */
export function readNeeds(job: Fields, group: Fields): PlacementNeeds {
  const tasks = listOf(group['Tasks'], 'Tasks').map(fieldsOf);
  const constraints = [job, group, ...tasks].flatMap(readConstraints);
  return {
    resources: addResources(...tasks.map(readTaskResources), {
      cpuMhz: 0,
      memoryMb: 0,
      diskMb: numberOf(fieldsOf(group['EphemeralDisk']), 'SizeMB'),
    }),
    datacenters: listOf(job['Datacenters'], 'Datacenters').filter((name) => typeof name === 'string'),
    nodePool: textOf(job, 'NodePool'),
    drivers: [...new Set(tasks.map((task) => textOf(task, 'Driver')))].filter((name) => name !== ''),
    constraints: constraints.filter(({ operand }) => !operand.startsWith('distinct_')),
    distinctHosts: readDistinctHosts(job, group),
    staticPorts: networksOf(group, tasks).flatMap(readStaticPorts),
    unplaceable: [
      ...distinctProperties(constraints),
      ...networksOf(group, tasks).flatMap(oddNetworks),
      ...Object.entries(fieldsOf(group['Volumes'])).map(([name]) => `volume ${name}`),
      ...tasks.flatMap(oddResources),
    ],
  };
}

function readTaskResources(task: Fields): PlacementNeeds['resources'] {
  const resources = fieldsOf(task['Resources']);
  const cpuMhz = numberOf(resources, 'Cores') > 0 ? 0 : numberOf(resources, 'CPU');
  return { cpuMhz, memoryMb: numberOf(resources, 'MemoryMB'), diskMb: 0 };
}

function readConstraints(part: Fields): readonly ConstraintFacts[] {
  return listOf(part['Constraints'], 'Constraints').map((value) => {
    const constraint = fieldsOf(value);
    return {
      left: textOf(constraint, 'LTarget'),
      operand: textOf(constraint, 'Operand') || '=',
      right: textOf(constraint, 'RTarget'),
    };
  });
}

/** Nomad looks for it at the job and the group only. */
function readDistinctHosts(job: Fields, group: Fields): PlacementNeeds['distinctHosts'] {
  const isOn = ({ operand, right }: ConstraintFacts): boolean =>
    operand === 'distinct_hosts' && !OFF.includes(right);
  if (readConstraints(job).some(isOn)) return 'job';
  return readConstraints(group).some(isOn) ? 'group' : 'none';
}

function distinctProperties(constraints: readonly ConstraintFacts[]): readonly string[] {
  return constraints
    .filter(({ operand }) => operand.startsWith('distinct_') && operand !== 'distinct_hosts')
    .map(({ operand, left }) => `${operand} ${left}`);
}

function networksOf(group: Fields, tasks: readonly Fields[]): readonly Fields[] {
  const ofTasks = tasks.flatMap((task) => listOf(fieldsOf(task['Resources'])['Networks'], 'Networks'));
  return [...listOf(group['Networks'], 'Networks'), ...ofTasks].map(fieldsOf);
}

function readStaticPorts(network: Fields): readonly number[] {
  return listOf(network['ReservedPorts'], 'ReservedPorts')
    .map((port) => numberOf(fieldsOf(port), 'Value'))
    .filter((port) => port > 0);
}

/** Networks that only some nodes have. */
function oddNetworks(network: Fields): readonly string[] {
  const mode = textOf(network, 'Mode');
  const ports = ['ReservedPorts', 'DynamicPorts'].flatMap((name) => listOf(network[name], name));
  const hosts = ports.map((port) => textOf(fieldsOf(port), 'HostNetwork'));
  return [
    ...(PLAIN_MODES.includes(mode) ? [] : [`network ${mode}`]),
    ...[...new Set(hosts)]
      .filter((name) => name !== '' && name !== 'default')
      .map((name) => `host network ${name}`),
  ];
}

function oddResources(task: Fields): readonly string[] {
  const resources = fieldsOf(task['Resources']);
  const devices = listOf(resources['Devices'], 'Devices').map((device) => textOf(fieldsOf(device), 'Name'));
  return [
    ...devices.map((name) => `device ${name}`),
    ...(numberOf(resources, 'Cores') > 0 ? [`cores of task ${textOf(task, 'Name')}`] : []),
  ];
}
