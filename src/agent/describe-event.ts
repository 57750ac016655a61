import { describeDecision } from '../domain/decision/describe.ts';
import type { GroupDecision } from '../domain/decision/group-decision.ts';
import { faultLine } from '../domain/policy/group-policy.ts';
import type { AgentEvent } from './events.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

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
  'service-failed': (e) =>
    line('error', `client/${e.service}`, `${e.error.message}; nothing is scaled meanwhile, trying again`),
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
  'tick-failed': (e) => line('error', 'core/job_scaling', `${e.group}: ${e.error.message}`),
  'settings-changed': (e) =>
    line('info', 'command/agent', `configuration reloaded, changed: ${e.keys.join(', ') || 'nothing'}`),
};

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
