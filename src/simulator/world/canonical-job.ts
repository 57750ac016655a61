import { asArray, asNumber, asObject, asText, isObject } from '../json-text.ts';
import {
  DISK_DEFAULTS,
  EMPTY_UPDATE,
  GROUP_DEFAULTS,
  JOB_DEFAULTS,
  LOG_DEFAULTS,
  MIGRATE_DEFAULTS,
  overlay,
  PUSHED_FIELDS,
  rescheduleDefaults,
  RESOURCE_DEFAULTS,
  restartDefaults,
  SERVER_FIELDS,
  TASK_DEFAULTS,
  UPDATE_DEFAULTS,
} from './job-defaults.ts';
import type { Json, JsonObject } from '../json-text.ts';

/** A job as sent, with the defaults that the servers fill in; fields that they do not know are kept. */
export function canonicalJob(sent: JsonObject): JsonObject {
  const known = Object.fromEntries(
    Object.entries(sent).filter(([key]) => !SERVER_FIELDS.has(key) && !PUSHED_FIELDS.has(key)),
  );
  const job = overlay(JOB_DEFAULTS, known);
  const type = asText(job['Type'], 'service');
  return {
    ...job,
    Name: asText(job['Name']) || asText(job['ID']),
    Periodic: isObject(sent['Periodic']) ? canonicalPeriodic(sent['Periodic']) : null,
    ParameterizedJob: isObject(sent['ParameterizedJob'])
      ? canonicalParameters(sent['ParameterizedJob'])
      : null,
    TaskGroups: canonicalGroups(sent, type),
    Update: jobUpdate(sent, type),
  };
}

function canonicalGroups(sent: JsonObject, type: string): Json {
  const groups = asArray(sent['TaskGroups']);
  return groups.length === 0 ? null : groups.map((group) => canonicalGroup(asObject(group), sent, type));
}

function canonicalPeriodic(sent: JsonObject): JsonObject {
  const defaults = { Enabled: true, ProhibitOverlap: false, Spec: '', SpecType: 'cron', TimeZone: 'UTC' };
  return overlay(defaults, sent);
}

function canonicalParameters(sent: JsonObject): JsonObject {
  return overlay({ MetaOptional: null, MetaRequired: null, Payload: 'optional' }, sent);
}

function jobUpdate(sent: JsonObject, type: string): JsonObject {
  const update = isObject(sent['Update']) ? overlay(UPDATE_DEFAULTS, sent['Update']) : null;
  const effective = update ?? (type === 'service' ? UPDATE_DEFAULTS : null);
  if (!effective || asNumber(effective['MaxParallel']) === 0) return EMPTY_UPDATE;
  return {
    ...EMPTY_UPDATE,
    MaxParallel: effective['MaxParallel'] ?? 1,
    Stagger: effective['Stagger'] ?? 0,
  };
}

function isEmptyUpdate(update: JsonObject): boolean {
  return Object.keys(UPDATE_DEFAULTS).every((key) => !update[key]);
}

function groupUpdate(group: JsonObject, job: JsonObject, type: string): JsonObject | null {
  const given = isObject(job['Update']) ? overlay(UPDATE_DEFAULTS, job['Update']) : null;
  const ofJob = given ?? (type === 'service' ? UPDATE_DEFAULTS : null);
  const ofGroup = isObject(group['Update']) ? group['Update'] : null;
  if (ofGroup) return overlay(ofJob ?? UPDATE_DEFAULTS, ofGroup);
  return ofJob && !isEmptyUpdate(ofJob) ? ofJob : null;
}

function policyOf(defaults: JsonObject | null, job: Json | undefined, group: Json | undefined): Json {
  const hasOwn = isObject(job) || isObject(group);
  if (!defaults && !hasOwn) return null;
  return overlay(overlay(defaults ?? {}, asObject(job)), asObject(group));
}

function canonicalGroup(group: JsonObject, job: JsonObject, type: string): JsonObject {
  const scaling = isObject(group['Scaling']) ? group['Scaling'] : null;
  const count = group['Count'] ?? scaling?.['Min'] ?? 1;
  const restart = overlay(restartDefaults(type), asObject(group['RestartPolicy']));
  const migrate = type === 'service' ? MIGRATE_DEFAULTS : null;
  const tasks = asArray(group['Tasks']);
  return {
    ...overlay(GROUP_DEFAULTS, group),
    Count: count,
    EphemeralDisk: overlay(DISK_DEFAULTS, asObject(group['EphemeralDisk'])),
    Migrate: policyOf(migrate, job['Migrate'], group['Migrate']),
    ReschedulePolicy: policyOf(rescheduleDefaults(type), job['Reschedule'], group['ReschedulePolicy']),
    RestartPolicy: restart,
    Scaling: scaling && canonicalScaling(scaling, count),
    Tasks: tasks.length === 0 ? null : tasks.map((task) => canonicalTask(asObject(task), restart)),
    Update: groupUpdate(group, job, type),
  };
}

/** The scaling block without the ids and indexes that the servers add when they keep it. */
function canonicalScaling(scaling: JsonObject, count: Json): JsonObject {
  const defaults = {
    CreateIndex: 0,
    Enabled: true,
    ID: '',
    Max: -1,
    Min: count,
    ModifyIndex: 0,
    Policy: null,
    Target: null,
    Type: 'horizontal',
  };
  const given = overlay(defaults, scaling);
  return {
    ...given,
    CreateIndex: 0,
    ModifyIndex: 0,
    Policy: scaling['Policy'] ?? null,
    Type: asText(given['Type']) || 'horizontal',
  };
}

function canonicalTask(task: JsonObject, restart: JsonObject): JsonObject {
  return {
    ...overlay(TASK_DEFAULTS, task),
    LogConfig: overlay(LOG_DEFAULTS, asObject(task['LogConfig'])),
    Resources: overlay(RESOURCE_DEFAULTS, asObject(task['Resources'])),
    RestartPolicy: overlay(restart, asObject(task['RestartPolicy'])),
  };
}
