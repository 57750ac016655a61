import { apiAddressOf } from '../domain/group/seen-member.ts';
import { decodeFlag, type Flag } from '../domain/flag-document.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaderStatus, Members, MemberStatus, SelfStatus, StatusView } from '../ports/status-view.ts';
import type { MemberReading } from './locks.ts';
import type { DecisionRing } from './decision-ring.ts';
import type { AgentEvent } from './events.ts';
import { groupPage } from './group-status.ts';
import { poolPage } from './pool-status.ts';
import type { Pulse } from './pulse.ts';
import type { StatusSources } from './status-sources.ts';

/** What the view is made from beside the agent itself. */
export interface ViewParts {
  readonly ring: DecisionRing;
  readonly pulse: Pulse;
  /** That of the rounds. */
  readonly clock: Clock;
  /** The Consul node a session belongs to; '' where it is not known. */
  readonly nodeOf: (session: string) => string;
  readonly self: () => SelfStatus;
  /** The name of this machine. */
  readonly name: string;
  /** Where this agent's HTTP API is, `host:port`. */
  readonly address: () => string | undefined;
}

/** The view of a running agent. */
export function createStatusView(sources: StatusSources, parts: ViewParts): StatusView {
  const { store, keys } = sources;
  const { ring, pulse, clock } = parts;
  const flag = (key: string): Flag => decodeFlag(store.get(key)?.value);
  return {
    leader: () => leaderOf(sources, parts),
    health: () => pulse.health(),
    isAlive: () => pulse.isAlive(),
    members: () => membersOf(sources, parts),
    groups: (query) => groupPage(sources, { ring, query, nowMs: clock.now() }),
    pools: (query) => poolPage(sources, { ring, query, nowMs: clock.now() }),
    decisions: (query) => ring.page(query),
    failsafe: () => flag(keys.failsafe),
    paused: () => flag(keys.paused),
    self: () => parts.self(),
  };
}

/** Keeps what the view shows of events. */
export function hearForView(
  { ring, pulse }: Pick<ViewParts, 'ring' | 'pulse'>,
  event: AgentEvent,
  sources: StatusSources | undefined,
): void {
  pulse.hear(event);
  switch (event.kind) {
    case 'decided':
      return ring.addGroup(event.group, event.decision);
    case 'pool-decided':
      return ring.addPool(event.pool, event.decision);
    case 'policy-removed':
      return ring.forget((type, id) => type === 'job_group' && id === event.group);
    case 'pool-removed':
      return ring.forget((type, id) => type === 'worker_pool' && id === event.pool);
    case 'leadership-ended':
      return ring.forget((type, id) => sources?.isOurs(type, id) !== true);
    default:
  }
}

/** The session that holds the leader's lock; '' for nobody. What this agent knows of itself is newer. */
function leaderSession({ store, keys, leading, session }: StatusSources): string {
  if (leading()) return session();
  const holder = store.get(keys.leader)?.session ?? '';
  return holder === session() ? '' : holder;
}

function leaderOf(sources: StatusSources, { nodeOf }: ViewParts): LeaderStatus {
  const session = leaderSession(sources);
  return { session, node: session === '' ? '' : nodeOf(session) };
}

/** This agent, then the others of its group; standalone, whoever else holds the lock. */
function membersOf(sources: StatusSources, parts: ViewParts): Members {
  const { id, group } = parts.self();
  const own = ownStatus(sources, parts);
  if (group !== undefined) {
    const others = sources.members().filter((one) => one.id !== id);
    return { group, members: [own, ...others.map(memberStatus)] };
  }
  const leader = leaderOf(sources, parts);
  const isAlone = own.isLeader || leader.session === '';
  return {
    group,
    members: isAlone ? [own] : [own, { ...NOBODY, ...leader, isLeader: true, partitions: [0] }],
  };
}

function ownStatus(sources: StatusSources, { pulse, nodeOf, self, address, name }: ViewParts): MemberStatus {
  const session = sources.session();
  return {
    id: self().id,
    name,
    address: address(),
    session,
    node: nodeOf(session),
    alive: session !== '',
    ready: pulse.health().faults.length === 0,
    isLeader: sources.leading(),
    partitions: sources.held(),
  };
}

/** An agent of which nothing but the lock tells. */
const NOBODY = { id: undefined, name: '', address: undefined, alive: true, ready: undefined } as const;

function memberStatus({ id, name, address, port, ...one }: MemberReading): MemberStatus {
  const { isAlive: alive, isReady: ready, isLeader, partitions } = one;
  const at = apiAddressOf({ address, port });
  return { id, name, address: at, session: '', node: '', alive, ready, isLeader, partitions };
}
