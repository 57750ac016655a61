/** A metric as Prometheus reads it, without the prefix `replicator_`. */
export interface MetricRow {
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** One sentence, without a full stop. */
  readonly meaning: string;
}

const ROUND_BUCKETS = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60] as const;
const CALL_BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30] as const;

/**
 * THE table of metrics: the endpoint, the documentation and the tests of dashboard and alerts read it. Labels `group`
 * and `pool` name resources that have a policy just now; all others have closed lists of values.
 */
export const METRICS = [
  {
    name: 'leader',
    kind: 'gauge',
    labels: [],
    meaning: '1 while this agent holds the leadership lock, else 0',
  },
  {
    name: 'lease_left_seconds',
    kind: 'gauge',
    labels: [],
    meaning: 'how long the lease of this agent still lasts; absent while it does not lead',
  },
  {
    name: 'leadership_terms_total',
    kind: 'counter',
    labels: [],
    meaning: 'how often this agent has obtained the lock',
  },
  {
    name: 'failsafe',
    kind: 'gauge',
    labels: [],
    meaning: '1 while failsafe is set for everything, else 0',
  },
  { name: 'paused', kind: 'gauge', labels: [], meaning: '1 while scaling is paused, else 0' },
  {
    name: 'group_desired',
    kind: 'gauge',
    labels: ['group'],
    meaning: "the group's count in the job, the base of every decision",
  },
  {
    name: 'group_running',
    kind: 'gauge',
    labels: ['group'],
    meaning: 'running allocations of the group',
  },
  {
    name: 'group_measured',
    kind: 'gauge',
    labels: ['group'],
    meaning: 'running allocations whose usage is known',
  },
  { name: 'group_min', kind: 'gauge', labels: ['group'], meaning: 'lowest count of the policy' },
  { name: 'group_max', kind: 'gauge', labels: ['group'], meaning: 'highest count of the policy' },
  {
    name: 'group_used_percent',
    kind: 'gauge',
    labels: ['group', 'metric'],
    meaning: 'the value that was judged, `cpu` or `mem`; absent while it is not known',
  },
  {
    name: 'group_threshold_percent',
    kind: 'gauge',
    labels: ['group', 'metric', 'side'],
    meaning: 'the thresholds of the policy, side `in` or `out`',
  },
  {
    name: 'group_failures',
    kind: 'gauge',
    labels: ['group'],
    meaning: 'operations of the group that have failed since the last success',
  },
  {
    name: 'group_failsafe',
    kind: 'gauge',
    labels: ['group'],
    meaning: '1 while failsafe is set for the group, else 0',
  },
  {
    name: 'group_decisions_total',
    kind: 'counter',
    labels: ['group', 'reason'],
    meaning: 'decisions by reason: one a round',
  },
  {
    name: 'group_operations_total',
    kind: 'counter',
    labels: ['group', 'direction', 'outcome'],
    meaning: 'operations that ended, outcome `success`, `failure`, `dropped` or `no-room`',
  },
  {
    name: 'pool_desired',
    kind: 'gauge',
    labels: ['pool'],
    meaning: 'desired capacity of the Auto Scaling group',
  },
  { name: 'pool_nodes', kind: 'gauge', labels: ['pool'], meaning: 'ready nodes of the pool' },
  {
    name: 'pool_min',
    kind: 'gauge',
    labels: ['pool'],
    meaning: "lowest size, the tighter of the Auto Scaling group's and the policy's",
  },
  {
    name: 'pool_max',
    kind: 'gauge',
    labels: ['pool'],
    meaning: "highest size, the tighter of the Auto Scaling group's and the policy's",
  },
  {
    name: 'pool_used_percent',
    kind: 'gauge',
    labels: ['pool', 'metric'],
    meaning: 'share of the capacity in use, `cpu`, `memory` or `disk`',
  },
  {
    name: 'pool_max_allowed_percent',
    kind: 'gauge',
    labels: ['pool'],
    meaning: 'share of the capacity that may be in use in the scaling metric; above it the pool grows',
  },
  {
    name: 'pool_pending_allocations',
    kind: 'gauge',
    labels: ['pool'],
    meaning: 'allocations waiting for room that new nodes of this pool would hold',
  },
  {
    name: 'pool_lost_instances',
    kind: 'gauge',
    labels: ['pool'],
    meaning: 'instances older than 8 min that have not joined as a node',
  },
  {
    name: 'pool_failures',
    kind: 'gauge',
    labels: ['pool'],
    meaning: 'failures of the pool since the last success',
  },
  {
    name: 'pool_failsafe',
    kind: 'gauge',
    labels: ['pool'],
    meaning: '1 while failsafe is set for the pool, else 0',
  },
  {
    name: 'pool_decisions_total',
    kind: 'counter',
    labels: ['pool', 'reason'],
    meaning: 'decisions by reason: one a round',
  },
  {
    name: 'pool_operations_total',
    kind: 'counter',
    labels: ['pool', 'direction', 'outcome'],
    meaning:
      'operations that ended, outcome `success`, `failure` or `dropped`; and failures on the way, `failure` too',
  },
  {
    name: 'pool_terminations_total',
    kind: 'counter',
    labels: ['pool'],
    meaning: 'instances that were terminated',
  },
  {
    name: 'operations',
    kind: 'gauge',
    labels: ['type', 'phase'],
    meaning: 'operations under way, type `job_group` or `worker_pool`; absent where there is none',
  },
  {
    name: 'round_lateness_seconds',
    kind: 'histogram',
    labels: ['type'],
    buckets: ROUND_BUCKETS,
    meaning: 'how much later than due the rounds of groups and pools began',
  },
  {
    name: 'round_duration_seconds',
    kind: 'histogram',
    labels: ['type'],
    buckets: ROUND_BUCKETS,
    meaning: 'how long the rounds took',
  },
  {
    name: 'round_failures_total',
    kind: 'counter',
    labels: ['type'],
    meaning: 'how often the rounds of a group or a pool have begun to fail for a reason of its own',
  },
  {
    name: 'api_requests_total',
    kind: 'counter',
    labels: ['api', 'call', 'outcome'],
    meaning:
      'requests to `nomad`, `consul` and `aws`; call `read`, `watch` (blocking) or `write`; outcome `ok` or the kind of error',
  },
  {
    name: 'api_request_duration_seconds',
    kind: 'histogram',
    labels: ['api', 'call'],
    buckets: CALL_BUCKETS,
    meaning: 'how long those requests took, `watch` left out: it waits for a change',
  },
  {
    name: 'service_failing',
    kind: 'gauge',
    labels: ['service'],
    meaning: '1 while a service does not do what is asked of it, 0 once it answers again',
  },
  {
    name: 'notices_total',
    kind: 'counter',
    labels: ['notifier', 'outcome'],
    meaning: 'notifications that were `sent`, have `failed` or were `dropped` because too many were waiting',
  },
] as const satisfies readonly MetricRow[];

type Row = (typeof METRICS)[number];

export type MetricName = Row['name'];
export type GaugeName = Extract<Row, { readonly kind: 'gauge' }>['name'];
export type CounterName = Extract<Row, { readonly kind: 'counter' }>['name'];
export type HistogramName = Extract<Row, { readonly kind: 'histogram' }>['name'];

/** The labels that a metric takes. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in Extract<Row, { readonly name: Name }>['labels'][number]]: string;
};
