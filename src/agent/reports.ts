import type { GroupDecision } from '../domain/decision/group-decision.ts';
import type { PoolDecision } from '../domain/decision/pool-judgement.ts';
import { NOTICE_REASONS, type NoticeReason } from '../domain/notice-table.ts';
import type { ResourceType } from '../domain/scaling-state.ts';
import type { Notice } from '../ports/notifier.ts';
import type { Send } from './alarms.ts';
import type { AgentEvent } from './events.ts';
import { createLasting, type Lasting, LOOKS } from './lasting.ts';
import type { Telling } from './notice.ts';
import type { NotifyingOptions } from './notifying.ts';

/** What is told besides failsafe, where the configuration asks for it. It goes by this agent's memory alone. */
export interface Reports {
  hear(event: AgentEvent): void;
}

/** What is remembered of a resource. */
interface Memory {
  readonly atMaximum: Lasting;
  /** Instances that were told as lost. */
  lost: readonly string[];
  isFailed: boolean;
  isScaling: boolean;
}

interface Desk {
  readonly memories: Map<string, Memory>;
  readonly tell: (resource: Resource, told: Told) => void;
}

interface Resource {
  readonly type: ResourceType;
  readonly id: string;
}

type Told = Pick<Telling, 'kind' | 'reason' | 'message'> & { readonly details?: Notice['details'] };

/** Starts with nothing to tell. */
export function createReports(
  { events, about }: Pick<NotifyingOptions, 'events' | 'about'>,
  send: Send,
): Reports {
  const isWanted = (reason: NoticeReason): boolean => {
    const { event } = NOTICE_REASONS[reason];
    return event !== 'failsafe' && events.has(event);
  };
  const tell: Desk['tell'] = ({ type, id }, { details = {}, ...told }) => {
    if (!isWanted(told.reason)) return;
    const known = about(type, id) ?? { uid: '', statePath: '' };
    send({ ...told, details, subject: { type, id, ...known } }, () => undefined);
  };
  const desk: Desk = { memories: new Map(), tell };
  return {
    hear: (event) => {
      if (events.size > 0) hear(desk, event);
    },
  };
}

function hear(desk: Desk, event: AgentEvent): void {
  switch (event.kind) {
    case 'leadership-ended':
      return desk.memories.clear();
    case 'decided':
      return onGroupDecision(desk, group(event.group), event.decision);
    case 'pool-decided':
      return onPoolDecision(desk, pool(event.pool), event.decision);
    case 'operation-accepted': {
      const { direction, from, to, because, message } = event.operation;
      return onBegun(desk, group(event.group), { message, details: { direction, from, to, because } });
    }
    case 'pool-operation-begun': {
      const { direction, because, message } = event.operation;
      return onBegun(desk, pool(event.pool), { message, details: { direction, because } });
    }
    case 'operation-ended':
      return onEnded(desk, group(event.group), event);
    case 'pool-operation-ended':
      return onEnded(desk, pool(event.pool), event);
    case 'pool-operation-failed':
      return onFailed(desk, pool(event.pool), event);
    case 'policy-removed':
      return onGone(desk, group(event.group));
    case 'pool-removed':
      return onGone(desk, pool(event.pool));
    default:
  }
}

const group = (id: string): Resource => ({ type: 'job_group', id });
const pool = (id: string): Resource => ({ type: 'worker_pool', id });

function memoryOf({ memories }: Desk, { type, id }: Resource): Memory {
  const key = `${type} ${id}`;
  const known = memories.get(key);
  if (known) return known;
  const fresh: Memory = { atMaximum: createLasting(LOOKS), lost: [], isFailed: false, isScaling: false };
  memories.set(key, fresh);
  return fresh;
}

/** Numbers that nobody has just now, and another gate in front of the maximum's, tell nothing of it. */
function onGroupDecision(desk: Desk, resource: Resource, { verdict, wish, numbers }: GroupDecision): void {
  const isUnknown = wish.kind === 'hold' && ['no-metrics', 'starting', 'state'].includes(wish.reason);
  const asksMore = wish.kind === 'scale' && wish.because === 'above';
  const isStopped = asksMore && verdict.kind === 'hold' && verdict.reason === 'max';
  const isHeld = asksMore && verdict.kind === 'hold' && !isStopped;
  const details = {
    ...(numbers && { count: numbers.count, max: numbers.max }),
    ...(numbers?.cpu !== undefined && { cpu: numbers.cpu }),
    ...(numbers?.mem !== undefined && { mem: numbers.mem }),
  };
  onMaximum(desk, resource, { holds: isUnknown || isHeld ? undefined : isStopped, details });
}

