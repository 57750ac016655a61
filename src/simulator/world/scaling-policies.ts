import { asArray, asObject, asText, isObject, writeJson } from '../json-text.ts';
import { readJobSpec } from './job-spec.ts';
import type { Json, JsonObject } from '../json-text.ts';
import type { Job, JobSpec } from './job-types.ts';

function mapScaling(spec: JobSpec, change: (scaling: JsonObject, group: string) => Json): JobSpec {
  if (!spec.groups.some((group) => group.scaling)) return spec;
  const groups = asArray(spec.json['TaskGroups']).map((item) => {
    const group = asObject(item);
    const scaling = group['Scaling'];
    return isObject(scaling) ? { ...group, Scaling: change(scaling, asText(group['Name'])) } : group;
  });
  return readJobSpec({ ...spec.json, TaskGroups: groups });
}

function scalingOf(job: Job | undefined, group: string): JsonObject | undefined {
  const found = asArray(job?.spec.json['TaskGroups']).find(
    (item) => asText(asObject(item)['Name']) === group,
  );
  const scaling = asObject(found)['Scaling'];
  return isObject(scaling) ? scaling : undefined;
}

/** The job with the ids and targets that the servers give to scaling blocks: kept, or new. */
export function withPolicyIds(spec: JobSpec, existing: Job | undefined, newId: () => string): JobSpec {
  return mapScaling(spec, (scaling, group) => ({
    ...scaling,
    ID: asText(scalingOf(existing, group)?.['ID']) || newId(),
    Target: { Group: group, Job: spec.id, Namespace: spec.namespace },
  }));
}

const POLICY_FIELDS = ['Enabled', 'ID', 'Max', 'Min', 'Policy', 'Target', 'Type'] as const;

function policyText(scaling: JsonObject): string {
  return writeJson(POLICY_FIELDS.map((key) => scaling[key] ?? null));
}

/** New and changed scaling blocks carry the index at which they were written; others do not. */
export function withPolicyIndexes(spec: JobSpec, existing: Job | undefined, index: number): JobSpec {
  return mapScaling(spec, (scaling, group) => {
    const before = scalingOf(existing, group);
    if (before && policyText(before) === policyText(scaling)) return scaling;
    const created = before?.['CreateIndex'];
    return { ...scaling, CreateIndex: created ?? index, ModifyIndex: index };
  });
}
