import { type GroupRef, groupId } from '../domain/snapshot.ts';
import { groupResource } from '../domain/partition.ts';
import { isFresh } from './freshness.ts';
import type { SharedContext } from './round-context.ts';
import { readStored } from './stored-group.ts';

/** How often states are looked over, and for how long a job must have been gone. */
export const SWEEP_EVERY_MS = 10 * 60_000;
const GONE_MS = 24 * 3_600_000;

/** Since when each state's job has been seen to be gone, by key; an agent's own knowledge. */
export type GoneSince = Map<string, number>;

/** Deletes states of jobs that have not existed for a day, unless failsafe is set: those this agent may act on. */
export async function sweepStates(context: SharedContext, gone: GoneSince): Promise<void> {
  const view = context.view();
  if (!context.store.ready() || !view || !isFresh(context, view)) return;
  const nowMs = context.clock.monotonicMs();
  for (const { key } of context.store.below(`${context.keys.root}/state/`)) {
    const ref = context.keys.groupOf(key);
    if (!ref) continue;
    const isMine = context.actingOn(groupResource(groupId(ref))).term() !== undefined;
    if (view.knows(ref) || !isMine) gone.delete(key);
    else if (!gone.has(key)) gone.set(key, nowMs);
    else if (nowMs - (gone.get(key) ?? nowMs) >= GONE_MS) await deleteState(context, ref, key);
  }
}

/** One that cannot be read is left for a person to look at. */
async function deleteState(context: SharedContext, ref: GroupRef, key: string): Promise<void> {
  const reading = readStored(context.store, context.keys, ref);
  if (!reading.ok) return;
  const { stored } = reading;
  if (stored.state.failsafeMode || stored.operation) return;
  await context
    .actingOn(groupResource(groupId(ref)))
    .act((term) =>
      context.store.write(term, [{ kind: 'delete', key, index: stored.stateIndex }], stored.seen),
    );
  context.emit({ kind: 'state-deleted', group: groupId(ref) });
}
