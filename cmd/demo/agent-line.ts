import type { GroupDecision } from '../../src/domain/decision/group-decision.ts';
import type { PoolDecision } from '../../src/domain/decision/pool-judgement.ts';

/** One line of the agent's JSON log. What a kind of event does not tell is empty or absent. */
export interface AgentLine {
  /** The agent's clock: the cluster's time. */
  readonly atMs: number;
  readonly level: string;
  readonly origin: string;
  readonly message: string;
  /** Kind of the event; '' for lines that tell none. */
  readonly event: string;
  readonly group: string;
  readonly pool: string;
  readonly session: string;
  readonly outcome: string;
  /** What an operation waits for, or does. */
  readonly text: string;
  /** Why an operation has failed or ended. */
  readonly why: string;
  /** Options that have changed. */
  readonly keys: readonly string[];
  readonly decision?: GroupDecision;
  readonly poolDecision?: PoolDecision;
}

/** Reads a line of the log; undefined for anything else a process may print. */
export function parseAgentLine(text: string): AgentLine | undefined {
  const value = parseObject(text);
  if (!value) return undefined;
  const word = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  const atMs = Date.parse(word('time'));
  if (Number.isNaN(atMs) || word('level') === '') return undefined;
  const decision = value['decision'];
  return {
    atMs,
    level: word('level'),
    origin: word('origin'),
    message: word('message'),
    event: word('event'),
    group: word('group'),
    pool: word('pool'),
    session: word('session'),
    outcome: word('outcome'),
    text: word('text'),
    why: word('why'),
    keys: textsOf(value['keys']),
    ...(isDecision(decision) && { decision }),
    ...(isPoolDecision(decision) && { poolDecision: decision }),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** The agent is of this build: what has a verdict and a wish has the rest. */
function isDecision(value: unknown): value is GroupDecision {
  return hasVerdict(value, ['hold', 'scale']) && isObject(value['wish']);
}

/** What has a verdict and an ask is one about a pool. */
function isPoolDecision(value: unknown): value is PoolDecision {
  return hasVerdict(value, ['hold', 'out', 'in']) && isObject(value['ask']);
}

function hasVerdict(
  value: unknown,
  kinds: readonly string[],
): value is Readonly<Record<string, unknown>> & { readonly verdict: object } {
  if (!isObject(value) || !isObject(value['verdict'])) return false;
  const { kind } = value['verdict'];
  return typeof kind === 'string' && kinds.includes(kind);
}
