import { describeDecision } from '../../domain/decision/describe.ts';
import { describePoolDecision } from '../../domain/decision/describe-pool.ts';
import type { GroupDecision } from '../../domain/decision/group-decision.ts';
import type { PoolDecision } from '../../domain/decision/pool-judgement.ts';
import { type GateReading, readGroupGates, readPoolGates } from '../../domain/decision/read-gates.ts';
import { REASON_TEXT } from '../../domain/decision/reason.ts';
import { targetOf } from '../../domain/decision/pool-decision.ts';
import { POOL_REASON_TEXT } from '../../domain/decision/pool-reason.ts';
import { groupWays } from '../../domain/decision/group-ways.ts';
import { poolWays } from '../../domain/decision/pool-ways.ts';
import type { Waits } from '../../domain/waits.ts';
import type { DecisionEntry, DecisionPage } from '../../ports/status-view.ts';
import { either, flag, instant, list, maybe, record, type Shape, text, whole, word } from '../shape.ts';
import { type AllPoolNumbers, groupNumbers, poolNumbers } from './number-shapes.ts';
import { way, waits } from './way-shapes.ts';
import { RESOURCE_TYPE } from './words.ts';

/** What a decision, or a wish before the gates, comes to; the same for task groups and worker pools. */
export interface Course {
  readonly reason: string;
  readonly text: string;
  /** Absent for a hold. */
  readonly direction?: 'out' | 'in' | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly node?: string | undefined;
  readonly instanceId?: string | undefined;
}

const course = record<Course>()('Course', (field) => ({
  kind: field(word(['hold', 'scale']), 'whether something is changed', (one) =>
    one.direction ? 'scale' : 'hold',
  ),
  reason: field(text, 'one of the closed list of reasons', (one) => one.reason),
  text: field(text, 'the same as a sentence', (one) => one.text),
  direction: field(maybe(word(['out', 'in'])), 'null for a hold', (one) => one.direction),
  from: field(
    maybe(whole),
    'the count, or the desired capacity, that there is; null for a hold',
    (one) => one.from,
  ),
  to: field(maybe(whole), 'the one that is asked for; null for a hold', (one) => one.to),
  node: field(maybe(text), 'the node that goes; null unless a pool scales in', (one) => one.node),
  instance_id: field(maybe(text), 'the instance it runs on', (one) => one.instanceId),
}));

const gate = record<GateReading<string> & { readonly text: string }>()('Gate', (field) => ({
  reason: field(text, 'the reason it gives when it holds', (one) => one.reason),
  text: field(text, 'the same as a sentence', (one) => one.text),
  holds: field(
    maybe(flag),
    'false: passed; null: not asked, or nothing was wished that it could hold',
    (one) => one.holds,
  ),
}));

/** What both kinds of decisions are shown as. */
interface Shown<Numbers> {
  readonly verdict: Course;
  readonly wish: Course;
  readonly numbers: Numbers | undefined;
  readonly waits: Waits | undefined;
  readonly gates: readonly (GateReading<string> & { readonly text: string })[];
  /** What the reason is about where it does not tell itself; '' for nothing. */
  readonly detail: string;
  readonly sentence: string;
}

function decisionRecord<Numbers, Wire>(title: string, numbers: Shape<Numbers, Wire>) {
  return record<Shown<Numbers>>()(title, (field) => ({
    verdict: field(course, 'what is done', (one) => one.verdict),
    wish: field(course, 'what the numbers alone ask for, before any gate', (one) => one.wish),
    gates: field(
      list(gate),
      'what stands between wish and verdict, in its order: the first that holds gives the reason',
      (one) => one.gates,
    ),
    numbers: field(maybe(numbers), 'null where nothing could be evaluated', (one) => one.numbers),
    waits: field(maybe(waits), 'what cooldown and backoff were reckoned from', (one) => one.waits),
    detail: field(text, 'faults or names that the reason is about, empty for nothing', (one) => one.detail),
    sentence: field(text, 'the decision as the log has it', (one) => one.sentence),
  }));
}

const shownGroup = decisionRecord('GroupDecision', groupNumbers);
const shownPool = decisionRecord('PoolDecision', poolNumbers);

/** A decision about a task group. */
export const groupDecision = {
  schema: shownGroup.schema,
  encode: (decision: GroupDecision) => shownGroup.encode(showGroup(decision)),
};

