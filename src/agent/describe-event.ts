import { describeDecision } from '../domain/decision/describe.ts';
import type { GroupDecision } from '../domain/decision/group-decision.ts';
import { faultLine } from '../domain/policy/group-policy.ts';
import { describePoolDecision } from '../domain/decision/describe-pool.ts';
import type { PoolDecision, PoolReason } from '../domain/decision/pool-judgement.ts';
import type { AgentEvent } from './events.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** One event as one line: level, origin (the Go releases' names where there is one) and sentence. */
export interface EventLine {
  readonly level: LogLevel;
  readonly origin: string;
  readonly message: string;
  /** The event's figures for JSON logs. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type OfKind<K extends AgentEvent['kind']> = Extract<AgentEvent, { readonly kind: K }>;

type Describers = { readonly [K in AgentEvent['kind']]: (event: OfKind<K>) => Omit<EventLine, 'fields'> };

const line = (level: LogLevel, origin: string, message: string): Omit<EventLine, 'fields'> => ({
  level,
  origin,
  message,
});

/** One row an event: nothing is logged anywhere else. */
const DESCRIBE: Describers = {
  'session-opened': (e) => line('debug', 'client/consul', `opened the session ${e.session}`),
  'session-lost': (e) => line('warn', 'client/consul', `lost the session ${e.session}: ${e.why}`),
  leading: (e) =>
    line('info', 'core/leader', `leadership lock obtained at ${e.lockKey}, session ${e.session}`),
  'leadership-ended': (e) => line('warn', 'core/leader', `no longer leading at ${e.lockKey}: ${e.why}`),
  'lock-taken': (e) => line('info', 'core/group', `${e.role} lock obtained at ${e.lockKey}`),
  'lock-left': (e) => line('info', 'core/group', `${e.role} lock at ${e.lockKey} given up: ${e.why}`),
  'group-joined': (e) => line('info', 'core/group', `joined the group ${e.group} as ${e.id}`),
  'group-barred': (e) => line('warn', 'core/group', `acts on nothing: ${e.why}`),
  'group-config-refused': (e) =>
    line(
      'error',
      'core/group',
      `${e.key}: refused, the last good one stays in force: ${e.faults.join('; ')}`,
    ),
  'partitions-assigned': (e) =>
    line(
      'info',
      'core/group',
      `moved ${e.moved} partitions; members: ${e.members.join(', ') || 'none is ready'}`,
    ),
  'standing-barred': (e) => line('warn', 'core/leader', `does not stand for election: ${e.why}`),
  'service-failed': (e) =>
    line('error', `client/${e.service}`, `${e.error.message}; ${effectOf(e)}, trying again`),
  'service-recovered': (e) => line('info', `client/${e.service}`, `${e.service} answers again`),
  'policy-added': (e) => line('info', 'client/job_scaling_policies', `added new policy for ${e.group}`),
  'policy-changed': (e) =>
    line('info', 'client/job_scaling_policies', `the policy of ${e.group} has changed`),
  'policy-removed': (e) => line('info', 'client/job_scaling_policies', `removed the policy of ${e.group}`),
  'policy-invalid': (e) =>
    line(
      'error',
      'client/job_scaling_policies',
      `job ${e.job} and group ${e.group} are not scaled until the job's meta is mended: ${faultLine(e.faults)}`,
    ),
  decided: (e) =>
    line(levelOf(e.decision, e.before), 'core/job_scaling', `${e.group}: ${describeDecision(e.decision)}`),
  'operation-accepted': (e) =>
    line(
      'info',
      'client/job_scaling',
      `${e.group}: Nomad accepted the count ${e.operation.to} (evaluation ${e.evaluationId})`,
    ),
  'operation-stepped': (e) => line('info', 'client/job_scaling', `${e.group}: ${e.text}`),
  'operation-ended': (e) =>
    line(
      e.outcome === 'failure' ? 'error' : 'info',
      'client/job_scaling',
      `${e.group}: scale ${e.operation.direction} from ${e.operation.from} to ${e.operation.to} ended, ` +
        `${e.outcome}: ${e.why}${e.failures > 0 ? ` (failures: ${e.failures})` : ''}`,
    ),
  'failsafe-tripped': (e) =>
    line(
      'warn',
      'core/failsafe',
      `${e.group}: failsafe is set after ${e.failures} failures; nothing is scaled until an operator resets it`,
    ),
  'state-unreadable': (e) =>
    line(
      'error',
      'client/state',
      `${e.group}: ${e.key} cannot be read (${e.fault}); it is not scaled until the key is mended or deleted`,
    ),
  'state-deleted': (e) =>
    line('info', 'client/state', `${e.group}: state deleted, the job has been gone for 24 h`),
  'round-failed': (e) =>
    line('error', 'core/scaling', `${e.resource} is left alone, its round failed: ${e.error.message}`),
  'round-recovered': (e) => line('info', 'core/scaling', `${e.resource} is evaluated again`),
  'round-ended': (e) =>
    line('trace', 'core/scaling', `${e.resource}: round ended, ${e.lateMs} ms late, took ${e.tookMs} ms`),
  'pool-added': (e) => line('info', 'client/node_discovery', `added the worker pool ${e.pool}`),
  'pool-changed': (e) => line('info', 'client/node_discovery', `the policy of pool ${e.pool} has changed`),
  'pool-removed': (e) => line('info', 'client/node_discovery', `the worker pool ${e.pool} is gone`),
  'pool-noticed': (e) => line('warn', 'core/cluster_scaling', `${e.pool}: ${e.text}`),
  'pool-decided': (e) =>
    line(
      poolLevelOf(e.decision, e.before),
      'core/cluster_scaling',
      `${e.pool}: ${describePoolDecision(e.decision)}`,
    ),
  'pool-operation-begun': (e) =>
    line('debug', 'core/cluster_scaling', `${e.pool}: scale ${e.operation.direction} is recorded`),
  'pool-operation-stepped': (e) =>
    line('info', 'core/cluster_scaling', `${e.pool}: scale ${e.operation.direction}: ${e.text}`),
  'pool-operation-failed': (e) =>
    line(
      'error',
      'core/cluster_scaling',
      `${e.pool}: scale ${e.operation.direction}: ${e.why} (failures: ${e.failures})`,
    ),
  'pool-operation-ended': (e) =>
    line(
      e.outcome === 'failure' ? 'error' : 'info',
      'core/cluster_scaling',
      `${e.pool}: scale ${e.operation.direction} ended, ${e.outcome}: ${e.why}` +
        (e.failures > 0 ? ` (failures: ${e.failures})` : ''),
    ),
  'instance-terminated': (e) =>
    line('info', 'cloud/aws', `${e.pool}: the instance ${e.instanceId} is being terminated`),
  'pool-failsafe-tripped': (e) =>
    line(
      'warn',
      'core/failsafe',
      `${e.pool}: failsafe is set (${e.why}; failures: ${e.failures}); the pool is not scaled until an operator resets it`,
    ),
  'pool-unreadable': (e) =>
    line(
      'error',
      'client/state',
      `${e.pool}: ${e.key} cannot be read (${e.fault}); the pool is not scaled until the key is mended or deleted`,
    ),
  'flag-changed': (e) =>
    line(
      'warn',
      'core/failsafe',
      `${FLAG_TEXT[e.flag]} is ${e.set ? 'set' : 'reset'} for everything by ${e.by || 'somebody'}` +
        (e.reason === '' ? '' : `: ${e.reason}`),
    ),
  'notice-sent': (e) =>
    line('info', `notifier/${e.notifier}`, `told (${e.notice.kind}): ${e.notice.description}`),
  'notice-delayed': (e) =>
    line('warn', `notifier/${e.notifier}`, `${e.error.message}; trying again, scaling goes on`),
  'notice-failed': (e) =>
    line(
      'error',
      `notifier/${e.notifier}`,
      `given up (${e.notice.kind}): ${e.notice.description}: ${e.error.message}`,
    ),
  'notice-dropped': (e) =>
    line(
      'error',
      `notifier/${e.notifier}`,
      `too many wait, dropped (${e.notice.kind}): ${e.notice.description}`,
    ),
  'telemetry-failed': (e) => line('warn', 'client/telemetry', e.error.message),
  'settings-changed': (e) =>
    line('info', 'command/agent', `configuration reloaded, changed: ${e.keys.join(', ') || 'nothing'}`),
};

/** What does not go on while a service fails at something. */
function effectOf({ service, what }: OfKind<'service-failed'>): string {
  if (service === 'nomad' && /^nodes?\b/.test(what)) return 'no worker pool is scaled meanwhile';
  const isAll = service === 'consul' || (service === 'nomad' && ['jobs', 'allocations'].includes(what));
  return isAll ? 'nothing is scaled meanwhile' : 'what needs it is not scaled meanwhile';
}

/** A change is news, and so is a hold that somebody has to mend, when it begins. */
function poolLevelOf(decision: PoolDecision, before: PoolReason | undefined): LogLevel {
  if (decision.verdict.kind !== 'hold') return 'info';
  const { reason } = decision.verdict;
  if (reason === before) return 'debug';
  return NEEDS_MENDING.includes(reason) ? 'warn' : 'debug';
}

const NEEDS_MENDING: readonly PoolReason[] = [
  'policy',
  'placement',
  'protected',
  'unknown-instance',
  'unidentified-node',
];

const FLAG_TEXT = { failsafe: 'failsafe', paused: 'a pause' } as const;

/** The line an event becomes. */
export function describeEvent(event: AgentEvent): EventLine {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the row is the event's own kind
  const describe = DESCRIBE[event.kind] as (one: AgentEvent) => Omit<EventLine, 'fields'>;
  return { ...describe(event), fields: fieldsOf(event) };
}

/**
 * A change is news; a hold is not, but for the loss of a group's measurement and its end. (Without numbers
 * the lists themselves are not heard, which is told once for all groups.)
 */
function levelOf(decision: GroupDecision, before: string | undefined): LogLevel {
  if (decision.verdict.kind === 'scale') return 'info';
  const isNews = (decision.verdict.reason === 'no-metrics') !== (before === 'no-metrics');
  if (!isNews) return 'debug';
  if (before === 'no-metrics') return 'info';
  return decision.numbers ? 'warn' : 'debug';
}

function fieldsOf(event: AgentEvent): Record<string, unknown> {
  const { kind, ...rest } = event;
  if ('error' in rest) return { event: kind, ...rest, error: rest.error.message };
  return { event: kind, ...rest };
}
