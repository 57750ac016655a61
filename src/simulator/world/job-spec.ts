import {
  asArray,
  asBoolean,
  asNumber,
  asObject,
  asText,
  isObject,
  sortKeys,
  sortMembers,
  writeJson,
} from '../json-text.ts';
import { msOfDurationNs } from './time.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type {
  Constraint,
  GroupSpec,
  JobSpec,
  JobType,
  MigrateSpec,
  RescheduleSpec,
  RestartSpec,
  ScalingSpec,
  StaticPort,
  TaskSpec,
  UpdateSpec,
} from './job-types.ts';

/** Reads a canonical job. */
export function readJobSpec(canonical: JsonObject): JobSpec {
  const json = sortMembers(canonical);
  const type = jobTypeOf(asText(json['Type']));
  return {
    json,
    text: writeJson(json),
    id: asText(json['ID']),
    namespace: asText(json['Namespace'], 'default'),
    type,
    priority: asNumber(json['Priority'], 50),
    parentId: asText(json['ParentID']),
    datacenters: asArray(json['Datacenters']).map((name) => asText(name)),
    constraints: readConstraints(json['Constraints']),
    groups: asArray(json['TaskGroups']).map((group) => readGroup(asObject(group), json)),
    isPeriodic: isObject(json['Periodic']) && asBoolean(json['Periodic']['Enabled'], true),
    isParameterized: isObject(json['ParameterizedJob']) && !asBoolean(json['Dispatched']),
  };
}

function jobTypeOf(text: string): JobType {
  return text === 'batch' || text === 'system' ? text : 'service';
}

/** The spec with another count for one of its groups, everything else as it was. */
export function withCount(spec: JobSpec, group: string, count: number): JobSpec {
  const groups = asArray(spec.json['TaskGroups']).map((item) =>
    asText(asObject(item)['Name']) === group ? { ...asObject(item), Count: count } : item,
  );
  return readJobSpec({ ...spec.json, TaskGroups: groups });
}

function readConstraints(value: Json | undefined): readonly Constraint[] {
  return asArray(value).map((item) => {
    const constraint = asObject(item);
    return {
      leftTarget: asText(constraint['LTarget']),
      operand: asText(constraint['Operand']) || '=',
      rightTarget: asText(constraint['RTarget']),
    };
  });
}

function readGroup(group: JsonObject, job: JsonObject): GroupSpec {
  const tasks = asArray(group['Tasks']).map((task) => readTask(asObject(task)));
  return {
    name: asText(group['Name']),
    count: asNumber(group['Count'], 1),
    tasks,
    constraints: readConstraints(group['Constraints']),
    diskMb: asNumber(asObject(group['EphemeralDisk'])['SizeMB'], 300),
    cpuMhz: tasks.reduce((sum, task) => sum + task.cpuMhz, 0),
    memoryMb: tasks.reduce((sum, task) => sum + task.memoryMb, 0),
    staticPorts: readStaticPorts(group),
    needsDevice: taskResources(group).some((resources) => asArray(resources['Devices']).length > 0),
    needsHostVolume: Object.values(asObject(group['Volumes'])).some(
      (volume) => asText(asObject(volume)['Type']) === 'host',
    ),
    update: readUpdate(group['Update']),
    migrate: readMigrate(group['Migrate']),
    reschedule: readReschedule(group['ReschedulePolicy']),
    restart: readRestart(asObject(group['RestartPolicy'])),
    scaling: readScaling(group['Scaling']),
    fingerprint: fingerprintOf(group, job),
  };
}

function taskResources(group: JsonObject): readonly JsonObject[] {
  return asArray(group['Tasks']).map((task) => asObject(asObject(task)['Resources']));
}

function readStaticPorts(group: JsonObject): readonly StaticPort[] {
  const networks = [group, ...taskResources(group)].flatMap((part) => asArray(part['Networks']));
  return networks
    .flatMap((network) => asArray(asObject(network)['ReservedPorts']))
    .map((port) => ({ label: asText(asObject(port)['Label']), port: asNumber(asObject(port)['Value']) }))
    .filter(({ port }) => port > 0);
}

