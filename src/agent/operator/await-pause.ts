import { type Acknowledgement, awaitMembers, type Watch } from './await-members.ts';
import { pauseSwitch } from './switch.ts';

/** How a pause, or its end, is waited for. */
export interface PauseWait {
  readonly group: string;
  readonly enable: boolean;
  readonly withinMs: number;
}

/** Index of the paused flag; undefined when it does not stand as wanted (any more). Throws PortError. */
export async function findPause(
  { coordination, keys, signal }: Watch,
  enable: boolean,
): Promise<number | undefined> {
  const entry = (await coordination.readKey(keys.paused, 0, signal)).entries[0];
  const position = pauseSwitch(keys).read(entry?.value);
  return position.ok && position.isSet === enable ? (entry?.index ?? 0) : undefined;
}

/**
 * Waits until every member that is alive heeds the pause as it stands now, or its end. Undefined when somebody has
 * turned it back. Throws PortError.
 */
export async function awaitPause(
  watch: Watch,
  { group, enable, withinMs }: PauseWait,
): Promise<Acknowledgement | undefined> {
  const index = await findPause(watch, enable);
  if (index === undefined) return undefined;
  return awaitMembers(watch, {
    group,
    withinMs,
    has: ({ member }) =>
      member !== undefined && (enable ? member.pausedSeen >= index : member.pausedSeen === 0),
  });
}
