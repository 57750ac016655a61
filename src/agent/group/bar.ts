import { decodeGroupName } from '../../domain/group/group-document.ts';
import { isAlive } from '../../domain/group/seen-member.ts';
import type { GroupTree } from './group-tree.ts';
import type { GroupOptions } from './member.ts';

/** What keeps a member from acting although it is one. */
export interface Bar {
  /** The key root is not this group's, or its members divide the work differently; undefined when all is well. */
  ofGroup(): string | undefined;
  /** The same, or somebody who is no member holds the leader's lock. */
  why(): string | undefined;
  /** Tells the reason when it has changed. */
  tell(): void;
}

export interface BarSources {
  readonly tree: GroupTree;
  readonly partitions: () => number;
  /** The session that holds the leader's lock, '' for none. */
  readonly leaderSession: () => string;
}

/** A new leader is known by its lock before it is known as a member. */
const STRANGER_MS = 5_000;

/** Looks at what is known whenever it is asked. */
export function createBar(options: GroupOptions, of: BarSources): Bar {
  const stranger = { session: '', sinceMs: 0 };
  const told = { why: undefined as string | undefined };
  const ofGroup = (): string | undefined => ofKeyRoot(options) ?? ofPartitions(options, of);
  const ofStranger = (): string | undefined => {
    const session = of.leaderSession();
    const isMember = of.tree.members().some((one) => one.session === session);
    const nowMs = options.clock.monotonicMs();
    if (session === '' || isMember) stranger.session = '';
    else if (stranger.session !== session) Object.assign(stranger, { session, sinceMs: nowMs });
    if (stranger.session === '' || nowMs - stranger.sinceMs < STRANGER_MS) return undefined;
    return `${options.keys.leader} is held by session ${session}, which is no member's: stop standalone agents and those of the Go releases`;
  };
  const why = (): string | undefined => ofGroup() ?? ofStranger();
  return {
    ofGroup,
    why,
    tell: () => {
      const now = why();
      if (now !== undefined && now !== told.why) options.emit({ kind: 'group-barred', why: now });
      told.why = now;
    },
  };
}

function ofKeyRoot({ store, keys, group }: GroupOptions): string | undefined {
  if (!store().ready()) return 'the key root has not been read yet';
  const value = store().get(keys.group)?.value;
  if (value === undefined) return `${keys.group} is gone: the key root belongs to no group any more`;
  const name = decodeGroupName(value);
  if (!name.ok) return `${keys.group}: ${name.fault}`;
  return name.value === group.name
    ? undefined
    : `${keys.group}: the key root belongs to the group ${name.value}`;
}

/** Two members that counted differently would act on one resource under two locks. */
function ofPartitions({ group }: GroupOptions, { tree, partitions }: BarSources): string | undefined {
  const mine = partitions();
  if (mine === 0) return undefined;
  const other = tree
    .members()
    .find((one) => isAlive(one) && one.member && one.member.partitions > 0 && one.member.partitions !== mine);
  if (!other?.member) return undefined;
  return `${other.id} divides the work into ${other.member.partitions} partitions and ${group.serviceId} into ${mine}: stop the one that is wrong`;
}
