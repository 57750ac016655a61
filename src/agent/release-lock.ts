import { deadlineWithin, rest } from './moment.ts';
import type { LockHolderOptions } from './lock-holder.ts';

/** Gives a lock back, tried again until it is, or the session that held it is gone. */
export async function releaseLock(
  options: LockHolderOptions,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  const { clock, coordination, keeper, partition, outages } = options;
  const doing = `release the lock ${partition.lockKey}`;
  while (!signal.aborted && keeper.current()?.id === session) {
    const deadline = deadlineWithin(clock, signal, {
      ms: options.requestDeadlineMs,
      service: 'consul',
      doing,
    });
    try {
      await coordination.releaseLock(partition.lockKey, session, deadline.signal);
      return outages.passed('consul', doing);
    } catch (error) {
      if (!signal.aborted) outages.failed('consul', doing, deadline.told(error));
      await rest(clock, 1_000, signal);
    } finally {
      deadline.end();
    }
  }
}
