import type { JobFacts } from '../snapshot.ts';

/** Service and batch jobs that run by themselves; never system jobs, parents, children or stopped ones. */
export function isScalable(job: Omit<JobFacts, 'groups'>): boolean {
  const kind = job.type === 'service' || job.type === 'batch';
  return kind && !job.stopped && !job.periodic && !job.parameterized && job.parentId === '';
}
