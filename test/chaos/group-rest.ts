import { decodeAssignment } from '../../src/domain/group/assignment-document.ts';
import { isAlive, isReady, readSeenMembers } from '../../src/domain/group/seen-member.ts';
import { keysBelow } from '../../src/domain/keys.ts';
import { KEY_ROOT } from './agent-process.ts';
import { type GroupCast, memberId } from './group-cast.ts';
import type { Stage } from './stage.ts';

const KEYS = keysBelow(KEY_ROOT);

/** What is not yet as it should be in a group at rest. */
export function groupFaults(stage: Stage, group: GroupCast): string[] {
  const prefix = KEYS.members(group.name);
  const seen = readSeenMembers(
    stage.keys.keys(prefix).map((one) => ({ ...one, value: one.value ?? '' })),
    prefix,
  );
  const members = seen.filter((one) => isAlive(one));
  const running = stage.agents
    .filter((agent) => agent.state() === 'running')
    .map(({ number }) => memberId(number));
  const configured = stage.keys.current(KEYS.groupConfig(group.name))?.index ?? -1;
  const faults = running.flatMap((id) => {
    const one = members.find((member) => member.id === id);
    if (!one) return [`${id} runs and is no member`];
    if (!isReady(one)) return [`${id} is not ready`];
    return one.member?.configSeen === configured ? [] : [`${id} has not got the stored configuration`];
  });
  const leader = stage.holder();
  if (!members.some(({ session }) => session === leader)) faults.push('no member leads');
  const idOf = new Map(members.map(({ session, id }) => [session, id]));
  const holders = Array.from({ length: group.partitions }, (_none, number) => {
    return idOf.get(stage.keys.current(KEYS.partition(group.name, number))?.session ?? '') ?? '';
  });
  return [...faults, ...shareFaults(holders, [...idOf.values()]), ...assignmentFaults(stage, group, holders)];
}

function shareFaults(holders: readonly string[], ids: readonly string[]): string[] {
  const shares = ids.map((id) => holders.filter((holder) => holder === id).length);
  const faults = holders.flatMap((holder, number) =>
    holder === '' ? [`nobody holds partition ${number}`] : [],
  );
  if (Math.max(...shares) - Math.min(...shares) <= 1) return faults;
  return [...faults, `shares differ by more than one partition: ${shares.join(', ')}`];
}

function assignmentFaults(stage: Stage, group: GroupCast, holders: readonly string[]): string[] {
  const reading = decodeAssignment(stage.keys.current(KEYS.assignment(group.name))?.value ?? '');
  if (!reading.ok) return [`the assignment: ${reading.fault}`];
  const { owners } = reading.value;
  return holders.flatMap((holder, number) =>
    holder === owners[number] ? [] : [`${holder} holds partition ${number}, given to ${owners[number]}`],
  );
}
