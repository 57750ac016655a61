import { CONSUL_FLAGS, pickOptions } from '../../src/config/options.ts';
import type { CommandContext } from '../command.ts';
import { atConsul, type ConsulDesk } from '../consul-desk.ts';
import { type Survey, surveyTree } from '../../src/agent/operator/survey.ts';
import { type Position, pauseSwitch } from '../../src/agent/operator/switch.ts';
import { turnSwitch } from '../../src/agent/operator/turn.ts';
import { awaitPause, findPause } from '../../src/agent/operator/await-pause.ts';
import { readOwner, refuseOwner } from '../group/key-root.ts';
import { awaitAgents } from './await-agents.ts';
import { type PauseOutcome, tellOutcome, whose } from './tell-pause.ts';

/** The flags of pause and resume. */
export const PAUSE_FLAGS = [...pickOptions('group', 'wait', 'json'), ...CONSUL_FLAGS];

/** And what their exit codes mean. */
export const PAUSE_EXITS = {
  0: 'so, or so already, and acknowledged by every member that is alive',
  1: 'not done, or a member has not acknowledged yet: then it is named',
} as const;

/** Sets or resets the pause of a key root and waits until it is heeded. Answers the exit code. */
export function runPause(context: CommandContext, enable: boolean): Promise<number> {
  const withinMs = context.flags.get('wait') * 1_000;
  const name = enable ? 'pause' : 'resume';
  return atConsul(context, { name }, async (desk) => {
    const { coordination, keys, signal, config } = desk;
    const group = config.group?.name;
    const { entries } = await coordination.readTree(`${keys.root}/`, 0, signal);
    const textOf = (key: string): string | undefined => entries.find((entry) => entry.key === key)?.value;
    const refusal = refuseOwner(readOwner(textOf(keys.group)), keys, group);
    if (refusal !== undefined) return desk.refuse(refusal);
    const position = pauseSwitch(keys).read(textOf(keys.paused));
    if (!position.ok) return desk.refuse(`${keys.paused}: ${position.fault}`);
    return turn(desk, { enable, group, withinMs, position, survey: surveyTree(keys, entries) });
  });
}

interface Turn {
  readonly enable: boolean;
  readonly group: string | undefined;
  readonly withinMs: number;
  readonly position: Position;
  readonly survey: Survey;
}

async function turn(desk: ConsulDesk, of: Turn): Promise<number> {
  const { enable, group, position, withinMs } = of;
  const isChanged = position.isSet !== enable;
  if (isChanged) await turnSwitch(desk, pauseSwitch(desk.keys), enable);
  else if (enable) desk.tell(`Paused already${position.cause}: ${whose(desk, group)}.`);
  else return tellOutcome(desk, { ...of, acknowledged: [], missing: [], isChanged, waitedMs: 0 });
  const heeded = await awaitHeed(desk, of);
  if (heeded === undefined) {
    return desk.refuse(`somebody has ${enable ? 'resumed' : 'paused'} it meanwhile`);
  }
  return tellOutcome(desk, { ...of, ...heeded, isChanged, waitedMs: withinMs });
}

/** Undefined when the flag has been turned back. */
async function awaitHeed(
  desk: ConsulDesk,
  { enable, group, withinMs }: Turn,
): Promise<Pick<PauseOutcome, 'acknowledged' | 'missing'> | undefined> {
  if (group !== undefined) return awaitPause(desk, { group, enable, withinMs });
  if ((await findPause(desk, enable)) === undefined) return undefined;
  return enable ? awaitAgents(desk, withinMs) : { acknowledged: [], missing: [] };
}
