import { carryOut, dueOf, makePlan } from '../../src/agent/operator/plan.ts';
import { listSome } from '../../src/agent/operator/resource.ts';
import { stillHeld } from '../../src/agent/operator/still-held.ts';
import type { OperationUnderWay } from '../../src/agent/operator/survey.ts';
import type { Hand } from '../../src/agent/operator/turn.ts';
import type { Keys } from '../../src/domain/keys.ts';
import { INTENT_LIFE_MS } from '../../src/ports/write-permit.ts';
import type { Terminal } from '../terminal.ts';
import { readAnswer } from './answer.ts';
import { describePlan, nameAll, type Plan } from './describe.ts';
import type { FailsafeRequest } from './request.ts';

/** What the command is done with. */
export interface Desk extends Hand {
  readonly terminal: Terminal;
  readonly keys: Keys;
  readonly consulUrl: string;
}

/** Looks, asks, writes, and after setting waits until nothing is sent any more. The exit code; throws PortError. */
export async function changeFailsafe(desk: Desk, request: FailsafeRequest): Promise<number> {
  const { enable, scope } = request;
  const made = await makePlan(desk, desk.keys, { flag: 'failsafe', enable, scope });
  if ('text' in made) return refuse(desk, made.text);
  const plan = { ...made, consulUrl: desk.consulUrl };
  const due = dueOf(plan);
  if (due.length === 0) return tellAlready(desk, plan);
  const refused = request.force ? undefined : await ask(desk, { ...plan, standings: due });
  if (refused !== undefined) return refused;
  await carryOut(desk, desk.keys, { plan, waiting: (operations) => tellWaiting(desk, operations) });
  tellDone(desk, { ...plan, standings: due });
  return 0;
}

function refuse({ terminal, consulUrl }: Desk, why: string): number {
  terminal.err(`replicator failsafe: ${why} (Consul at ${consulUrl})`);
  return 1;
}

function tellAlready({ terminal, consulUrl }: Desk, plan: Plan): number {
  const how = plan.enable ? 'is set already' : 'is not set';
  const causes = plan.standings.map(({ one, position }) => `${one.label}${position.cause}`);
  terminal.out(
    `Failsafe mode ${how}: ${listSome(causes)}, in the Consul at ${consulUrl}. Nothing was changed.`,
  );
  if (!plan.enable) for (const line of stillHeld(plan)) terminal.out(line);
  return 0;
}

/** Undefined when it was confirmed, else the exit code. */
async function ask({ terminal }: Desk, plan: Plan): Promise<number | undefined> {
  if (!terminal.isInteractive) {
    terminal.err('replicator failsafe: there is no terminal to ask at; with -force it asks nothing');
    return 1;
  }
  terminal.out(describePlan(plan));
  const answer = readAnswer(await terminal.ask('Go on? Only y does it: '));
  if (answer.kind === 'confirmed') return undefined;
  terminal.out(`${answer.says} Nothing was changed.`);
  return answer.exitCode;
}

function tellWaiting({ terminal }: Desk, operations: readonly OperationUnderWay[]): void {
  const labels = listSome(operations.map(({ label }) => label));
  const most = INTENT_LIFE_MS / 1_000;
  terminal.out(`Written; waiting, at most ${most} s, until no agent is about to send: ${labels}`);
}

function tellDone({ terminal, consulUrl }: Desk, plan: Plan): void {
  const what = `${nameAll(plan.standings)}, in the Consul at ${consulUrl}`;
  terminal.out(`Failsafe mode is ${plan.enable ? 'set' : 'reset'} for ${what}.`);
  if (!plan.enable) for (const line of stillHeld(plan)) terminal.out(line);
}