/** A decision about a worker pool. */
export const poolDecision = {
  schema: shownPool.schema,
  encode: (decision: PoolDecision) => shownPool.encode(showPool(decision)),
};

function showGroup(decision: GroupDecision): Shown<NonNullable<GroupDecision['numbers']>> {
  const { verdict, wish, numbers, waits } = decision;
  return {
    verdict: groupCourse(verdict, numbers?.count),
    wish: groupCourse(wish, numbers?.count),
    numbers,
    waits,
    gates: readGroupGates(decision).map((one) => ({ ...one, text: REASON_TEXT[one.reason] })),
    detail: '',
    sentence: describeDecision(decision),
  };
}

function groupCourse(of: GroupDecision['verdict'] | GroupDecision['wish'], from: number | undefined): Course {
  if (of.kind === 'hold') return { reason: of.reason, text: REASON_TEXT[of.reason] };
  const { because: reason, direction, to } = of;
  return { reason, text: REASON_TEXT[reason], direction, from, to };
}

function showPool(decision: PoolDecision): Shown<AllPoolNumbers> {
  const { verdict, ask, numbers, asked, threshold, cooldownLeftMs, backoffLeftMs } = decision;
  return {
    verdict: verdictCourse(verdict),
    wish: askCourse(ask, numbers),
    numbers: numbers && { ...numbers, asked, threshold, cooldownLeftMs, backoffLeftMs },
    waits: decision.waits,
    gates: readPoolGates(decision).map((one) => ({ ...one, text: POOL_REASON_TEXT[one.reason] })),
    detail: decision.detail,
    sentence: describePoolDecision(decision),
  };
}

function verdictCourse(verdict: PoolDecision['verdict']): Course {
  if (verdict.kind === 'hold') return { reason: verdict.reason, text: POOL_REASON_TEXT[verdict.reason] };
  const { kind: direction, because: reason, from, to } = verdict;
  const base = { reason, text: POOL_REASON_TEXT[reason], direction, from, to };
  return verdict.kind === 'in' ? { ...base, node: verdict.node.name, instanceId: verdict.instanceId } : base;
}

function askCourse(ask: PoolDecision['ask'], numbers: PoolDecision['numbers']): Course {
  if (ask.kind === 'none') return { reason: ask.reason, text: POOL_REASON_TEXT[ask.reason] };
  const { kind: direction, because: reason } = ask;
  const to = numbers && targetOf(ask, numbers);
  const base = { reason, text: POOL_REASON_TEXT[reason], direction, from: numbers?.desired, to };
  return ask.kind === 'in' ? { ...base, node: ask.node.name, instanceId: ask.instanceId } : base;
}

/** A run of decisions that came to the same. */
export const decisionEntry = record<DecisionEntry>()('DecisionEntry', (field) => ({
  sequence: field(whole, 'number of the last decision of the run', (one) => one.sequence),
  type: field(RESOURCE_TYPE, 'what was decided about', (one) => one.type),
  id: field(text, 'its id', (one) => one.id),
  count: field(whole, 'decisions in the run', (one) => one.count),
  first_at: field(instant, 'the first of them', (one) => one.firstMs),
  last_at: field(instant, 'the last of them', (one) => one.lastMs),
  decision: field(
    either([groupDecision, poolDecision], encodeDecision),
    'the last of them, with every number',
    (one: DecisionEntry) => one,
  ),
  ways: field(
    list(way),
    'what would have to change for it to act; empty for one that acts, and where nothing could be evaluated',
    (one) => (one.type === 'job_group' ? groupWays(one.decision) : poolWays(one.decision)),
  ),
}));

function encodeDecision(entry: DecisionEntry) {
  return entry.type === 'job_group'
    ? groupDecision.encode(entry.decision)
    : poolDecision.encode(entry.decision);
}

/** The answer of /v1/decisions. */
export const decisionPage = record<DecisionPage>()('Decisions', (field) => ({
  decisions: field(list(decisionEntry), 'runs in the order of their last decisions', (one) => one.entries),
  next_since: field(whole, 'what to give as `since` next time', (one) => one.next),
  complete: field(flag, 'false when some that were asked for have been dropped', (one) => one.isComplete),
}));
