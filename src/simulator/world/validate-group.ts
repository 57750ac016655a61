import { asArray, asNumber, asObject, asText, isObject } from '../json-text.ts';
import { joinFaults } from './join-faults.ts';
import type { JsonObject } from '../json-text.ts';

const MIN_CPU_MHZ = 1;
const MIN_MEMORY_MB = 10;
const MIN_DISK_MB = 10;
const HEALTH_CHECKS = new Set(['checks', 'task_states', 'manual']);

/** What is wrong with a group of a canonical job, in the servers' order and words. */
export function groupFaults(group: JsonObject, type: string): readonly string[] {
  const name = asText(group['Name']);
  const tasks = asArray(group['Tasks']).map(asObject);
  const diskMb = asNumber(asObject(group['EphemeralDisk'])['SizeMB'], 300);
  const faults = [
    ...(name === '' ? ['Missing task group name'] : []),
    ...(asNumber(group['Count'], 1) < 0 ? ["Task group count can't be negative"] : []),
    ...(tasks.length === 0 ? ['Missing tasks for task group'] : []),
    ...(diskMb < MIN_DISK_MB ? [`minimum DiskMB value is ${MIN_DISK_MB}; got ${diskMb}`] : []),
    ...(isObject(group['Update']) ? updateFaults(group['Update'], type) : []),
    ...taskNameFaults(tasks),
    ...(isObject(group['Scaling']) ? scalingFaults(group, group['Scaling']) : []),
    ...tasks.flatMap((task) => taskFaults(task, diskMb)),
  ];
  return faults.length === 0 ? [] : [`Task group ${name} validation failed: ${joinFaults(faults)}`];
}

function updateFaults(update: JsonObject, type: string): readonly string[] {
  const healthy = asNumber(update['HealthyDeadline']);
  const progress = asNumber(update['ProgressDeadline']);
  const minimum = asNumber(update['MinHealthyTime']);
  const check = asText(update['HealthCheck']);
  const faults: string[] = [];
  if (!HEALTH_CHECKS.has(check)) faults.push(`Invalid health check given: ${JSON.stringify(check)}`);
  if (minimum >= healthy) {
    const times = `${goDuration(minimum)} > ${goDuration(healthy)}`;
    faults.push(`Minimum healthy time must be less than healthy deadline: ${times}`);
  }
  if (progress !== 0 && healthy >= progress) {
    const times = `${goDuration(healthy)} > ${goDuration(progress)}`;
    faults.push(`Healthy deadline must be less than progress deadline: ${times}`);
  }
  const refused = type === 'batch' ? [`Job type ${JSON.stringify(type)} does not allow update block`] : [];
  return faults.length === 0 ? refused : [...refused, joinFaults(faults)];
}

function taskNameFaults(tasks: readonly JsonObject[]): readonly string[] {
  const seen = new Map<string, number>();
  const faults: string[] = [];
  for (const [position, task] of tasks.entries()) {
    const name = asText(task['Name']);
    const earlier = seen.get(name);
    if (name === '') faults.push(`Task ${position + 1} missing name`);
    else if (earlier === undefined) seen.set(name, position);
    else faults.push(`Task ${position + 1} redefines '${name}' from task ${earlier + 1}`);
  }
  return faults;
}

function scalingFaults(group: JsonObject, scaling: JsonObject): readonly string[] {
  const min = asNumber(scaling['Min']);
  const max = asNumber(scaling['Max'], -1);
  const count = asNumber(group['Count'], 1);
  const faults: string[] = [];
  if (max < 0) faults.push('maximum count must be specified and non-negative');
  else if (max < min) faults.push('maximum count must not be less than minimum count');
  if (count > max) faults.push('task group count must not be greater than maximum count in scaling policy');
  if (count < min) faults.push('task group count must not be less than minimum count in scaling policy');
  if (faults.length === 0) return [];
  const named = faults.map((fault) => `Scaling policy invalid: ${fault}`);
  return [`Task group scaling policy validation failed: ${joinFaults(named)}`];
}

function taskFaults(task: JsonObject, diskMb: number): readonly string[] {
  const name = asText(task['Name']);
  const log = asObject(task['LogConfig']);
  const logMb = asNumber(log['MaxFiles'], 10) * asNumber(log['MaxFileSizeMB'], 10);
  const faults: string[] = [];
  if (name === '') faults.push('Missing task name');
  if (asText(task['Driver']) === '') faults.push('Missing task driver');
  faults.push(...resourceFaults(asObject(task['Resources'])));
  if (diskMb <= logMb) {
    faults.push(`log storage (${logMb} MB) must be less than requested disk capacity (${diskMb} MB)`);
  }
  return faults.length === 0 ? [] : [`Task ${name} validation failed: ${joinFaults(faults)}`];
}

function resourceFaults(resources: JsonObject): readonly string[] {
  const cpuMhz = asNumber(resources['CPU'], 100);
  const memoryMb = asNumber(resources['MemoryMB'], 300);
  const faults: string[] = [];
  if (cpuMhz < MIN_CPU_MHZ) faults.push(`minimum CPU value is ${MIN_CPU_MHZ}; got ${cpuMhz}`);
  if (memoryMb < MIN_MEMORY_MB) faults.push(`minimum MemoryMB value is ${MIN_MEMORY_MB}; got ${memoryMb}`);
  return faults.length === 0 ? [] : [joinFaults([joinFaults(faults)])];
}

/** A duration as Go prints it: whole units only, which is all that job files use. */
function goDuration(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds === 0) return '0s';
  if (seconds < 1) return `${seconds * 1000}ms`;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return minutes < 60 ? `${minutes}m${rest}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}s`;
}
