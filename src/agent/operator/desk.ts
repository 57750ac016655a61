import { decodeGroupName } from '../../domain/group/group-document.ts';
import type { Keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Coordination } from '../../ports/coordination.ts';
import type { OperatorCommand, OperatorDesk, OperatorOutcome } from '../../ports/operator-desk.ts';
import { isPortError } from '../../ports/port-error.ts';
import { awaitPause } from './await-pause.ts';
import { carryOut, dueOf, makePlan, type Plan } from './plan.ts';
import { plain } from '../../domain/plain.ts';
import type { Scope, Wanted } from './scope.ts';
import { stillHeld } from './still-held.ts';
import { type Hand, turnSwitch } from './turn.ts';

/** As long as `replicator pause` waits where nothing else is said. */
const PATIENCE_MS = 10_000;

/** Works on the keys themselves: any agent can carry a command out, whoever leads. */
export function createOperatorDesk(of: {
  readonly coordination: Coordination;
  /** The machine's own. */
  readonly clock: Clock;
  readonly keys: Keys;
}): OperatorDesk {
  return {
    carryOut: async (command, signal) => {
      const { coordination, clock, keys } = of;
      const { by, reason } = command;
      try {
        return await obey({ coordination, clock, by, reason, signal }, keys, wantedBy(command));
      } catch (error) {
        if (!isPortError(error)) throw error;
        const isUnknown = error.detail.outcomeUnknown === true;
        const hint = isUnknown ? '; it is not known whether that was written: ask again' : '';
        return { kind: 'failed', text: plain(`${error.message}${hint}`) };
      }
    },
  };
}

async function obey(hand: Hand, keys: Keys, wanted: Wanted): Promise<OperatorOutcome> {
  const plan = await makePlan(hand, keys, wanted);
  if ('text' in plan) return plan;
  const group = wanted.flag === 'paused' ? groupOf(plan, keys) : undefined;
  if (group !== undefined) return pauseGroup(hand, keys, { plan, group });
  await carryOut(hand, keys, { plan, waiting: () => undefined });
  const notes = plan.enable || wanted.flag === 'paused' ? [] : stillHeld(plan);
  return { kind: 'done', ...sorted(plan), notes, acknowledged: [], missing: [] };
}

/** Whose key root it is, if a group's. */
function groupOf({ survey }: Plan, keys: Keys): string | undefined {
  const entry = survey.entries.find(({ key }) => key === keys.group);
  const name = entry && decodeGroupName(entry.value);
  return name?.ok === true ? name.value : undefined;
}

/** As `replicator pause` and `resume` do. */
async function pauseGroup(
  hand: Hand,
  keys: Keys,
  { plan, group }: { readonly plan: Plan; readonly group: string },
): Promise<OperatorOutcome> {
  const { enable } = plan;
  for (const { one } of dueOf(plan)) await turnSwitch(hand, one, enable);
  const heeded = await awaitPause({ ...hand, keys }, { group, enable, withinMs: PATIENCE_MS });
  if (heeded) return { kind: 'done', ...sorted(plan), notes: [], ...heeded };
  return { kind: 'overtaken', text: `somebody has ${enable ? 'resumed' : 'paused'} it meanwhile` };
}

function sorted({
  standings,
  enable,
}: Plan): Pick<Extract<OperatorOutcome, { readonly kind: 'done' }>, 'changed' | 'unchanged'> {
  const labels = (isSo: boolean): string[] =>
    standings.filter(({ position }) => (position.isSet === enable) === isSo).map(({ one }) => one.label);
  return { changed: labels(false), unchanged: labels(true) };
}

function wantedBy({ flag, enable, target }: OperatorCommand): Wanted {
  return flag === 'paused' ? { flag, enable } : { flag, enable, scope: scopeOf(target) };
}

function scopeOf(target: OperatorCommand['target']): Scope {
  if (!target) return { kind: 'everything' };
  return target.kind === 'group' ? { kind: 'job', id: target.id } : { kind: 'worker-pool', name: target.id };
}
