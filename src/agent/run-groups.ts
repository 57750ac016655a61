import { fnv1a } from '../domain/partition.ts';
import { groupId, groupKey } from '../domain/snapshot.ts';
import type { ClusterView } from '../ports/nomad.ts';
import { isPortError, type PortErrorKind } from '../ports/port-error.ts';
import { isNotLeading } from './acting.ts';
import { type Discovered, discoverGroups } from './discover-groups.ts';
import { emptyMemory, type GroupContext, type GroupTarget } from './group-context.ts';
import { type Loop, startLoop } from './loop.ts';
import { asError } from './moment.ts';
import { type GoneSince, SWEEP_EVERY_MS, sweepStates } from './sweep-states.ts';
import { tickGroup } from './tick-group.ts';

/** The loops of all task groups: one a group, started and stopped as policies come and go. */
export interface GroupRunner {
  /** The lists have changed: find the groups anew. */
  viewChanged(view: ClusterView): void;
  /** The store has changed: operations of groups that are no longer there are finished too. */
  storeChanged(): void;
  /** Runs a round of every group now. */
  wakeAll(): void;
  /** Ends all loops; what they read is aborted. */
  stop(): Promise<void>;
}

interface Running {
  readonly loop: Loop;
  target: GroupTarget;
}

/** Starts with no group. */
export function runGroups(context: GroupContext): GroupRunner {
  const running = new Map<string, Running>();
  const ending = new Map<string, Promise<void>>();
  const state: { discovered: Discovered; stopped: boolean } = { discovered: new Map(), stopped: false };
  const sweep = startSweep(context);
  const settle = (): void => {
    const wanted = withOrphans(context, state.discovered);
    for (const [key, target] of wanted) {
      const one = running.get(key);
      if (one) one.target = target;
      else if (!ending.has(key) && !state.stopped) running.set(key, startGroup(context, target));
    }
    for (const [key, one] of running) if (!wanted.has(key)) end(key, one);
  };
  /** A group that comes back starts anew only when its last round is over. */
  const end = (key: string, one: Running): void => {
    running.delete(key);
    const over = (): void => {
      ending.delete(key);
      tellSuccess(context, groupId(one.target.ref));
      settle();
    };
    ending.set(key, one.loop.stop().then(over, over));
  };
  return {
    viewChanged: (view) => {
      state.discovered = discoverGroups(state.discovered, view, context.emit);
      settle();
    },
    storeChanged: settle,
    wakeAll: () => {
      for (const { loop } of running.values()) loop.wake();
    },
    stop: async () => {
      state.stopped = true;
      const loops = [sweep, ...[...running.values()].map(({ loop }) => loop)];
      await Promise.all([...loops.map((loop) => loop.stop()), ...ending.values()]);
    },
  };
}

const SWEEP = 'states of jobs that are gone';

function startSweep(context: GroupContext): Loop {
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

/** What a service does not answer just now: an outage, told once however many rounds run into it. */
const OUTAGE_KINDS: readonly PortErrorKind[] = ['unavailable', 'timeout', 'throttled', 'denied'];

/** A lost lock and a conflicting write are no news: the next round sees what there is. */
function tellFailure(context: GroupContext, what: string, error: unknown): void {
  if (isNotLeading(error) || isStoreConflict(error)) return;
  if (isPortError(error) && OUTAGE_KINDS.includes(error.kind)) {
    context.outages.failed(error.detail.service, what, error);
  } else context.emit({ kind: 'tick-failed', group: what, error: asError(error) });
}

/** A whole round went well: neither service keeps this group waiting any more. */
function tellSuccess(context: GroupContext, what: string): void {
  context.outages.passed('nomad', what);
  context.outages.passed('consul', what);
}

/** Adds groups that only an unfinished operation tells of: they are finished all the same. */
function withOrphans(context: GroupContext, discovered: Discovered): Discovered {
  const wanted = new Map(discovered);
  for (const entry of context.store.below(`${context.keys.root}/operations/`)) {
    const ref = context.keys.groupOf(entry.key);
    if (!ref || wanted.has(groupKey(ref))) continue;
    wanted.set(groupKey(ref), { ref, job: undefined, policy: { kind: 'none' }, readIndex: 0 });
  }
  return wanted;
}

/** First rounds are spread over this time at the most, however long the interval is. */
const SPREAD_MS = 10_000;

function startGroup(context: GroupContext, target: GroupTarget): Running {
  const id = groupId(target.ref);
  const memory = emptyMemory();
  const everyMs = (): number => context.settings().jobScalingIntervalMs;
  const running: Running = {
    target,
    loop: startLoop({
      clock: context.clock,
      everyMs,
      offsetMs: fnv1a(id) % Math.min(everyMs(), SPREAD_MS),
      run: async (signal) => {
        await tickGroup(context, memory, { target: running.target, signal });
        tellSuccess(context, id);
      },
      failed: (error) => tellFailure(context, id, error),
    }),
  };
  return running;
}

/** Somebody wrote in between (an operator, the leader before): the next round sees it. */
function isStoreConflict(error: unknown): boolean {
  return isPortError(error, 'conflict') && error.detail.service === 'consul';
}
