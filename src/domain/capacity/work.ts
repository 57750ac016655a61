import type { AllocationFacts } from '../snapshot.ts';

/** True for allocations that are neither moved nor waited for; what they take counts all the same. */
export function isSystemWork({ jobType }: AllocationFacts): boolean {
  return jobType === 'system' || jobType === 'sysbatch';
}

const ENDED: readonly string[] = ['complete', 'failed', 'lost'];

/** True for an allocation that a drain has to move or to wait for: it has not ended, whatever is desired. */
export function isWork(allocation: AllocationFacts): boolean {
  return !ENDED.includes(allocation.clientStatus) && !isSystemWork(allocation);
}
