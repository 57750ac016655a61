import type { MemberReading } from '../../src/agent/locks.ts';
import type { Post } from './crew.ts';
import type { GroupView, MemberView, TeamView } from './frame-model.ts';
import type { GroupSight } from './group-sight.ts';
import { type GroupWatch, type Handover, type Leaving, TAKEOVER_MS } from './group-watch.ts';

/** What the view of a team is made of. */
export interface TeamSources {
  readonly group: string;
  readonly ids: readonly string[];
  readonly post: (id: string) => Post;
  readonly sight: GroupSight;
  readonly watch: Pick<GroupWatch, 'leaving' | 'handovers'>;
  readonly groups: readonly Pick<GroupView, 'holder'>[];
  /** The machine's clock. */
  readonly nowMs: number;
}

/** The agents of a team: what they hold as Consul has it, and whether their processes run. */
export function viewTeam({ group, ids, post, sight, watch, groups, nowMs }: TeamSources): TeamView {
  const known = new Map(sight.members.map((member) => [member.id, member]));
  const leaving = watch.leaving()[0];
  const last = watch.handovers.at(-1);
  return {
    group,
    partitions: sight.holders.length,
    members: ids.map((id) => ({
      id,
      ...standingOf(post(id), known.get(id)),
      holds: known.get(id)?.partitions ?? [],
      groups: groups.filter(({ holder }) => holder === id).length,
    })),
    note: leaving ? describeLeaving(leaving, nowMs) : CALM,
    isWaiting: leaving !== undefined,
    last: last ? describeLast(last) : '',
  };
}

const LIMIT = `${TAKEOVER_MS / 1000} s`;
const CALM = `a takeover takes up to ${LIMIT} by the clock on the wall`;

function standingOf(post: Post, member: MemberReading | undefined): Pick<MemberView, 'state' | 'mood'> {
  const isAlive = member?.isAlive === true;
  const leads = member?.isLeader === true ? ', leads' : '';
  if (post === 'killed') return { state: isAlive ? 'killed, locks held' : 'killed', mood: 'gone' };
  if (post === 'stopped') return { state: isAlive ? 'stopping' : 'stopped', mood: 'gone' };
  if (!isAlive) return { state: post === 'waiting' ? 'not started' : 'joining', mood: 'trouble' };
  return member.isReady
    ? { state: `ready${leads}`, mood: 'good' }
    : { state: `not ready${leads}`, mood: 'trouble' };
}

function describeLeaving({ member, how, partitions, sinceMs }: Leaving, nowMs: number): string {
  const agoS = Math.round((nowMs - sinceMs) / 1000);
  const { length } = partitions;
  return how === 'killed'
    ? `${member} killed ${agoS} s ago: others have its ${length} within ${LIMIT} by the clock on the wall`
    : `${member} told to stop ${agoS} s ago: hands its ${length} over`;
}

function describeLast({ how, partitions, tookMs }: Handover): string {
  return `${partitions} ${how === 'killed' ? 'taken' : 'handed'} over in ${(tookMs / 1000).toFixed(1)} s`;
}
