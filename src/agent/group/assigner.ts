import { encodeAssignment } from '../../domain/group/assignment-document.ts';
import { assignPartitions, type Owners } from '../../domain/group/assign-partitions.ts';
import { encodeGroupConfig } from '../../domain/group/group-config-document.ts';
import { isReady } from '../../domain/group/seen-member.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination } from '../../ports/coordination.ts';
import type { Emit } from '../events.ts';
import type { Outages } from '../outages.ts';
import type { Term } from '../term.ts';
import { forgetDead } from './forget-dead.ts';
import type { GroupTree } from './group-tree.ts';
import { type KeptKey, type Wanted, writeWhenChanged } from './write-when-changed.ts';

export interface AssignerOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly group: string;
  readonly tree: GroupTree;
  readonly outages: Outages;
  readonly emit: Emit;
  /** The leader's term, while this member leads. */
  readonly term: () => Term | undefined;
  /** How many partitions are in force; 0 while that is not known. */
  readonly partitions: () => number;
  /** How many there are to be if nothing is stored yet. */
  readonly defaultPartitions: number;
}

/** What a group's leader does: divides the partitions among members that are ready, and forgets dead ones. */
export function createAssigner(options: AssignerOptions): KeptKey {
  const { coordination, outages, keys, group, clock } = options;
  const createdMs = clock.now();
  const config = writeWhenChanged({
    coordination,
    outages,
    doing: `write ${keys.groupConfig(group)}`,
    wanted: () => firstConfig(options, createdMs),
  });
  const assignment = writeWhenChanged({
    coordination,
    outages,
    doing: `write ${keys.assignment(group)}`,
    wanted: () => nextAssignment(options),
  });
  const dead = forgetDead(options);
  return {
    settle: () => {
      config.settle();
      assignment.settle();
      dead.settle();
    },
  };
}

/** A group that nobody has configured: the number of partitions is fixed from now on. */
function firstConfig(
  { keys, group, tree, term, defaultPartitions }: AssignerOptions,
  atMs: number,
): Wanted | undefined {
  const key = keys.groupConfig(group);
  const leading = term();
  if (!leading || !tree.ready() || tree.get(key)) return undefined;
  const text = encodeGroupConfig({
    options: {},
    partitions: defaultPartitions,
    by: 'the first leader',
    atMs,
  });
  return { term: leading, key, text, seen: { text: undefined, index: 0 } };
}

function nextAssignment(options: AssignerOptions): Wanted | undefined {
  const { keys, group, tree, partitions, emit } = options;
  const term = options.term();
  const count = partitions();
  if (!term || !tree.ready() || count === 0) return undefined;
  const { value, index } = tree.assignment();
  const before: Owners | undefined = value?.owners.length === count ? value.owners : undefined;
  const ready = readyMembers(tree, count);
  const owners = assignPartitions(before ?? [], ready, count);
  const moved = owners.filter((owner, number) => owner !== (before?.[number] ?? null)).length;
  if (moved === 0 && before) return undefined;
  const text = encodeAssignment({ owners, generation: (value?.generation ?? 0) + 1 });
  const wrote = (): void => emit({ kind: 'partitions-assigned', moved, members: ready });
  return { term, key: keys.assignment(group), text, seen: { text: undefined, index }, wrote };
}

/** Alive, ready, and dividing the work into as many parts. */
function readyMembers(tree: GroupTree, count: number): readonly string[] {
  return tree
    .members()
    .filter((one) => isReady(one) && one.member?.partitions === count)
    .map(({ id }) => id);
}
