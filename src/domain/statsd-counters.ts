import type { GroupRef } from './snapshot.ts';

/** A statsd counter, named as in the Go releases, without the prefix `replicator.`. */
export interface StatsdRow {
  /** `<…>` stands for a name, `a|b` for one of the two. */
  readonly name: string;
  readonly meaning: string;
}

/** THE table of statsd counters. */
export const STATSD_COUNTERS: readonly StatsdRow[] = [
  { name: 'cluster.leadership.election', meaning: 'this agent has obtained the leadership lock' },
  {
    name: 'cluster.<pool>.scale_out|scale_in.success|failure',
    meaning: 'a scaling of the pool has succeeded; a failure of one was counted',
  },
  { name: 'cluster.aws.instance_terminations', meaning: 'an instance was terminated' },
  {
    name: 'job.<job>.<group>.scale_out|scale_in.success|failure',
    meaning: 'a scaling of a group in the namespace `default` has succeeded, or failed',
  },
  {
    name: 'job.<namespace>.<job>.<group>.scale_out|scale_in.success|failure',
    meaning: 'the same outside of `default`',
  },
];

/** The parts of a counter's name: what a person has named is one part, whatever it contains. */
export type CounterPath = readonly string[];

/** How a scaling ended, as far as statsd is told. */
export interface ScalingEnd {
  readonly direction: 'in' | 'out';
  readonly outcome: 'success' | 'failure';
}

export const ELECTION: CounterPath = ['cluster', 'leadership', 'election'];
export const TERMINATION: CounterPath = ['cluster', 'aws', 'instance_terminations'];

/** The counter of a group's scalings. */
export function groupCounter(
  { namespace, jobId, group }: GroupRef,
  { direction, outcome }: ScalingEnd,
): CounterPath {
  const place = namespace === 'default' ? [] : [namespace];
  return ['job', ...place, jobId, group, `scale_${direction}`, outcome];
}

/** The counter of a pool's scalings. */
export function poolCounter(pool: string, { direction, outcome }: ScalingEnd): CounterPath {
  return ['cluster', pool, `scale_${direction}`, outcome];
}
