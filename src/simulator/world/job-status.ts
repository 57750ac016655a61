import { keyOfJob } from './job-types.ts';
import { isEvalTerminal, isTerminal } from './types.ts';
import type { Job, JobStatus } from './job-types.ts';
import type { Store } from './store.ts';

/**
 * What the servers call the status: system jobs and parents run until stopped; others run while an
 * allocation is not terminal, wait while an evaluation is open, and are dead when all is over.
 */
export function jobStatusOf(store: Store, job: Job): JobStatus {
  const { spec } = job;
  if (spec.type === 'system' || spec.isParameterized || spec.isPeriodic) return job.stop ? 'dead' : 'running';
  const key = keyOfJob(job);
  let isKnown = false;
  for (const allocation of store.allocationsOf(key)) {
    if (!isTerminal(allocation)) return 'running';
    isKnown = true;
  }
  for (const evaluation of store.tables.evaluations.members('job', key)) {
    if (!isEvalTerminal(evaluation)) return 'pending';
    isKnown = true;
  }
  return isKnown ? 'dead' : 'pending';
}
