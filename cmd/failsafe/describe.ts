import { listSome } from '../../src/agent/operator/resource.ts';
import { isEverything, stillHeld } from '../../src/agent/operator/still-held.ts';
import type { Plan as SwitchPlan, Standing } from '../../src/agent/operator/plan.ts';
import type { Survey } from '../../src/agent/operator/survey.ts';

/** What is about to be done, and where. */
export interface Plan extends SwitchPlan {
  readonly consulUrl: string;
}

/** What will happen, to what, where, and who else is affected: the lines above the question. */
export function describePlan(plan: Plan): string {
  const { enable, standings, consulUrl } = plan;
  const verb = enable ? 'sets' : 'resets';
  const what = `This ${verb} failsafe mode for ${nameAll(standings)}, in the Consul at ${consulUrl}.`;
  return [what, ...(enable ? ifEnabled(plan) : ifDisabled(plan))].join('\n');
}

/** `task group web/api (<key>)`, or several of them. */
export function nameAll(standings: readonly Standing[]): string {
  return listSome(standings.map(({ one }) => `${one.label} (key ${one.key})`));
}

function ifEnabled({ standings, survey }: Plan): string[] {
  const it = standings.length > 1 ? 'them' : 'it';
  const isAll = isEverything(standings);
  const stopped = survey.operations.filter(({ key }) => standings.some(({ one }) => one.stops(key)));
  const affected = isAll
    ? `No agent scales anything there until it is reset; known there: ${countOf(survey)}.`
    : `No agent scales ${it} until it is reset; all other groups and pools go on.`;
  const underWay = `Under way, and stopped where it is: ${listSome(stopped.map(({ label }) => label))}.`;
  return [affected, ...(stopped.length > 0 ? [underWay] : [])];
}

function ifDisabled(plan: Plan): string[] {
  const { standings } = plan;
  const causes = standings.map(({ one, position }) => `${one.label}: set${position.cause}`);
  const after = isEverything(standings)
    ? 'Agents scale again at once, and go on with operations that were stopped.'
    : 'Earlier failures are forgotten; agents scale again at once, and go on with what was stopped.';
  return [`${listSome(causes)}.`, after, ...stillHeld(plan)];
}

function countOf({ resources }: Survey): string {
  const pools = resources.filter(({ job }) => job === undefined).length;
  const groups = resources.length - pools;
  return `${groups} task group${groups === 1 ? '' : 's'}, ${pools} worker pool${pools === 1 ? '' : 's'}`;
}
