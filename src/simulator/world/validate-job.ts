import { asArray, asNumber, asObject, asText, isObject } from '../json-text.ts';
import type { JsonObject } from '../json-text.ts';

const TYPES = new Set(['service', 'batch', 'system']);
const MIN_CPU_MHZ = 1;
const MIN_MEMORY_MB = 10;

/** Faults joined as the servers join them. */
export function joinFaults(faults: readonly string[]): string {
  const title = faults.length === 1 ? '1 error occurred:' : `${faults.length} errors occurred:`;
  return `${title}\n${faults.map((fault) => `\t* ${fault}`).join('\n')}\n\n`;
}

/** What is wrong with a canonical job, in the servers' order and words; empty when it is valid. */
export function validateJob(job: JsonObject): readonly string[] {
  const type = asText(job['Type']);
  const groups = asArray(job['TaskGroups']).map(asObject);
  return [
    ...identityFaults(job),
    ...(TYPES.has(type) ? [] : [`Invalid job type: ${JSON.stringify(type)}`]),
    ...priorityFaults(asNumber(job['Priority'], 50)),
    ...datacenterFaults(job),
    ...(groups.length === 0 ? ['Missing job task groups'] : []),
    ...groupNameFaults(groups, type),
    ...groups.flatMap((group) => groupFaults(group, type)),
    ...(isObject(job['Periodic']) && type !== 'batch'
      ? ['Periodic can only be used with "batch" scheduler']
      : []),
  ];
}

function identityFaults(job: JsonObject): readonly string[] {
  const id = asText(job['ID']);
  if (id === '') return ['Missing job ID', 'Missing job name'];
  return id.includes(' ') ? ['Job ID contains a space'] : [];
}

function priorityFaults(priority: number): readonly string[] {
  return priority < 1 || priority > 100 ? ['Job priority must be between [1, 100]'] : [];
}

function datacenterFaults(job: JsonObject): readonly string[] {
  const names = asArray(job['Datacenters']);
  if (names.length === 0) return ['Missing job datacenters'];
  return names.filter((name) => name === '').map(() => 'Job datacenter must be non-empty string');
}

function groupNameFaults(groups: readonly JsonObject[], type: string): readonly string[] {
  const seen = new Map<string, number>();
  const faults: string[] = [];
  for (const [position, group] of groups.entries()) {
    const name = asText(group['Name']);
    const earlier = seen.get(name);
    if (name === '') faults.push(`Job task group ${position + 1} missing name`);
    else if (earlier !== undefined) {
      faults.push(`Job task group ${position + 1} redefines '${name}' from group ${earlier + 1}`);
    } else seen.set(name, position);
    const count = asNumber(group['Count'], 1);
    if (type === 'system' && count > 1) {
      faults.push(`Job task group ${name} has count ${count}. Count cannot exceed 1 with system scheduler`);
    }
  }
  return faults;
}

function groupFaults(group: JsonObject, type: string): readonly string[] {
  const name = asText(group['Name']);
  const tasks = asArray(group['Tasks']).map(asObject);
  const faults = [
    ...(name === '' ? ['Missing task group name'] : []),
    ...(asNumber(group['Count'], 1) < 0 ? ["Task group count can't be negative"] : []),
    ...(tasks.length === 0 ? ['Missing tasks for task group'] : []),
    ...(isObject(group['Update']) ? updateFaults(group['Update'], type) : []),
    ...(isObject(group['Scaling']) ? scalingFaults(group, group['Scaling']) : []),
    ...tasks.flatMap((task) => taskFaults(task, group)),
  ];
  return faults.length === 0 ? [] : [`Task group ${name} validation failed: ${joinFaults(faults)}`];
}

function updateFaults(update: JsonObject, type: string): readonly string[] {
  if (type === 'batch') return [`Job type ${JSON.stringify(type)} does not allow update block`];
  const healthy = asNumber(update['HealthyDeadline']);
  const progress = asNumber(update['ProgressDeadline']);
  const minimum = asNumber(update['MinHealthyTime']);
  const faults: string[] = [];
  if (minimum >= healthy) {
    faults.push(
      `Minimum healthy time must be less than healthy deadline: ${goDuration(minimum)} > ${goDuration(healthy)}`,
    );
  }
  if (progress !== 0 && healthy >= progress) {
    faults.push(
      `Healthy deadline must be less than progress deadline: ${goDuration(healthy)} > ${goDuration(progress)}`,
    );
  }
  return faults.length === 0 ? [] : [joinFaults(faults)];
}

function scalingFaults(group: JsonObject, scaling: JsonObject): readonly string[] {
  const min = asNumber(scaling['Min']);
  const max = asNumber(scaling['Max'], -1);
  const count = asNumber(group['Count'], 1);
  const faults: string[] = [];
  if (max < 0) faults.push('maximum count must be specified and non-negative');
  else if (max < min) faults.push('maximum count must not be less than minimum count');
  else if (count > max) {
    faults.push('task group count must not be greater than maximum count in scaling policy');
  }
  if (count < min) faults.push('task group count must not be less than minimum count in scaling policy');
  return faults.length === 0 ? [] : [`Task group scaling policy validation failed: ${joinFaults(faults)}`];
}

function taskFaults(task: JsonObject, group: JsonObject): readonly string[] {
  const name = asText(task['Name']);
  const resources = asObject(task['Resources']);
  const cpuMhz = asNumber(resources['CPU'], 100);
  const memoryMb = asNumber(resources['MemoryMB'], 300);
  const log = asObject(task['LogConfig']);
  const logMb = asNumber(log['MaxFiles'], 10) * asNumber(log['MaxFileSizeMB'], 10);
  const diskMb = asNumber(asObject(group['EphemeralDisk'])['SizeMB'], 300);
  const faults: string[] = [];
  if (name === '') faults.push('Missing task name');
  if (asText(task['Driver']) === '') faults.push('Missing task driver');
  if (cpuMhz < MIN_CPU_MHZ) faults.push(`minimum CPU value is ${MIN_CPU_MHZ}; got ${cpuMhz}`);
  if (memoryMb < MIN_MEMORY_MB) faults.push(`minimum MemoryMB value is ${MIN_MEMORY_MB}; got ${memoryMb}`);
  if (diskMb <= logMb) {
    faults.push(`log storage (${logMb} MB) must be less than requested disk capacity (${diskMb} MB)`);
  }
  return faults.length === 0 ? [] : [`Task ${name} validation failed: ${joinFaults(faults)}`];
}

/** A duration as Go prints it: whole units only, which is all that job files use. */
function goDuration(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds === 0) return '0s';
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return minutes < 60 ? `${minutes}m${rest}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}s`;
}