function readTask(task: JsonObject): TaskSpec {
  const resources = asObject(task['Resources']);
  const lifecycle = isObject(task['Lifecycle']) ? task['Lifecycle'] : null;
  return {
    name: asText(task['Name']),
    driver: asText(task['Driver']),
    cpuMhz: asNumber(resources['CPU'], 100),
    memoryMb: asNumber(resources['MemoryMB'], 300),
    killTimeoutMs: msOfDurationNs(asNumber(task['KillTimeout'], 5e9)),
    config: asObject(task['Config']),
    constraints: readConstraints(task['Constraints']),
    lifecycle: lifecycle && { hook: asText(lifecycle['Hook']), sidecar: asBoolean(lifecycle['Sidecar']) },
  };
}

function readUpdate(value: Json | undefined): UpdateSpec | null {
  if (!isObject(value) || asNumber(value['MaxParallel']) === 0) return null;
  return {
    healthCheck: asText(value['HealthCheck']),
    maxParallel: asNumber(value['MaxParallel']),
    minHealthyMs: msOfDurationNs(asNumber(value['MinHealthyTime'])),
    healthyDeadlineMs: msOfDurationNs(asNumber(value['HealthyDeadline'])),
    progressDeadlineMs: msOfDurationNs(asNumber(value['ProgressDeadline'])),
    autoRevert: asBoolean(value['AutoRevert']),
  };
}

function readMigrate(value: Json | undefined): MigrateSpec | null {
  if (!isObject(value)) return null;
  return {
    maxParallel: asNumber(value['MaxParallel'], 1),
    minHealthyMs: msOfDurationNs(asNumber(value['MinHealthyTime'])),
    healthyDeadlineMs: msOfDurationNs(asNumber(value['HealthyDeadline'])),
  };
}

function readReschedule(value: Json | undefined): RescheduleSpec | null {
  if (!isObject(value)) return null;
  return {
    attempts: asNumber(value['Attempts']),
    intervalMs: msOfDurationNs(asNumber(value['Interval'])),
    delayMs: msOfDurationNs(asNumber(value['Delay'])),
    delayFunction: asText(value['DelayFunction']),
    maxDelayMs: msOfDurationNs(asNumber(value['MaxDelay'])),
    unlimited: asBoolean(value['Unlimited']),
  };
}

function readRestart(value: JsonObject): RestartSpec {
  return {
    attempts: asNumber(value['Attempts']),
    intervalMs: msOfDurationNs(asNumber(value['Interval'])),
    delayMs: msOfDurationNs(asNumber(value['Delay'])),
    mode: asText(value['Mode'], 'fail'),
  };
}

function readScaling(value: Json | undefined): ScalingSpec | null {
  if (!isObject(value)) return null;
  return { id: asText(value['ID']), min: asNumber(value['Min']), max: asNumber(value['Max']) };
}

const TASK_PARTS = ['Artifacts', 'Config', 'Driver', 'Env', 'Templates', 'User', 'Vault'] as const;

/** What replaces running allocations when it changes: programs, their settings, meta, resources, placement. */
function fingerprintOf(group: JsonObject, job: JsonObject): string {
  const tasks = asArray(group['Tasks']).map((item) => {
    const task = asObject(item);
    const meta = { ...asObject(job['Meta']), ...asObject(group['Meta']), ...asObject(task['Meta']) };
    const resources = asObject(task['Resources']);
    const { CPU = null, MemoryMB = null, Devices = null, Networks = null } = resources;
    const parts = TASK_PARTS.map((key) => task[key] ?? null);
    return [task['Name'] ?? null, ...parts, meta, CPU, MemoryMB, Devices, Networks];
  });
  const placement = [
    job['Affinities'],
    group['Affinities'],
    job['Spreads'],
    group['Spreads'],
    group['Networks'],
  ];
  const rest = [group['EphemeralDisk'] ?? null, ...placement.map((part) => part ?? null)];
  return writeJson(sortKeys([tasks, rest]));
}
