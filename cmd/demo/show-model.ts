import type { Addresses, FrameModel, GroupView } from './frame-model.ts';
import { holderOf } from './group-sight.ts';
import { COLUMN_MS } from './observer.ts';
import { consulUrlOf, type Show, type Stand } from './show.ts';
import { viewTeam } from './team-view.ts';

/** All that a picture of the demo shows now. */
export function modelOf(show: Show): FrameModel {
  const { options, rate, journal, observer, news, clock } = show;
  const session = journal.leader();
  const { renewedMs } = observer.tally();
  return {
    scenario: options.name,
    summary: options.scenario.summary,
    seed: options.seed,
    speed: options.speed,
    nowMs: clock.now(),
    startedMs: rate.startedMs,
    leader:
      session === undefined ? undefined : { session, renewedAgoMs: Date.now() - (renewedMs ?? Date.now()) },
    rates: observer.rates(),
    pools: observer.pools(journal),
    ...workOf(show),
    news,
    addresses: addressesOf(show),
    columnMs: COLUMN_MS * options.speed,
  };
}

/** The task groups, and the agents where they are a group. */
function workOf(show: Show): Pick<FrameModel, 'groups' | 'team'> {
  const { options, observer, journal, watch, crew, machine } = show;
  const groups = observer.groups(journal);
  const { team } = options.scenario;
  if (!team || !watch) return { groups };
  const sight = watch.sight();
  const held = groups.map((group): GroupView => ({ ...group, holder: holderOf(sight, group.id) }));
  const { ids, post } = crew;
  return {
    groups: held,
    team: viewTeam({
      group: team.group,
      ids,
      post,
      sight,
      watch,
      groups: held,
      nowMs: machine.monotonicMs(),
    }),
  };
}

/** Where the servers answer. */
export function addressesOf(stand: Stand): Addresses {
  const { nomad, aws } = stand.cluster;
  return { nomad: nomad.url, consul: consulUrlOf(stand), aws: aws?.url ?? '' };
}
