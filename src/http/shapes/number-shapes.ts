import type { GroupNumbers } from '../../domain/decision/group-decision.ts';
import type {
  CandidateReport,
  PendingReport,
  PoolDecision,
  PoolNumbers,
} from '../../domain/decision/pool-judgement.ts';
import type { Thresholds } from '../../domain/policy/group-policy.ts';
import type { Resources } from '../../domain/resources.ts';
import { groupId } from '../../domain/snapshot.ts';
import type { TaskMean } from '../../domain/usage/measure-group.ts';
import { flag, list, maybe, number, record, text, whole, word } from '../shape.ts';

export const thresholds = record<Thresholds>()('Thresholds', (field) => ({
  scale_in: field(number, 'percent below which fewer are asked for', (one) => one.scaleIn),
  scale_out: field(number, 'percent above which more are asked for', (one) => one.scaleOut),
}));

const taskMean = record<TaskMean>()('TaskMean', (field) => ({
  task: field(text, 'name of the task', (one) => one.task),
  cpu: field(maybe(number), 'mean over the measured allocations, percent of its CPU', (one) => one.cpu),
  mem: field(maybe(number), 'the same of its memory', (one) => one.mem),
}));

/** Every number a decision about a task group was made from. */
export const groupNumbers = record<GroupNumbers>()('GroupNumbers', (field) => ({
  count: field(whole, 'the desired count in the job, the base of the decision', (one) => one.count),
  min: field(whole, 'lowest count of the policy', (one) => one.min),
  max: field(whole, 'highest count of the policy', (one) => one.max),
  running: field(whole, 'allocations that run', (one) => one.running),
  measured: field(whole, 'those of them whose usage is known', (one) => one.measured),
  starting: field(whole, 'young allocations that are pending', (one) => one.starting),
  late: field(
    flag,
    'the list of allocations may lack the newest ones of the job: nothing but bounds is judged',
    (one) => one.isLate,
  ),
  cpu: field(maybe(number), 'highest task mean, percent; null where not known', (one) => one.cpu),
  mem: field(maybe(number), 'highest task mean, percent; null where not known', (one) => one.mem),
  cpu_thresholds: field(maybe(thresholds), 'null: CPU is not judged', (one) => one.cpuThresholds),
  mem_thresholds: field(maybe(thresholds), 'null: memory is not judged', (one) => one.memThresholds),
  tasks: field(list(taskMean), 'what the group was measured from', (one) => one.tasks),
  cooldown_left_ms: field(number, 'cooldown that was left', (one) => one.cooldownLeftMs),
  backoff_left_ms: field(number, 'backoff that was left', (one) => one.backoffLeftMs),
}));

const resources = record<Resources>()('Resources', (field) => ({
  cpu_mhz: field(number, 'MHz', (one) => one.cpuMhz),
  memory_mb: field(number, 'MiB', (one) => one.memoryMb),
  disk_mb: field(number, 'MiB', (one) => one.diskMb),
}));

const percents = record<PoolNumbers['percent']>()('PoolPercent', (field) => ({
  cpu: field(number, 'percent of the capacity', (one) => one.cpu),
  memory: field(number, 'percent of the capacity', (one) => one.memory),
  disk: field(number, 'percent of the capacity', (one) => one.disk),
}));

const pending = record<PendingReport>()('PendingWork', (field) => ({
  group: field(text, 'id of the task group', (one) => groupId(one)),
  queued: field(whole, 'allocations that wait for room', (one) => one.queued),
  counted: field(whole, 'those that new nodes of this pool would hold', (one) => one.counted),
  why: field(text, 'why the others do not count, empty when all do', (one) => one.why),
}));

const candidate = record<CandidateReport>()('Candidate', (field) => ({
  node_id: field(text, 'id of the node in Nomad', (one) => one.nodeId),
  node: field(text, 'its name', (one) => one.nodeName),
  instance_id: field(text, 'the instance it runs on, empty where unknown', (one) => one.instanceId),
  used_percent: field(number, 'share of its scaling metric in use', (one) => one.usedPercent),
  against: field(
    word(['', 'protected', 'unknown-instance', 'placement', 'failed-drain']),
    'what speaks against removing it, empty for nothing',
    (one) => one.against,
  ),
  detail: field(text, 'what does not fit, or who protects it', (one) => one.detail),
}));

/** A pool's numbers, with what its gates count. */
export type AllPoolNumbers = PoolNumbers &
  Pick<PoolDecision, 'asked' | 'threshold' | 'cooldownLeftMs' | 'backoffLeftMs'>;

/** Every number a decision about a worker pool was made from; in the scaling metric where none is named. */
export const poolNumbers = record<AllPoolNumbers>()('PoolNumbers', (field) => ({
  nodes: field(whole, 'ready nodes', (one) => one.nodes),
  desired: field(whole, 'desired capacity of the Auto Scaling group', (one) => one.desired),
  min: field(whole, "the tighter of the group's minimum and the policy's", (one) => one.min),
  max: field(whole, "the tighter of the group's maximum and the policy's", (one) => one.max),
  metric: field(word(['cpu', 'memory', 'disk', 'none']), 'the scaling metric', (one) => one.metric),
  capacity: field(resources, 'of all nodes, without what is reserved', (one) => one.capacity),
  used: field(resources, 'what allocations take', (one) => one.used),
  percent: field(percents, 'used of capacity', (one) => one.percent),
  average_node: field(number, 'capacity divided by nodes', (one) => one.averageNode),
  reserve: field(resources, 'the overhead in each metric', (one) => one.reserve),
  overhead: field(number, 'room kept for one more allocation of every group', (one) => one.overhead),
  fault_tolerance: field(whole, 'nodes that may be lost', (one) => one.faultTolerance),
  max_allowed: field(
    number,
    'capacity − overhead − average node × fault tolerance: at or above it the pool grows',
    (one) => one.maxAllowed,
  ),
  max_allowed_without: field(number, 'the same with one average node less', (one) => one.maxAllowedWithout),
  unjoined: field(whole, 'instances without a node', (one) => one.unjoined),
  unbound: field(whole, 'ready nodes without a known instance of the group', (one) => one.unbound),
  ready_members: field(whole, 'instances that a ready node runs on', (one) => one.readyMembers),
  joining: field(list(text), 'instances younger than 8 min without a node', (one) => one.joining),
  lost: field(list(text), 'older ones', (one) => one.lost),
  pending: field(list(pending), 'work that waits for room', (one) => one.pending),
  pending_nodes: field(whole, 'new nodes that hold what counts of it', (one) => one.pendingNodes),
  candidates: field(
    list(candidate),
    'nodes that could go, in their order, up to the one that is taken; empty unless the numbers ask for in',
    (one) => one.candidates,
  ),
  asked: field(whole, 'evaluations in a row that asked for the same direction', (one) => one.asked),
  threshold: field(whole, 'how many are needed', (one) => one.threshold),
  cooldown_left_ms: field(number, 'cooldown that was left', (one) => one.cooldownLeftMs),
  backoff_left_ms: field(number, 'backoff that was left', (one) => one.backoffLeftMs),
}));
