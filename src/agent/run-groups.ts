import { fnv1a, groupResource } from '../domain/partition.ts';
import { groupId, groupKey } from '../domain/snapshot.ts';
import type { ClusterView } from '../ports/nomad.ts';
import { type Discovered, discoverGroups } from './discover-groups.ts';
import { scalingOf } from './execute-scale.ts';
import { createFirstStates, type FirstStates } from './first-states.ts';
import { emptyMemory, type GroupTarget } from './group-context.ts';
import type { SharedContext } from './round-context.ts';
import { type Loop, startLoop } from './loop.ts';
import { createLoopSet } from './loop-set.ts';
import { roundEnded, tellFailure, tellSuccess } from './round-outcome.ts';
import { type GoneSince, SWEEP_EVERY_MS, sweepStates } from './sweep-states.ts';
import { tickGroup } from './tick-group.ts';

/** The loops of all task groups: one a group, started and stopped as policies come and go. */
export interface GroupRunner {
  /** The lists have changed: find the groups anew. */
  viewChanged(view: ClusterView): void;
  /** The store has changed: operations of groups that are no longer there are finished too. */
  storeChanged(): void;
  /** The groups that have a policy, valid or not. */
  discovered(): Discovered;
  /** Runs a round now of every group that is meant, e.g. `job_group:web/api`. */
  wake(isMeant: (resource: string) => boolean): void;
  /** The interval has changed. */
  retime(): void;
  /** Ends all loops; what they read is aborted. */
  stop(): Promise<void>;
}

/** Starts with no group. */
export function runGroups(context: SharedContext): GroupRunner {
  const state: { discovered: Discovered; view?: ClusterView } = { discovered: new Map() };
  const sweep = startSweep(context);
  const firstStates = createFirstStates(context.store, context.machineClock);
  const loops = createLoopSet<GroupTarget>({
    start: (target) => startGroup({ ...context, firstStates }, target),
    ended: ({ ref }) => {
      tellSuccess(context, groupId(ref));
      context.outages.passed('nomad', scalingOf(ref));
    },
  });
  const settle = (): void => loops.settle(withOrphans(context, state.discovered));
  return {
    viewChanged: (view) => {
      const isSame = view.jobs === state.view?.jobs && view.isUnread === state.view.isUnread;
      state.view = view;
      if (isSame) return;
      state.discovered = discoverGroups(state.discovered, view, context.emit);
      settle();
    },
    storeChanged: settle,
    discovered: () => state.discovered,
    wake: (isMeant) =>
      loops.wake(
        ({ ref }) => isMeant(groupResource(groupId(ref))),
        Math.min(context.settings().jobScalingIntervalMs, WAKE_MS),
      ),
    retime: () => loops.retime(),
    stop: async () => void (await Promise.all([sweep.stop(), loops.stop()])),
  };
}

const SWEEP = 'states of jobs that are gone';

function startSweep(context: SharedContext): Loop {
  const gone: GoneSince = new Map();
  return startLoop({
    clock: context.clock,
    everyMs: () => SWEEP_EVERY_MS,
    offsetMs: SWEEP_EVERY_MS,
    run: async () => {
      await sweepStates(context, gone);
      tellSuccess(context, SWEEP);
    },
    failed: (error) => tellFailure(context, SWEEP, error),
  });
}

/** Adds groups that only an unfinished operation tells of: they are finished all the same. */
function withOrphans(context: SharedContext, discovered: Discovered): Discovered {
  const wanted = new Map(discovered);
  for (const entry of context.store.below(`${context.keys.root}/operations/`)) {
    const ref = context.keys.groupOf(entry.key);
    if (!ref || wanted.has(groupKey(ref))) continue;
    wanted.set(groupKey(ref), { ref, job: undefined, policy: { kind: 'none' }, readIndex: 0 });
  }
  return wanted;
}

/** First rounds, and with them all others, are spread over the interval, over this time at the most. */
const SPREAD_MS = 60_000;
/** Within this time every group has had a round after the lock was taken, however many there are. */
const WAKE_MS = 10_000;

function startGroup(
  shared: SharedContext & { readonly firstStates: FirstStates },
  target: () => GroupTarget,
): Loop {
  const id = groupId(target().ref);
  const context = { ...shared, acting: shared.actingOn(groupResource(id)) };
  const memory = emptyMemory();
  const everyMs = (): number => context.settings().jobScalingIntervalMs;
  return startLoop({
    clock: context.clock,
    everyMs,
    offsetMs: fnv1a(id) % Math.min(everyMs(), SPREAD_MS),
    run: async (signal) => {
      await tickGroup(context, memory, { target: target(), signal });
      tellSuccess(context, id);
    },
    failed: (error) => tellFailure(context, id, error),
    ended: roundEnded(context, id),
  });
}
