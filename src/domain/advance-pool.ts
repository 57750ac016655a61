import { advanceIn } from './advance-in.ts';
import { advanceOut } from './advance-out.ts';
import type { PoolOperation } from './pool-operation.ts';
import type { PoolSight } from './pool-sight.ts';
import type { PoolStep } from './pool-step.ts';

/** One look, one step: pure, and safe to repeat after a crash at any place. */
export function advancePool(operation: PoolOperation, sight: PoolSight): PoolStep {
  return operation.direction === 'out' ? advanceOut(operation, sight) : advanceIn(operation, sight);
}
