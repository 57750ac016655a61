import { parseInstant } from '../../src/domain/instant.ts';
import { type Told, type ToldGroup, usageOfGroup, verdictOfGroup, wishOfGroup } from './recompute-group.ts';
import { askOfPool, numbersOfPool, type ToldPool, verdictOfPool } from './recompute-pool.ts';

/** A decision with its ways, as in /v1/decisions and in `explain --json`. */
export interface ToldEntry {
  type: string;
  decision: (ToldGroup | ToldPool) & {
    verdict: Record<string, unknown>;
    wish: Record<string, unknown>;
    waits: {
      at: string;
      cooldown_ms: number;
      last_scaling_at: string | null;
      failures: number;
      last_failure_at: string | null;
      refused_left_ms: number;
    } | null;
  };
  ways: {
    direction: string;
    to: number | null;
    conditions: ToldCondition[];
    never: string;
    sentence: string;
  }[];
}

export interface ToldCondition {
  fact: string;
  is_gate: boolean;
  is: unknown;
  must: string;
  than: number | boolean;
  sentence: string;
}

/** A course as the API has it, without its sentence. */
function told(course: Record<string, unknown>): Told & { reason: string } {
  const { kind, reason, direction, to } = course as {
    kind: string;
    reason: string;
    direction: string;
    to: number;
  };
  return kind === 'hold' ? { kind, reason } : { kind: 'scale', reason, direction, to };
}

/** Wish, verdict and every number that is made of others: as they are told, and as the formulas have them. */
export function decideAgain({ type, decision }: ToldEntry) {
  const isGroup = type === 'job_group';
  const is = { wish: told(decision.wish), verdict: told(decision.verdict), ...numbersTold(type, decision) };
  const again = isGroup
    ? {
        wish: wishOfGroup(decision as ToldGroup),
        verdict: verdictOfGroup(decision as ToldGroup),
        ...usageOfGroup(decision as ToldGroup),
      }
    : {
        wish: askOfPool(decision as ToldPool),
        verdict: verdictOfPool(decision as ToldPool),
        ...numbersOfPool(decision as ToldPool),
      };
  return { is, again: { ...again, ...waitsOf(decision) } };
}

function numbersTold(type: string, { numbers }: ToldEntry['decision']): Record<string, unknown> {
  const made =
    type === 'job_group'
      ? ['cpu', 'mem']
      : ['percent', 'metric', 'average_node', 'overhead', 'max_allowed', 'max_allowed_without'];
  const keys = [...made, 'cooldown_left_ms', 'backoff_left_ms'];
  return Object.fromEntries(keys.map((key) => [key, numbers[key]]));
}

/** Cooldown and backoff once more, from the times and failures. */
function waitsOf({ waits, numbers }: ToldEntry['decision']): Record<string, number> {
  if (!waits) return { cooldown_left_ms: numbers.cooldown_left_ms, backoff_left_ms: numbers.backoff_left_ms };
  const now = parseInstant(waits.at) ?? 0;
  const left = (at: string | null, span: number): number =>
    at === null ? 0 : Math.max(0, Math.min(parseInstant(at) ?? now, now) + span - now);
  const backoff = Math.min(waits.cooldown_ms * 2 ** Math.min(waits.failures - 1, 30), 3_600_000);
  return {
    cooldown_left_ms: left(waits.last_scaling_at, waits.cooldown_ms),
    backoff_left_ms: Math.max(
      waits.refused_left_ms,
      waits.failures === 0 ? 0 : left(waits.last_failure_at, backoff),
    ),
  };
}

/** What the formulas decide after these conditions have come true. */
export function decideAfter(entry: ToldEntry, conditions: readonly ToldCondition[]): Told {
  const changed = structuredClone(entry);
  for (const condition of conditions) fulfil(changed, condition);
  return entry.type === 'job_group'
    ? verdictOfGroup(changed.decision as ToldGroup)
    : verdictOfPool(changed.decision as ToldPool);
}

/** Changes the one fact that a condition names, and what is counted from it. */
function fulfil({ decision }: ToldEntry, { fact, is_gate, must, than }: ToldCondition): void {
  if (is_gate) {
    for (const gate of decision.gates) if (gate.reason === fact) gate.holds = than === true;
    return;
  }
  const step = must === 'above' ? 1e-6 : must === 'below' ? -1e-6 : 0;
  const good = typeof than === 'number' ? than + step : than;
  const { numbers } = decision;
  if (fact === 'candidates') numbers[fact] = [{ against: '', node: 'free' }];
  else if (fact === 'joining') numbers[fact] = [];
  else if (fact.startsWith('used.')) {
    const { used } = numbers as unknown as { used: Record<string, unknown> };
    used[fact.slice('used.'.length)] = good;
  } else Object.assign(numbers, { [fact]: good });
}
