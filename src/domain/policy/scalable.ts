import type { JobFacts } from '../snapshot.ts';

/** What of a job decides whether its groups can have a policy. */
export type JobKind = Pick<JobFacts, 'type' | 'parentId' | 'stopped' | 'periodic' | 'parameterized'>;

/** Service and batch jobs that run by themselves; never system jobs, parents, children or stopped ones. */
export function isScalable(job: JobKind): boolean {
  const isKind = job.type === 'service' || job.type === 'batch';
  return isKind && !job.stopped && !job.periodic && !job.parameterized && job.parentId === '';
}
