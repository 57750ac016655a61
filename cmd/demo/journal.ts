import { describeNumbers } from '../../src/domain/decision/describe.ts';
import type { GroupDecision, GroupNumbers } from '../../src/domain/decision/group-decision.ts';
import type { Direction } from '../../src/domain/decision/judge-group.ts';
import type { ActReason } from '../../src/domain/decision/reason.ts';
import type { AgentLine } from './agent-line.ts';
import { createPoolBook, describeChange, type PoolBook, type PoolChange } from './pool-journal.ts';

/** A decision that changes a count. */
export interface ScaleDecision {
  /** The cluster's time, milliseconds since the epoch. */
  readonly atMs: number;
  readonly group: string;
  /** The member of the team that decided; undefined where the agent stands alone. */
  readonly by?: string;
  readonly direction: Direction;
  readonly from: number;
  readonly to: number;
  readonly reason: ActReason;
  readonly numbers: GroupNumbers | undefined;
  /** How it ended: `success`, `failure`, `dropped`, `no-room`; undefined while it is under way. */
  readonly outcome?: string;
}

/** Something worth a line. */
export interface News {
  readonly atMs: number;
  readonly text: string;
  /** The same in fewer words, where there are any. */
  readonly short?: string;
  readonly kind: 'story' | 'out' | 'in' | 'info' | 'warn' | 'error';
}

/** What the last rounds of a group came to. */
export interface GroupStory {
  readonly decision: GroupDecision;
  readonly lastChange: ScaleDecision | undefined;
}

/** All that was told so far. */
export interface Journal {
  readonly decisions: readonly ScaleDecision[];
  readonly errors: readonly News[];
  readonly groups: ReadonlyMap<string, GroupStory>;
  readonly poolDecisions: PoolBook['decisions'];
  readonly pools: PoolBook['pools'];
  /** The session that leads; undefined while nobody does. */
  leader(): string | undefined;
  /** Takes in a line of an agent's log; '' for one that stands alone. */
  hear(line: AgentLine, agent?: string): void;
  /** Adds something that the demo itself has to tell. */
  tell(news: News): void;
}

/** An empty journal. `told` hears every news at once. */
export function createJournal(told: (news: News) => void): Journal {
  const decisions: ScaleDecision[] = [];
  const errors: News[] = [];
  const groups = new Map<string, GroupStory>();
  const book = createPoolBook();
  const leading: { session: string | undefined } = { session: undefined };
  const tell = (news: News): void => {
    if (news.kind === 'error') errors.push(news);
    told(news);
  };
  return {
    decisions,
    errors,
    groups,
    poolDecisions: book.decisions,
    pools: book.pools,
    leader: () => leading.session,
    tell,
    hear: (line, agent = '') => {
      const change = changeOf(line, agent);
      if (change) decisions.push(change);
      if (line.decision) {
        const lastChange = change ?? groups.get(line.group)?.lastChange;
        groups.set(line.group, { decision: line.decision, lastChange });
      }
      if (line.event === 'operation-ended') setOutcome(decisions, line);
      if (line.event === 'policy-removed') groups.delete(line.group);
      if (line.event === 'leading') leading.session = line.session;
      if (line.event === 'leadership-ended') leading.session = undefined;
      const poolChange = book.hear(line);
      const news = poolChange ? poolNews(line, poolChange) : newsOf(line, change);
      if (news && agent === '') tell(news);
      else if (news && !TOLD_BY_EACH.has(line.event)) tell(spokenBy(agent, news));
    },
  };
}

function changeOf({ atMs, group, decision }: AgentLine, agent: string): ScaleDecision | undefined {
  if (decision?.verdict.kind !== 'scale') return undefined;
  const { direction, from, to, because: reason } = decision.verdict;
  const by = agent === '' ? {} : { by: agent };
  return { atMs, group, ...by, direction, from, to, reason, numbers: decision.numbers };
}

/** Of the group's last decision: it has one operation at a time. */
function setOutcome(decisions: ScaleDecision[], { group, outcome }: AgentLine): void {
  const index = decisions.findLastIndex((one) => one.group === group);
  const decision = decisions[index];
  if (decision) decisions[index] = { ...decision, outcome };
}

/** Told elsewhere, or by the line of the decision they follow. */
const QUIET = new Set([
  'operation-accepted',
  'operation-stepped',
  'pool-operation-begun',
  'instance-terminated',
]);

/** Each member of a team says so of all groups and partitions; the demo tells it once, from what Consul holds. */
const TOLD_BY_EACH = new Set(['policy-added', 'policy-changed', 'policy-removed', 'lock-taken', 'lock-left']);

function spokenBy(agent: string, { text, short, ...news }: News): News {
  return { ...news, text: `${agent}: ${text}`, ...(short !== undefined && { short: `${agent}: ${short}` }) };
}

function newsOf(line: AgentLine, change: ScaleDecision | undefined): News | undefined {
  const { atMs, message: text, level } = line;
  if (change) return { atMs, text, short: shortOf(change), kind: change.direction };
  if (['error', 'fatal', 'panic'].includes(level)) return { atMs, text, kind: 'error' };
  if (level === 'warn') return { atMs, text, kind: 'warn' };
  if (level !== 'info' || line.event === '' || QUIET.has(line.event)) return undefined;
  return isExpected(line) ? undefined : { atMs, text, kind: 'info' };
}

/** A success, or settings that have been looked at and are as they were. */
function isExpected({ event, outcome, keys }: AgentLine): boolean {
  if (event === 'settings-changed') return keys.length === 0;
  return event === 'operation-ended' && outcome === 'success';
}

function poolNews({ atMs, message: text, poolDecision }: AgentLine, change: PoolChange): News {
  return { atMs, text, short: describeChange(change, poolDecision), kind: change.direction };
}

function shortOf({ group, direction, from, to, reason, numbers }: ScaleDecision): string {
  return `${group}: ${direction} from ${from} to ${to}, ${reason}${numbers ? `: ${describeNumbers(numbers)}` : ''}`;
}
