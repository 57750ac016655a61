import type { GroupDecision } from '../../src/domain/decision/group-decision.ts';

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
  readonly session: string;
  readonly outcome: string;
  readonly decision?: GroupDecision;
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
    session: word('session'),
    outcome: word('outcome'),
    ...(isDecision(decision) && { decision }),
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

/** The agent is of this build: what has a verdict and a wish has the rest. */
function isDecision(value: unknown): value is GroupDecision {
  if (!isObject(value) || !isObject(value['verdict']) || !isObject(value['wish'])) return false;
  const { kind } = value['verdict'];
  return kind === 'hold' || kind === 'scale';
}
