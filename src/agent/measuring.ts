import type { ResourceType } from '../domain/scaling-state.ts';
import type { Metrics, ObserveRequest } from '../ports/metrics.ts';
import type { AgentEvent, Emit } from './events.ts';
import { forgetDecisions, measureGroup, measurePool } from './measure-decisions.ts';

/** Keeps the figures up to date with what the agent tells. */
export function measureEvents(metrics: Metrics): Emit {
  return (event) => measureEvent(metrics, event);
}

/** Keeps the figures of requests. */
export function measureRequests(metrics: Metrics): ObserveRequest {
  return ({ api, call, outcome, tookMs }) => {
    metrics.add('api_requests_total', { api, call, outcome });
    if (call !== 'watch') metrics.observe('api_request_duration_seconds', { api, call }, tookMs / 1_000);
  };
}

function measureEvent(metrics: Metrics, event: AgentEvent): void {
  switch (event.kind) {
    case 'leading':
      return metrics.add('leadership_terms_total', {});
    case 'leadership-ended':
      return forgetDecisions(metrics);
    case 'decided':
      return measureGroup(metrics, event.group, event.decision);
    case 'pool-decided':
      return measurePool(metrics, event.pool, event.decision);
    case 'operation-ended': {
      const { group, outcome, operation } = event;
      return metrics.add('group_operations_total', { group, direction: operation.direction, outcome });
    }
    case 'pool-operation-failed': {
      const { direction } = event.operation;
      return metrics.add('pool_operations_total', { pool: event.pool, direction, outcome: 'failure' });
    }
    case 'pool-operation-ended': {
      const { pool, outcome, operation } = event;
      return metrics.add('pool_operations_total', { pool, direction: operation.direction, outcome });
    }
    case 'instance-terminated':
      return metrics.add('pool_terminations_total', { pool: event.pool });
    case 'policy-removed':
      return metrics.forget('group', event.group);
    case 'pool-removed':
      return metrics.forget('pool', event.pool);
    default:
      return measureProcess(metrics, event);
  }
}

/** What no resource is named with. */
function measureProcess(metrics: Metrics, event: AgentEvent): void {
  switch (event.kind) {
    case 'round-ended': {
      const type = typeOf(event.resource);
      if (type === undefined) return;
      metrics.observe('round_lateness_seconds', { type }, event.lateMs / 1_000);
      return metrics.observe('round_duration_seconds', { type }, event.tookMs / 1_000);
    }
    case 'round-failed': {
      const type = typeOf(event.resource);
      return type === undefined ? undefined : metrics.add('round_failures_total', { type });
    }
    case 'service-failed':
      return metrics.set('service_failing', { service: event.service }, 1);
    case 'service-recovered':
      return metrics.set('service_failing', { service: event.service }, 0);
    case 'notice-sent':
      return metrics.add('notices_total', { notifier: event.notifier, outcome: 'sent' });
    case 'notice-failed':
      return metrics.add('notices_total', { notifier: event.notifier, outcome: 'failed' });
    case 'notice-dropped':
      return metrics.add('notices_total', { notifier: event.notifier, outcome: 'dropped' });
    default:
  }
}

/** Rounds are told by name: `pool <name>`, or a group's id, which has no blank before its `/`. */
function typeOf(resource: string): ResourceType | undefined {
  if (resource.startsWith('pool ')) return 'worker_pool';
  return /^\S+\//.test(resource) ? 'job_group' : undefined;
}
