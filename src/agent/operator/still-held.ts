import type { Plan, Standing } from './plan.ts';
import { listSome } from './resource.ts';

/** What keeps resources in failsafe mode all the same. */
export function stillHeld({ standings, survey }: Pick<Plan, 'standings' | 'survey'>): string[] {
  if (!isEverything(standings)) {
    return survey.isAllSet
      ? ['Failsafe mode for everything is set besides: nothing is scaled until that is reset too.']
      : [];
  }
  if (survey.set.length === 0) return [];
  return [`In failsafe mode of their own, to be reset one by one: ${listSome(survey.set)}.`];
}

/** True when the switch for everything is among them. */
export function isEverything(standings: readonly Standing[]): boolean {
  return standings.some(({ one }) => one.stops(''));
}
