import { isReady } from '../../domain/group/seen-member.ts';
import { WRITE_DEADLINE_MS } from '../../ports/write-permit.ts';
import { giveWay } from '../give-way.ts';
import { type LockHolder, standForLock } from '../lock-holder.ts';
import { keepSession, type SessionKeeper } from '../session-keeper.ts';
import { watchLock } from '../watch-lock.ts';
import { type Bar, createBar } from './bar.ts';
import type { GroupTree } from './group-tree.ts';
import type { GroupOptions } from './member.ts';
import { memberSession } from './member-session.ts';
import type { Self } from './open-member.ts';
import { keepSeats, type Seats } from './seats.ts';

/** The locks of a member and the session that holds them. */
export interface MemberLocks {
  readonly keeper: SessionKeeper;
  /** The member's own lock: who holds it is alive. */
  readonly member: LockHolder;
  readonly leader: LeaderLock;
  readonly seats: Seats;
  readonly bar: Bar;
}

/** The leader's lock, standalone's too: whoever holds it assigns the partitions. */
export interface LeaderLock {
  readonly holder: LockHolder;
  /** The session that holds it as last seen, '' for none. */
  session(): string;
  stop(): Promise<void>;
}

interface Around {
  readonly tree: GroupTree;
  readonly self: Self;
  readonly changed: () => void;
}

/** Opens the session; asks for no lock before the group has been read. */
export function openLocks(options: GroupOptions, around: Around): MemberLocks {
  const { tree, self, changed } = around;
  const { keys, group, clock } = options;
  const keeper = openSession(options, () => {
    for (const one of [member, leader.holder, seats]) one.sessionChanged();
  });
  const leaderSession = (): string => leader.session();
  const bar = createBar(options, { tree, partitions: () => self.partitions, leaderSession });
  const member = standForLock({
    ...options,
    keeper,
    role: 'member',
    partition: { number: -1, lockKey: keys.member(group.name, group.serviceId) },
    requestDeadlineMs: WRITE_DEADLINE_MS,
    mayStand: () => tree.ready(),
    began: () => {
      if (self.sinceMs === 0) options.emit({ kind: 'group-joined', group: group.name, id: group.serviceId });
      self.sinceMs ||= clock.now();
      changed();
    },
  });
  const isMember = (): boolean => member.term() !== undefined;
  const mayLead = (): boolean => isMember() && bar.ofGroup() === undefined;
  const leader = standForLeader(options, { ...around, keeper, mayLead });
  const seats = keepSeats({
    ...options,
    keeper,
    partitions: () => self.partitions,
    mayHold: () => isMember() && bar.why() === undefined,
    isGiven: (number) => isGiven(options, around, number),
    lockKey: (number) => keys.partition(group.name, number),
    sight: (key) => tree.lock(key),
  });
  return { keeper, member, leader, seats, bar };
}

/** True when the assignment gives it to this member, and divides the work as this member does. */
function isGiven({ group }: GroupOptions, { tree, self }: Around, number: number): boolean {
  const owners = tree.assignment().value?.owners ?? [];
  return owners.length === self.partitions && owners[number] === group.serviceId;
}

/** A session that ends with the member's service; its service is registered first. */
function openSession(options: GroupOptions, changed: () => void): SessionKeeper {
  const { coordination, clock, identity, group, emit, outages } = options;
  const service = {
    id: group.serviceId,
    group: group.name,
    address: group.address,
    port: group.port,
    ttlMs: identity.lease.ttlMs,
    deregisterAfterMs: DEREGISTER_AFTER_MS,
  };
  const { membership } = group;
  const bound = memberSession(coordination, { membership, service });
  return keepSession({ coordination: bound, clock, emit, outages, changed, timings: identity.lease });
}

const DEREGISTER_AFTER_MS = 10 * 60_000;

function standForLeader(
  options: GroupOptions,
  of: Around & { readonly keeper: SessionKeeper; readonly mayLead: () => boolean },
): LeaderLock {
  const { keys, group } = options;
  const seen = { session: '' };
  const way = giveWay({
    ...options,
    holder: () => holder,
    quiet: () => Promise.resolve(),
    hasOthers: () => of.tree.members().some((one) => one.id !== group.serviceId && isReady(one)),
  });
  const holder = standForLock({
    ...options,
    keeper: of.keeper,
    role: 'leader',
    partition: { number: -2, lockKey: keys.leader },
    requestDeadlineMs: WRITE_DEADLINE_MS,
    mayStand: () => of.mayLead() && way.mayStand(),
    began: () => of.changed(),
  });
  const stopWatching = watchLock({
    ...options,
    lockKey: keys.leader,
    seen: (sight) => {
      seen.session = sight.session;
      holder.lockSeen(sight);
      of.changed();
    },
  });
  return {
    holder,
    session: () => seen.session,
    stop: async () => void (await Promise.all([way.stop(), stopWatching(), holder.stop()])),
  };
}
