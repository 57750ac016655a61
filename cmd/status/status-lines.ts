import type { Environment } from '../../src/config/env.ts';
import type { Values } from '../../src/config/values.ts';
import { type Line, span, type Style } from '../demo/text.ts';
import type { GroupWire, PoolWire, Sight } from '../look/sight.ts';
import { alignRows } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';
import { attentionOf, byAttention } from './attention.ts';
import { GROUP_HEAD, groupRow, POOL_HEAD, poolRow } from './rows.ts';

/** Where lines are shown. */
interface Place {
  readonly flags: Values;
  readonly terminal: Terminal;
  readonly environment: Environment;
}

/** What is seen, for people. */
export function statusLines(sight: Sight, place: Place): readonly Line[] {
  const groups = tableOf(
    byAttention(sight.groups),
    { head: GROUP_HEAD, rowOf: groupRow, what: 'task groups' },
    place,
  );
  const pools = tableOf(
    byAttention(sight.pools),
    { head: POOL_HEAD, rowOf: poolRow, what: 'worker pools' },
    place,
  );
  const isEmpty = sight.groups.length + sight.pools.length === 0;
  return [
    ...headLines(sight),
    ...(isEmpty ? [line('no task group and no worker pool is known', 'faint')] : []),
    ...groups,
    ...(groups.length > 0 && pools.length > 0 ? [line('')] : []),
    ...pools,
  ];
}

function headLines(sight: Sight): readonly Line[] {
  const { agents, team, failsafe, paused, missing } = sight;
  const answered = agents.filter(({ error }) => error === '');
  const from =
    sight.source === 'agents'
      ? line(
          `from ${counted(answered.length, 'agent')}: ${answered.map(({ address }) => address).join(', ')}`,
          'faint',
        )
      : line('from Consul: no agent answers', 'warn');
  return [
    from,
    ...agents
      .filter(({ error }) => error !== '')
      .map(({ address, error }) => line(`not heard: ${address}, ${error}`, 'warn')),
    ...missing.map((text) => line(`not known: ${text}`, 'warn')),
    ...alignRows(memberRows(sight)),
    ...(failsafe.set ? [line(`failsafe is set for everything${because(failsafe)}`, 'alarm')] : []),
    ...(paused.set ? [line(`scaling is paused${because(paused)}`, 'warn')] : []),
    ...(team.group === null ? [] : unheld(sight)),
    line(''),
  ];
}

function memberRows({ team, leader }: Sight): readonly Line[] {
  const leads = team.members.some((one) => one.leader);
  const nobody =
    leader.SessionID === ''
      ? [span('nobody', 'high')]
      : [span(leader.NodeID || `session ${leader.SessionID}`)];
  if (!leads) return [[span('leader', 'strong'), ...nobody]];
  return team.members.map((one) => {
    const role = one.leader ? 'leader' : one.alive ? 'member' : 'dead';
    const style: Style = one.alive ? (one.ready === false ? 'warn' : 'plain') : 'high';
    const notes = [
      one.address ?? '',
      ...(one.ready === false && one.alive ? ['not ready'] : []),
      ...(team.group === null || one.partitions.length === 0
        ? []
        : [`partitions ${one.partitions.join(' ')}`]),
    ].filter((text) => text !== '');
    const name = one.id ?? (one.name || one.node || 'another agent');
    return [span(role, 'strong'), span(name, style), span(notes.join(', '))];
  });
}

/** A group without a member that is alive acts on nothing. */
function unheld({ team }: Sight): readonly Line[] {
  return team.members.some((one) => one.alive)
    ? []
    : [line(`no member of the group ${team.group} is alive`, 'high')];
}

function because({ by, at, reason }: Sight['paused']): string {
  const parts = [
    by === '' ? '' : `by ${by}`,
    at === '' ? '' : `at ${at}`,
    reason === '' ? '' : `(${reason})`,
  ];
  return parts.map((part) => (part === '' ? '' : ` ${part}`)).join('');
}

/** More rows than that are shown on a terminal only where they need attention, or all are asked for. */
const MANY = 40;

function tableOf<One extends GroupWire | PoolWire>(
  all: readonly One[],
  how: { readonly head: Line; readonly rowOf: (one: One) => Line; readonly what: string },
  { flags, terminal }: Place,
): readonly Line[] {
  if (all.length === 0) return [];
  const urgent = all.filter((one) => attentionOf(one) !== 'quiet');
  const isFolded = terminal.columns !== undefined && all.length > MANY && !flags.get('all');
  const shown = isFolded ? all.slice(0, Math.max(urgent.length, MANY)) : all;
  const left = all.length - shown.length;
  const rest =
    left > 0
      ? [line(`… and ${left} more ${how.what} that need no attention (-all lists them)`, 'faint')]
      : [];
  return [...alignRows([how.head, ...shown.map(how.rowOf)]), ...rest];
}

function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function line(text: string, style: Style = 'plain'): Line {
  return [span(text, style)];
}
