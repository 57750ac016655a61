import type { Keys } from '../../src/domain/keys.ts';
import { INTENT_LIFE_MS } from '../../src/ports/write-permit.ts';
import type { Terminal } from '../terminal.ts';
import { readAnswer } from './answer.ts';
import { describePlan, nameAll, type Plan, type Standing, stillHeld } from './describe.ts';
import { findSwitches } from './find-switches.ts';
import type { FailsafeRequest } from './request.ts';
import { listSome } from './resource.ts';
import { waitForStillness } from './stillness.ts';
import { type Survey, surveyTree } from './survey.ts';
import type { Switch } from './switch.ts';
import { type Hand, turnSwitch } from './turn.ts';

/** What the command is done with. */
export interface Desk extends Hand {
  readonly terminal: Terminal;
  readonly keys: Keys;
  readonly consulUrl: string;
}

/** Looks, asks, writes, and after setting waits until nothing is sent any more. The exit code; throws PortError. */
export async function changeFailsafe(desk: Desk, request: FailsafeRequest): Promise<number> {
  const plan = await makePlan(desk, request);
  if (typeof plan === 'string') return refuse(desk, plan);
  const due = plan.standings.filter(({ position }) => position.isSet !== plan.enable);
  if (due.length === 0) return tellAlready(desk, plan);
  const refused = request.force ? undefined : await ask(desk, { ...plan, standings: due });
  if (refused !== undefined) return refused;
  for (const { one } of due) await turnSwitch(desk, one, plan.enable);
  if (plan.enable) await settle(desk, due);
  tellDone(desk, { ...plan, standings: due });
  return 0;
}

/** What is there and what it comes to, or why nothing can be done. */
async function makePlan(desk: Desk, { enable, scope }: FailsafeRequest): Promise<Plan | string> {
  const { coordination, keys, consulUrl, signal } = desk;
  const { entries } = await coordination.readTree(`${keys.root}/`, 0, signal);
  const survey = surveyTree(keys, entries);
  const switches = findSwitches(scope, keys, survey.resources);
  if ('missing' in switches) return switches.missing;
  const standings = switches.map((one) => readSwitch(survey, one));
  const fault = standings.find((standing) => typeof standing === 'string');
  if (fault !== undefined) return fault;
  const readable = standings.filter((standing) => typeof standing !== 'string');
  return { enable, standings: readable, survey, consulUrl };
}

function readSwitch({ entries }: Survey, one: Switch): Standing | string {
  const position = one.read(entries.find(({ key }) => key === one.key)?.value);
  return position.ok ? { one, position } : `${one.key}: ${position.fault}`;
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

function settle(desk: Desk, standings: readonly Standing[]): Promise<void> {
  return waitForStillness(desk, {
    keys: desk.keys,
    isStopped: (key) => standings.some(({ one }) => one.stops(key)),
    waiting: (operations) => {
      const labels = listSome(operations.map(({ label }) => label));
      desk.terminal.out(
        `Written; waiting, at most ${INTENT_LIFE_MS / 1_000} s, until no agent is about to send: ${labels}`,
      );
    },
  });
}

function tellDone({ terminal, consulUrl }: Desk, plan: Plan): void {
  const what = `${nameAll(plan.standings)}, in the Consul at ${consulUrl}`;
  terminal.out(`Failsafe mode is ${plan.enable ? 'set' : 'reset'} for ${what}.`);
  if (!plan.enable) for (const line of stillHeld(plan)) terminal.out(line);
}