function onPoolDecision(desk: Desk, resource: Resource, { verdict, ask, numbers }: PoolDecision): void {
  if (!numbers) return;
  const isStopped = ask.kind === 'out' && verdict.kind === 'hold' && verdict.reason === 'asg-max';
  const isHeld = ask.kind === 'out' && verdict.kind === 'hold' && !isStopped;
  const { desired, max, metric, percent, lost } = numbers;
  const details = { desired, max, metric, used_percent: metric === 'none' ? 0 : percent[metric] };
  onMaximum(desk, resource, { holds: isHeld ? undefined : isStopped, details });
  onLost(desk, resource, lost);
}

function onMaximum(
  desk: Desk,
  resource: Resource,
  { holds, details }: { readonly holds: boolean | undefined; readonly details: Notice['details'] },
): void {
  const change = memoryOf(desk, resource).atMaximum.saw(holds);
  if (change === undefined) return;
  const reason = 'at_maximum';
  if (change === 'began') {
    const message = `${resource.id} is at its maximum, and more is asked for`;
    desk.tell(resource, { kind: 'triggered', reason, message, details });
  } else {
    const message = `${resource.id} does not ask for more than its maximum any longer`;
    desk.tell(resource, { kind: 'resolved', reason, message, details });
  }
}

function onLost(desk: Desk, resource: Resource, lost: readonly string[]): void {
  const memory = memoryOf(desk, resource);
  const hasMore = lost.some((one) => !memory.lost.includes(one));
  const isOver = lost.length === 0 && memory.lost.length > 0;
  memory.lost = lost;
  const reason = 'lost_nodes';
  if (hasMore) {
    const message = `instances of ${resource.id} have not joined as nodes: ${lost.join(', ')}`;
    desk.tell(resource, { kind: 'triggered', reason, message, details: { lost: lost.length } });
  }
  if (isOver) {
    const message = `no instance of ${resource.id} is lost any more`;
    desk.tell(resource, { kind: 'resolved', reason, message });
  }
}

function onBegun(desk: Desk, resource: Resource, told: Pick<Told, 'message' | 'details'>): void {
  memoryOf(desk, resource).isScaling = true;
  desk.tell(resource, { kind: 'triggered', reason: 'scaling', ...told });
}

type Ended = Extract<AgentEvent, { readonly kind: 'operation-ended' | 'pool-operation-ended' }>;

function onEnded(desk: Desk, resource: Resource, event: Ended): void {
  const memory = memoryOf(desk, resource);
  const { outcome, why, operation, failures } = event;
  // A scaling that was dropped before it began was never told; one that another agent has begun was.
  if (memory.isScaling || outcome !== 'dropped') {
    const message = `scale ${operation.direction} ended, ${outcome}: ${why}`;
    desk.tell(resource, { kind: 'resolved', reason: 'scaling', message, details: { outcome, failures } });
  }
  memory.isScaling = false;
  if (outcome === 'failure') onFailed(desk, resource, event);
  if (outcome !== 'success' || !memory.isFailed) return;
  memory.isFailed = false;
  const message = `scale ${operation.direction} has succeeded`;
  desk.tell(resource, { kind: 'resolved', reason: 'failed_operation', message });
}

function onFailed(
  desk: Desk,
  resource: Resource,
  { operation, why, failures }: Pick<Ended, 'operation' | 'why' | 'failures'>,
): void {
  memoryOf(desk, resource).isFailed = true;
  const message = `scale ${operation.direction} has failed: ${why}`;
  const details = { direction: operation.direction, failures };
  desk.tell(resource, { kind: 'triggered', reason: 'failed_operation', message, details });
}

/** What was told of a resource that is gone is over. */
function onGone(desk: Desk, resource: Resource): void {
  const key = `${resource.type} ${resource.id}`;
  const memory = desk.memories.get(key);
  desk.memories.delete(key);
  if (!memory) return;
  const message = `${resource.id} is gone, or has no policy any more`;
  const over = (reason: NoticeReason): void => desk.tell(resource, { kind: 'resolved', reason, message });
  if (memory.atMaximum.lasts()) over('at_maximum');
  if (memory.lost.length > 0) over('lost_nodes');
  if (memory.isFailed) over('failed_operation');
}
