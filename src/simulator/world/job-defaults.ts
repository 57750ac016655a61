import type { Json, JsonObject } from '../json-text.ts';

const SECOND_NS = 1_000_000_000;

/** Fields that the servers keep themselves: what a client sends in them is not read. */
export const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'CreateIndex',
  'JobModifyIndex',
  'ModifyIndex',
  'Stable',
  'Status',
  'StatusDescription',
  'Stop',
  'SubmitTime',
  'Version',
]);

/** Fields of a job that are pushed into its groups and not kept. */
export const PUSHED_FIELDS: ReadonlySet<string> = new Set(['Migrate', 'Reschedule']);

export const JOB_DEFAULTS: JsonObject = {
  Affinities: null,
  AllAtOnce: false,
  Constraints: null,
  ConsulToken: '',
  Datacenters: null,
  Dispatched: false,
  ID: '',
  Meta: null,
  Multiregion: null,
  Name: '',
  Namespace: 'default',
  NomadTokenID: '',
  ParameterizedJob: null,
  ParentID: '',
  Payload: null,
  Periodic: null,
  Priority: 50,
  Region: 'global',
  Spreads: null,
  TaskGroups: null,
  Type: 'service',
  VaultNamespace: '',
  VaultToken: '',
};

export const GROUP_DEFAULTS: JsonObject = {
  Affinities: null,
  Constraints: null,
  Meta: null,
  Name: '',
  Networks: null,
  Services: null,
  ShutdownDelay: null,
  Spreads: null,
  StopAfterClientDisconnect: null,
  Tasks: null,
  Volumes: null,
};

export const TASK_DEFAULTS: JsonObject = {
  Affinities: null,
  Artifacts: null,
  CSIPluginConfig: null,
  Config: null,
  Constraints: null,
  DispatchPayload: null,
  Driver: '',
  Env: null,
  KillSignal: '',
  KillTimeout: 5 * SECOND_NS,
  Kind: '',
  Leader: false,
  Lifecycle: null,
  Meta: null,
  Name: '',
  ScalingPolicies: null,
  Services: null,
  ShutdownDelay: 0,
  Templates: null,
  User: '',
  Vault: null,
  VolumeMounts: null,
};

export const DISK_DEFAULTS: JsonObject = { Migrate: false, SizeMB: 300, Sticky: false };
export const LOG_DEFAULTS: JsonObject = { MaxFileSizeMB: 10, MaxFiles: 10 };
export const RESOURCE_DEFAULTS: JsonObject = {
  CPU: 100,
  Devices: null,
  DiskMB: 0,
  IOPS: 0,
  MemoryMB: 300,
  Networks: null,
};

export const UPDATE_DEFAULTS: JsonObject = {
  AutoPromote: false,
  AutoRevert: false,
  Canary: 0,
  HealthCheck: 'checks',
  HealthyDeadline: 300 * SECOND_NS,
  MaxParallel: 1,
  MinHealthyTime: 10 * SECOND_NS,
  ProgressDeadline: 600 * SECOND_NS,
  Stagger: 30 * SECOND_NS,
};

/** What a job keeps of its own update block: the rest has been pushed into the groups. */
export const EMPTY_UPDATE: JsonObject = {
  AutoPromote: false,
  AutoRevert: false,
  Canary: 0,
  HealthCheck: '',
  HealthyDeadline: 0,
  MaxParallel: 0,
  MinHealthyTime: 0,
  ProgressDeadline: 0,
  Stagger: 0,
};

export const MIGRATE_DEFAULTS: JsonObject = {
  HealthCheck: 'checks',
  HealthyDeadline: 300 * SECOND_NS,
  MaxParallel: 1,
  MinHealthyTime: 10 * SECOND_NS,
};

const SERVICE_RESCHEDULE: JsonObject = {
  Attempts: 0,
  Delay: 30 * SECOND_NS,
  DelayFunction: 'exponential',
  Interval: 0,
  MaxDelay: 3600 * SECOND_NS,
  Unlimited: true,
};

const BATCH_RESCHEDULE: JsonObject = {
  Attempts: 1,
  Delay: 5 * SECOND_NS,
  DelayFunction: 'constant',
  Interval: 86_400 * SECOND_NS,
  MaxDelay: 0,
  Unlimited: false,
};

const SERVICE_RESTART: JsonObject = {
  Attempts: 2,
  Delay: 15 * SECOND_NS,
  Interval: 1800 * SECOND_NS,
  Mode: 'fail',
};

const BATCH_RESTART: JsonObject = {
  Attempts: 3,
  Delay: 15 * SECOND_NS,
  Interval: 86_400 * SECOND_NS,
  Mode: 'fail',
};

/** The reschedule policy of a job type; system jobs have none. */
export function rescheduleDefaults(type: string): JsonObject | null {
  if (type === 'system') return null;
  return type === 'batch' ? BATCH_RESCHEDULE : SERVICE_RESCHEDULE;
}

export function restartDefaults(type: string): JsonObject {
  return type === 'batch' ? BATCH_RESTART : SERVICE_RESTART;
}

/** The defaults overlaid with what is set in the object; unknown fields of it are kept. */
export function overlay(defaults: JsonObject, given: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...defaults };
  for (const [key, value] of Object.entries(given)) {
    if (value !== null || !(key in defaults))
      result[key] = defaults[key] === null ? nullIfEmpty(value) : value;
  }
  return result;
}

function nullIfEmpty(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  return Object.keys(value).length === 0 ? null : value;
}
