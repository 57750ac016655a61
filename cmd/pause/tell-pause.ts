import type { ConsulDesk } from '../consul-desk.ts';
import { listSome } from '../../src/agent/operator/resource.ts';
import type { Survey } from '../../src/agent/operator/survey.ts';
import type { Acknowledgement } from '../../src/agent/operator/await-members.ts';

/** What a pause, or the end of one, has come to. */
export interface PauseOutcome extends Acknowledgement {
  readonly enable: boolean;
  readonly group: string | undefined;
  readonly isChanged: boolean;
  readonly waitedMs: number;
  readonly survey: Survey;
}

/** `the group blue`, `everything below replicator/config`. */
export function whose({ keys }: ConsulDesk, group: string | undefined): string {
  return group === undefined ? `everything below ${keys.root}` : `the group ${group}`;
}

/** Says it to a person and as JSON. Answers the exit code: 1 when somebody has not acknowledged. */
export function tellOutcome(desk: ConsulDesk, outcome: PauseOutcome): number {
  const { enable, group, isChanged, acknowledged, missing } = outcome;
  desk.answer({
    group: group ?? null,
    key_root: desk.keys.root,
    paused: enable,
    changed: isChanged,
    acknowledged,
    missing,
  });
  for (const line of enable ? pausedLines(desk, outcome) : resumedLines(desk, outcome)) desk.tell(line);
  return missing.length === 0 ? 0 : desk.refuse(late(outcome));
}

function pausedLines(desk: ConsulDesk, { group, acknowledged, missing }: PauseOutcome): readonly string[] {
  const isStill = missing.length === 0 && (group === undefined || acknowledged.length > 0);
  return [
    `Paused: ${whose(desk, group)}, in the Consul at ${desk.consulUrl}.`,
    ...heard(group, { acknowledged, missing }),
    ...(isStill ? ['Nothing is sent to Nomad and AWS any more.'] : []),
  ];
}

function resumedLines(
  desk: ConsulDesk,
  { group, isChanged, acknowledged, missing, survey }: PauseOutcome,
): readonly string[] {
  const what = `${whose(desk, group)}, in the Consul at ${desk.consulUrl}`;
  if (!isChanged) return [`Not paused: ${what}. Nothing was changed.`, ...stillHeld(survey)];
  return [`Resumed: ${what}.`, ...heard(group, { acknowledged, missing }), ...stillHeld(survey)];
}

function heard(group: string | undefined, { acknowledged, missing }: Acknowledgement): readonly string[] {
  if (group === undefined) return [];
  if (acknowledged.length > 0) return [`Acknowledged by ${acknowledged.join(', ')}.`];
  return missing.length > 0 ? [] : ['No member is alive; whoever joins heeds it.'];
}

function stillHeld({ isAllSet, set }: Survey): readonly string[] {
  return [
    ...(isAllSet ? ['Failsafe mode for everything is set: nothing is scaled until that is reset.'] : []),
    ...(set.length > 0 ? [`In failsafe mode: ${listSome(set)}.`] : []),
  ];
}

function late({ enable, group, missing, waitedMs }: PauseOutcome): string {
  const seconds = `within ${waitedMs / 1_000} s`;
  if (group === undefined) return `may still be sent, not over ${seconds}: ${listSome(missing)}`;
  const who = `not acknowledged ${seconds} by ${missing.join(', ')}`;
  return enable ? `${who}, which may still be sending what was begun; run the command again` : who;
}
