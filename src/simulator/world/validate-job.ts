import { asArray, asNumber, asObject, asText, isObject } from '../json-text.ts';
import { groupFaults } from './validate-group.ts';
import type { JsonObject } from '../json-text.ts';

const TYPES = new Set(['service', 'batch', 'system']);

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
